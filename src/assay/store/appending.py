"""A file of lines that only grows: one writer at a time, on disk before anything else happens."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

__all__ = ["Appending", "appending", "whole_lines"]


@dataclass(frozen=True, slots=True)
class Appending:
    """A file that nobody else can write to now."""

    lines: tuple[bytes, ...]
    """What is there already, without line ends; a line that a kill cut short is left out."""
    _file: BinaryIO
    _folder: Path

    def write(self, lines: Iterable[bytes]) -> None:
        """Add lines, each without its end; on disk, and its name too, when this returns.

        A line that was cut short was followed by nothing, and is dropped.
        """
        self._file.truncate(sum(len(line) + 1 for line in self.lines))
        self._file.writelines(line + b"\n" for line in lines)
        self._file.flush()
        os.fsync(self._file.fileno())
        entry = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(entry)
        finally:
            os.close(entry)


def whole_lines(data: bytes) -> tuple[bytes, ...]:
    r"""Split what was written into its lines, without one that a kill cut short.

    Examples
    --------
    >>> whole_lines(b"one\ntwo\nthr")
    (b'one', b'two')
    """
    return tuple(data.split(b"\n")[:-1])


@contextmanager
def appending(path: Path) -> Iterator[Appending]:
    """Hold a file alone, read what it has, and add to it; it is made if it is not there.

    Raises
    ------
    OSError
        The file cannot be read or written.
    """
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # until it is closed, however that comes about
        file.seek(0)
        yield Appending(whole_lines(file.read()), file, path.parent)
