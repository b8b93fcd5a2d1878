"""The text of a change: one section per file, as git's unified diff."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, cast

from assay.core.errors import HistoryError
from assay.tasks.borrow import Borrowed
from assay.tasks.git import printed_by, running

__all__ = ["Reader", "Section", "reading"]

END = b"#end\n"
"""Git repeats a line that names no object; no line of a diff begins so."""
AT_ONCE = 40
"""Questions before their answers are read: both fit into the smallest pipe, so nobody waits."""
QUOTED = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
ESCAPES = {
    b"a": b"\a",
    b"b": b"\b",
    b"f": b"\f",
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"v": b"\v",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What a commit did to one file."""

    old: bytes
    """Its path before; of a new file, the path after."""
    new: bytes
    """Its path after; of a removed file, the path before."""
    status: str
    """A letter: Added, Deleted, Modified, Renamed."""
    text: bytes
    """From "diff --git" on."""

    @property
    def binary(self) -> bool:
        """Does git see no text in it?"""
        return b"\nBinary files " in self.text or b"\0" in self.text

    def lines(self) -> tuple[int, int]:
        """How many lines were added, how many removed?"""
        body = self.text.partition(b"\n@@")[2].split(b"\n")
        return (
            sum(line.startswith(b"+") for line in body),
            sum(line.startswith(b"-") for line in body),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Three git processes that answer one question after the other, for a whole history."""

    asked_sizes: subprocess.Popen[bytes]
    asked_diffs: subprocess.Popen[bytes]
    asked_files: subprocess.Popen[bytes]

    def sizes(self, blobs: Sequence[str]) -> list[int | None]:
        """How many bytes has each of these objects? None for one that is missing."""
        return [
            size
            for first in range(0, len(blobs), AT_ONCE)
            for size in self._sizes(blobs[first : first + AT_ONCE])
        ]

    def _sizes(self, blobs: Sequence[str]) -> list[int | None]:
        _ask(self.asked_sizes, "".join(f"{blob}\n" for blob in blobs))
        out = printed_by(self.asked_sizes)
        told = [out.readline().split() for _ in blobs]
        return [int(line[2]) if len(line) == 3 else None for line in told]

    def file(self, commit: str, path: str, *, most: int = 1 << 18) -> str:
        """What does this file say at a commit? Nothing where it is missing, or large, or no text.

        Parameters
        ----------
        commit
            Its id.
        path
            A name of ours, without spaces.
        most
            Bytes.
        """
        asked = f"{commit}:{path}"
        (size,) = self.sizes([asked])
        if size is None or size > most:
            return ""
        _ask(self.asked_files, f"{asked}\n")
        out = printed_by(self.asked_files)
        _, kind, told = out.readline().split()
        content = out.read(int(told) + 1)[:-1]
        return content.decode("utf-8", "replace") if kind == b"blob" else ""

    def sections(self, commit: str, parent: str) -> list[Section]:
        """What did this commit change, compared with this parent? Renamed files are one section.

        The caller has looked at the sizes first: the whole answer is held in memory.
        """
        _ask(self.asked_diffs, f"{commit} {parent}\n{END.decode()}")
        lines = iter(printed_by(self.asked_diffs).readline, END)
        return _parted(_until_end(lines))


@contextmanager
def reading(history: Borrowed) -> Iterator[Reader]:
    """Open what answers questions about a history's contents."""
    diff = (
        "diff-tree", "--stdin", "-r", "--raw", "-p", "-M", "-l200", "--no-abbrev", "--full-index",
        "--no-color", "--no-relative", "--unified=3",
        "--diff-algorithm=myers", "--indent-heuristic", "--src-prefix=a/", "--dst-prefix=b/",
        "--ignore-submodules=none",
    )  # fmt: skip
    pipe = subprocess.PIPE
    with (
        running(history.folder, "cat-file", "--batch-check", stdin=pipe) as sizes,
        running(history.folder, *diff, stdin=pipe) as diffs,
        running(history.folder, "cat-file", "--batch", stdin=pipe) as files,
    ):
        yield Reader(asked_sizes=sizes, asked_diffs=diffs, asked_files=files)


def _ask(process: subprocess.Popen[bytes], question: str) -> None:
    given = cast("IO[bytes]", process.stdin)
    try:
        given.write(question.encode("ascii"))
        given.flush()
    except BrokenPipeError as error:
        msg = "git ended while it was asked about the history; objects may be broken: git fsck"
        raise HistoryError(msg) from error


def _until_end(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Pass lines on; a stream that ends before its mark has lost its process."""
    for line in lines:
        if not line:
            msg = "git ended before it had answered; objects may be missing: git fsck"
            raise HistoryError(msg)
        yield line


def _parted(lines: Iterator[bytes]) -> list[Section]:
    """Part an answer into its sections, each with its line of the list above them."""
    listed, texts = list[bytes](), list[list[bytes]]()
    for line in lines:
        if line.startswith(b"diff --git "):
            texts.append([line])
        elif texts:
            texts[-1].append(line)
        elif line.startswith(b":"):
            listed.append(line)
    if len(listed) != len(texts):
        return []
    return [_section(told, b"".join(text)) for told, text in zip(listed, texts, strict=True)]


def _section(told: bytes, text: bytes) -> Section:
    meta, *paths = told.rstrip(b"\n").split(b"\t")
    named = [_unquoted(path) for path in paths]
    return Section(old=named[0], new=named[-1], status=chr(meta.split(b" ")[4][0]), text=text)


def _unquoted(path: bytes) -> bytes:
    """Undo git's quotes around a path."""
    if not path.startswith(b'"'):
        return path
    return QUOTED.sub(_byte, path[1:-1])


def _byte(match: re.Match[bytes]) -> bytes:
    code = match.group(1)
    return bytes([int(code, 8) & 255]) if code.isdigit() else ESCAPES.get(code, code)
