"""Git objects, read one by one or all together, whoever made them.

`assay.tasks.borrow` opens what is read here: a repository of ours that sees the objects of others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from assay.tasks.git import git, printed_by, running

__all__ = ["WINDOW", "Entry", "Shadow", "Stored", "windows"]

MOST = 2 << 30
"""Bytes of one answer: the ids of fifty million objects."""
WINDOW = 64 << 20
"""Bytes of an object that are held at a time; a larger one comes in overlapping windows."""
OVERLAP = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One object, or a window of one that is too large to hold."""

    id: str
    kind: str
    """blob, tree, commit or tag; "missing" for one that cannot be unpacked."""
    content: bytes
    whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file, link or submodule of a tree."""

    mode: str
    kind: str
    id: str
    size: int
    path: bytes
    """From the root, as git has it: no claim that it is safe."""


@dataclass(frozen=True, slots=True)
class Shadow:
    """A bare repository of ours that sees the objects of others."""

    folder: Path

    def ask(self, *words: str, stdin: bytes = b"") -> bytes:
        """Run git once and return what it prints.

        Raises
        ------
        HistoryError
            Git failed or took too long.
        """
        return git(self.folder, *words, stdin=stdin, most=MOST)

    def has(self, name: str) -> bool:
        """Is there a commit of this id?"""
        said = self.ask("cat-file", "--batch-check", stdin=name.encode() + b"^{commit}\n")
        return b" commit " in said

    def read(self, name: str) -> bytes:
        """Return a blob's content."""
        return self.ask("cat-file", "blob", name)

    def tree(self, commit: str) -> list[Entry]:
        """Return all entries below a commit's root, as git has them."""
        listed = self.ask("ls-tree", "-r", "-l", "-z", "--full-tree", commit)
        found = []
        for row in listed.split(b"\0")[:-1]:
            about, _, path = row.partition(b"\t")
            mode, kind, name, size = about.decode("ascii").split()
            length = int(size) if size.isdigit() else 0
            found.append(Entry(mode=mode, kind=kind, id=name, size=length, path=path))
        return found

    def reached_from(self, *starts: str) -> set[str]:
        """Return the ids of all objects that can be reached; missing ones are passed over."""
        text = "\n".join(starts).encode() + b"\n"
        options = ("--objects", "--missing=allow-any", "--ignore-missing", "--no-object-names")
        return set(self.ask("rev-list", *options, "--stdin", stdin=text).decode("ascii").split())

    def contents(
        self, names: Sequence[str] | None = None, *, window: int = WINDOW
    ) -> Iterator[Stored]:
        """Yield objects as they lie on disk: the named ones, or all, reachable or not.

        Parameters
        ----------
        names
            Ids.
        window
            Bytes of an object that are held at a time.

        Raises
        ------
        HistoryError
            Git ended early: so broken a pack cannot be read to its end.
        """
        words = ["cat-file", "--batch", "--buffer"]
        words += ["--batch-all-objects", "--unordered"] if names is None else []
        with TemporaryFile() as asked:
            asked.write("".join(f"{name}\n" for name in names or ()).encode("ascii"))
            asked.seek(0)
            with running(self.folder, *words, stdin=asked) as process:
                yield from _objects(printed_by(process), window)

    def take_pack(self, pack: bytes) -> list[str]:
        """Add the objects of a pack, whose bases may lie in what this shadow sees; list them.

        Raises
        ------
        HistoryError
            It is damaged, or a base is missing.
        """
        self.ask("index-pack", "--stdin", "--fix-thin", stdin=pack)
        rows = [
            self.ask("show-index", stdin=index.read_bytes())
            for index in (self.folder / "objects" / "pack").glob("*.idx")
        ]
        return [line.split()[1].decode("ascii") for row in rows for line in row.splitlines()]


def _objects(pipe: IO[bytes], held: int) -> Iterator[Stored]:
    while line := pipe.readline():
        words = line.decode("ascii", "replace").split()
        if len(words) != 3:
            yield Stored(id=words[0] if words else "", kind="missing", content=b"")
            continue
        name, kind, size = words[0], words[1], int(words[2])
        if size <= held:
            yield Stored(id=name, kind=kind, content=pipe.read(size))
        else:
            for window in windows(pipe, size):
                yield Stored(id=name, kind=kind, content=window, whole=False)
        pipe.read(1)


def windows(pipe: IO[bytes], size: int) -> Iterator[bytes]:
    """Yield the next `size` bytes in windows that overlap."""
    tail = b""
    while size > 0:
        piece = pipe.read(min(size, WINDOW))
        if not piece:
            return
        size -= len(piece)
        yield tail + piece
        tail = piece[-OVERLAP:]
