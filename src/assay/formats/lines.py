"""Bytes of a plain or gzipped file as checked UTF-8 text, in bounded memory."""

from __future__ import annotations

import gzip
import zlib
from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from assay.core.errors import BadFormat, StoreError, UsageError
from assay.formats.row import shown_path

__all__ = ["MAX_LINE", "MAX_TOTAL", "MAX_WHOLE", "check_file", "read_lines", "read_whole", "there"]

MAX_LINE = 16 << 20
"""Bytes of one line: the longest published items are under 1 MiB."""
MAX_TOTAL = 4 << 30
"""Bytes of one file after decompression."""
MAX_WHOLE = 256 << 20
"""Bytes of a file that can only be read as a whole."""


def there(path: Path) -> bool:
    """Does something lie under this name, whether or not it may be read?

    Examples
    --------
    >>> there(Path("x" * 5000))
    False
    """
    try:
        return path.exists()
    except PermissionError:
        return True
    except OSError:  # a name that no file can have
        return False


def check_file(path: Path) -> None:
    """Is there a file to read?

    Raises
    ------
    UsageError
        When there is none, or it is a folder, or it may not be read.

    Examples
    --------
    >>> check_file(Path("nowhere/b.jsonl"))
    Traceback (most recent call last):
    assay.core.errors.UsageError: nowhere/b.jsonl: there is no such file
      next: check the path; `ls nowhere` lists what is there
    """
    name, folder = shown_path(path), shown_path(path.parent)
    with opening(path):
        if not there(path):
            fix = f"check the path; `ls {folder}` lists what is there"
            msg = f"{name}: there is no such file\n  next: {fix}"
            raise UsageError(msg)
        if not path.is_file():
            msg = f"{name}: is not a file\n  next: name one file; `ls {name}` lists what is there"
            raise UsageError(msg)
        path.open("rb").close()


@contextmanager
def opening(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals into errors of ours."""
    name = shown_path(path)
    try:
        yield
    except PermissionError as error:
        msg = f"{name}: may not be read\n  next: chmod u+r {name}"
        raise UsageError(msg) from error
    except OSError as error:
        msg = f"while reading {name}: {error.strerror or error}"
        raise StoreError(msg) from error


@contextmanager
def stream(path: Path) -> Iterator[BinaryIO]:
    """Open the file, through gzip where its name ends so."""
    with opening(path), path.open("rb") as raw:
        if path.suffix.lower() != ".gz":
            yield raw
            return
        try:
            with gzip.GzipFile(fileobj=raw) as expanded:
                yield cast("BinaryIO", expanded)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            what = f"is not a whole gzip file ({error})"
            fix = f"fetch it again; `gzip -t {shown_path(path)}` tests it"
            raise BadFormat(shown_path(path), None, what, fix) from error


def read_lines(
    path: Path, *, line: int = MAX_LINE, total: int = MAX_TOTAL
) -> Iterator[tuple[int, str]]:
    """Which lines does the file hold? Each with its number, its line break kept.

    Parameters
    ----------
    path
        A file; gzip is undone where the name ends in ``.gz``.
    line, total
        The most bytes of a line and, expanded, of the file.

    Raises
    ------
    BadFormat
        At invalid UTF-8, at a line or file over the limit, at broken gzip.
    """
    name, spent = shown_path(path), 0
    with stream(path) as source:
        for number in range(1, total + 2):
            raw = source.readline(line + 1)
            if not raw:
                return
            spent += len(raw)
            if len(raw) > line:
                what = f"the line is longer than {line:,} bytes"
                raise BadFormat(name, number, what, "one row per line: split it, or cut the text")
            if spent > total:
                what = f"the file expands to more than {total:,} bytes"
                raise BadFormat(name, number, what, "split it into files of fewer rows")
            yield number, decoded(name, number, raw)


def read_whole(path: Path, *, limit: int = MAX_WHOLE) -> str:
    """What does a file that cannot be read in parts hold?

    Raises
    ------
    BadFormat
        At invalid UTF-8, over the limit, at broken gzip.
    """
    name = shown_path(path)
    with stream(path) as source:
        raw = source.read(limit + 1) if path.stat().st_size <= limit else None
    if raw is None or len(raw) > limit:  # None: refused by its size, before it takes memory
        what = f"the file is larger than {limit:,} bytes, and its form can only be read whole"
        raise BadFormat(name, None, what, "write it as JSONL: one row per line")
    lines = enumerate(raw.split(b"\n"), 1)
    return "\n".join(decoded(name, number, part) for number, part in lines)


def decoded(name: str, number: int, raw: bytes) -> str:
    """Decode one line; only the file's first may begin with a byte order mark."""
    if number == 1:
        raw = raw.removeprefix(BOM_UTF8)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        what = f"invalid UTF-8 at byte {error.start + 1} of the line (0x{raw[error.start]:02x})"
        fix = "write it as UTF-8, as with: iconv -f LATIN1 -t UTF-8"
        raise BadFormat(name, number, what, fix) from error
