"""What lies inside archives, compressed files and encoded text; opened in memory, never on disk."""

from __future__ import annotations

import base64
import binascii
import bz2
import io
import lzma
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO

__all__ = ["Budget", "Part", "TooMuch", "inside", "packed"]

DEPTH = 5
"""Archives in archives, so deep."""
BROKEN = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, struct.error, EOFError),
    *(OSError, NotImplementedError, RuntimeError, ValueError, IndexError, KeyError),
)
"""What the readers throw at damaged archives."""
SEALED = {
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!\x1a\x07": "a rar archive",
    b"\x28\xb5\x2f\xfd": "Zstandard data",
    b"\x04\x22\x4d\x18": "LZ4 data",
    b"\x1f\x9d": "data of compress",
}
"""What cannot be opened here."""
ENCODED = re.compile(rb"[A-Za-z0-9+/]{60,}(?:\r?\n[A-Za-z0-9+/]{1,76})*={0,2}")
END_OF_ZIP = b"PK\x05\x06"
STEP = 1 << 20


class TooMuch(Exception):
    """More is inside than may be unpacked, or it cannot be unpacked at all."""


@dataclass(slots=True)
class Budget:
    """How much may come out of one file."""

    left: int = 1 << 30
    """Bytes."""
    members: int = 100_000
    largest: int = 256 << 20
    """Of one part, which is held in memory."""

    def spend(self, size: int) -> None:
        """Note that so many bytes came out."""
        self.left -= size
        if self.left < 0:
            msg = "more is packed in it than is unpacked here"
            raise TooMuch(msg)

    def count(self) -> None:
        """Note one more member."""
        self.members -= 1
        if self.members < 0:
            msg = "it has more members than are unpacked here"
            raise TooMuch(msg)


@dataclass(frozen=True, slots=True)
class Part:
    """Something that was inside something; `refused` says why it was not opened."""

    where: str
    content: bytes
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Opener:
    """How one form is known, and how it is opened."""

    fits: Callable[[bytes], bool]
    open: Callable[[bytes, Budget], Iterator[tuple[str, bytes]]] = field(repr=False)


def inside(where: str, content: bytes, budget: Budget, depth: int = 0) -> Iterator[Part]:
    """Yield all that is packed in a file, to a depth and a size.

    Parameters
    ----------
    where
        The file's name, for the names of the parts: "a.zip!b.py".
    content
        The file.
    budget
        What may come out of it; shared by all its parts.
    """
    name = next((said for sign, said in SEALED.items() if content.startswith(sign)), "")
    if name:
        yield Part(where, b"", f"{name}: cannot be opened here")
    for opener in OPENERS:
        if not opener.fits(content):
            continue
        if depth >= DEPTH:
            yield Part(where, b"", f"is packed more than {DEPTH} times")
            return
        yield from _opened(where, content, budget, opener, depth)


def _opened(
    where: str, content: bytes, budget: Budget, opener: Opener, depth: int
) -> Iterator[Part]:
    try:
        for name, part in opener.open(content, budget):
            here = f"{where}!{name}"
            yield Part(here, part)
            yield from inside(here, part, budget, depth + 1)
    except TooMuch as error:
        yield Part(where, b"", str(error))
    except BROKEN as error:
        if not content.startswith(b"\x78"):  # many files begin like a bare zlib stream
            yield Part(where, b"", f"cannot be unpacked: {type(error).__name__}: {error}"[:200])


def _read(file: IO[bytes], budget: Budget) -> bytes:
    pieces = []
    size = 0
    while piece := file.read(STEP):
        size += len(piece)
        budget.spend(len(piece))
        if size > budget.largest:
            msg = f"a part is larger than {budget.largest >> 20} MiB"
            raise TooMuch(msg)
        pieces.append(piece)
    return b"".join(pieces)


def _zip(content: bytes, budget: Budget) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.infolist():
            budget.count()
            if member.flag_bits & 1:
                msg = f"its member {member.filename!r} is encrypted"
                raise TooMuch(msg)
            if not member.is_dir():
                with archive.open(member) as file:
                    yield member.filename, _read(file, budget)


def _tar(content: bytes, budget: Budget) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
        for member in archive:
            budget.count()
            file = archive.extractfile(member) if member.isreg() else None
            if file is not None:
                yield member.name, _read(file, budget)


def _gzip(content: bytes, budget: Budget) -> Iterator[tuple[str, bytes]]:
    yield "gz", _inflated(content, budget, 31)


def _zlib(content: bytes, budget: Budget) -> Iterator[tuple[str, bytes]]:
    yield "zlib", _inflated(content, budget, 15)


def _inflated(content: bytes, budget: Budget, bits: int) -> bytes:
    """Inflate all streams that stand one behind the other."""
    pieces = []
    while content:
        stream = zlib.decompressobj(bits)
        while content and not stream.eof:
            piece = stream.decompress(content, STEP)
            budget.spend(len(piece))
            pieces.append(piece)
            content = stream.unconsumed_tail
            if not piece and not stream.eof:
                return b"".join(pieces)  # cut short: what there is of it is searched
        content = stream.unused_data if bits == 31 and _is_gzip(stream.unused_data) else b""
    return b"".join(pieces)


def _bz2(content: bytes, budget: Budget) -> Iterator[tuple[str, bytes]]:
    with bz2.BZ2File(io.BytesIO(content)) as file:
        yield "bz2", _read(file, budget)


def _xz(content: bytes, budget: Budget) -> Iterator[tuple[str, bytes]]:
    with lzma.LZMAFile(io.BytesIO(content)) as file:
        yield "xz", _read(file, budget)


def _base64(content: bytes, budget: Budget) -> Iterator[tuple[str, bytes]]:
    for number, found in enumerate(ENCODED.finditer(content), 1):
        text = b"".join(found[0].split()).rstrip(b"=")
        budget.count()
        try:
            part = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
        except binascii.Error:
            continue  # it only looked like it
        budget.spend(len(part))
        yield f"base64 {number}", part


def _is_gzip(content: bytes) -> bool:
    return content.startswith(b"\x1f\x8b\x08")


def _is_zip(content: bytes) -> bool:
    return END_OF_ZIP in content[-(1 << 16) - 22 :]


def _is_tar(content: bytes) -> bool:
    return content[257:262] == b"ustar"


def _is_zlib(content: bytes) -> bool:
    return len(content) > 2 and content[0] == 0x78 and int.from_bytes(content[:2], "big") % 31 == 0


def _may_hold_base64(content: bytes) -> bool:
    return b"\0" not in content[:4096] and ENCODED.search(content) is not None


OPENERS = (
    Opener(_is_zip, _zip),
    Opener(_is_tar, _tar),
    Opener(_is_gzip, _gzip),
    Opener(lambda content: content.startswith(b"BZh"), _bz2),
    Opener(lambda content: content.startswith((b"\xfd7zXZ\0", b"\x5d\0\0")), _xz),
    Opener(_is_zlib, _zlib),
    Opener(_may_hold_base64, _base64),
)


def packed(content: bytes) -> bool:
    """Does this begin like an archive or compressed data?"""
    starts = (b"PK\x03\x04", b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\0", b"PACK", *SEALED)
    return content.startswith(starts) or _is_tar(content)
