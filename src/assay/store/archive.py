"""Zip archives of a few known files: made the same way each time, opened with suspicion."""

from __future__ import annotations

import hashlib
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from assay.core.errors import BadFormat, IntegrityError, StoreError, boundary

__all__ = ["Archive", "Packing"]

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The date of every member: the same content makes the same archive."""
BROKEN = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError),
    *(NotImplementedError, RuntimeError, ValueError, IndexError),
)
"""What the zip reader throws at a damaged archive."""


class Packing:
    """A new archive; it stands under its name once it is whole.

    Parameters
    ----------
    path
        The archive to make or replace.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._draft = path.with_name(f".{path.name}.part")
        with boundary(StoreError, f"writing {path}"):
            self._zip = zipfile.ZipFile(self._draft, "w", zipfile.ZIP_DEFLATED)

    def __enter__(self) -> Self:
        return self

    def add(self, name: str, pieces: Iterable[bytes]) -> str:
        """Add a member, piece by piece; returns its SHA-256."""
        digest = hashlib.sha256()
        info = zipfile.ZipInfo(name, EPOCH)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = (stat.S_IFREG | 0o644) << 16
        full = boundary(StoreError, f"writing {self._path} (is the disk full?)")
        with full, self._zip.open(info, "w", force_zip64=True) as out:
            for piece in pieces:
                digest.update(piece)
                out.write(piece)
        return digest.hexdigest()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with boundary(StoreError, f"writing {self._path} (is the disk full?)"):
            self._zip.close()
            if error is None:
                self._draft.replace(self._path)
            else:
                with suppress(OSError):
                    self._draft.unlink()


class Archive:
    """An archive from outside: only the expected members, none too large, nothing unpacked to disk.

    Parameters
    ----------
    path
        The archive.
    limits
        Names of the members that there may be, and the bytes that each may have.

    Raises
    ------
    BadFormat
        It is no archive.
    IntegrityError
        It holds something that does not belong there.
    """

    def __init__(self, path: Path, limits: Mapping[str, int]) -> None:
        self._path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except OSError as error:
            fix = "give the .assay.zip that assay bundle made"
            raise BadFormat(str(path), None, f"cannot be read ({error.strerror})", fix) from error
        except BROKEN as error:
            fix = "give the .assay.zip that assay bundle made, whole"
            raise BadFormat(str(path), None, f"is no zip archive ({error})", fix) from error
        self._members = self._zip.infolist()
        if wrong := self._unfit(limits):
            self._zip.close()
            raise IntegrityError(f"{path}: {wrong}")

    def _unfit(self, limits: Mapping[str, int]) -> str:
        """Why is this archive not to be opened? Empty when it may be."""
        names = [member.filename for member in self._members]
        if len(set(names)) < len(names):
            return "a member stands there twice"
        for member in self._members:
            if member.filename not in limits:
                return f"{member.filename!r} does not belong there"
            if stat.S_IFMT(member.external_attr >> 16) not in {0, stat.S_IFREG}:
                return f"{member.filename} is no plain file"
            if member.flag_bits & 1:
                return f"{member.filename} is encrypted"
            if member.file_size > limits[member.filename]:
                return f"{member.filename} is larger than {limits[member.filename]} bytes"
        missing = set(limits) - set(names)
        return f"{min(missing)} is missing" if missing else ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()

    def digest(self, name: str) -> str:
        """Return the SHA-256 of a member."""
        found = hashlib.sha256()
        with self._reading(name), self._zip.open(name) as member:
            while piece := member.read(2**20):
                found.update(piece)
        return found.hexdigest()

    def read(self, name: str) -> bytes:
        """Return a member whole."""
        with self._reading(name):
            return self._zip.read(name)

    def lines(self, name: str, longest: int) -> Iterator[bytes]:
        """Yield a member's lines.

        Raises
        ------
        IntegrityError
            One is longer than it may be.
        """
        with self._reading(name), self._zip.open(name) as member:
            while line := member.readline(longest + 1):
                if len(line) > longest:
                    raise IntegrityError(f"{self._path}: a line of {name} is too long")
                yield line

    @contextmanager
    def _reading(self, name: str) -> Iterator[None]:
        try:
            yield
        except BROKEN as error:
            raise IntegrityError(f"{self._path}: {name} cannot be unpacked ({error})") from error
