"""A repository of one commit, and nothing else: the base tree of a task, for the solver."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, cast

from assay.core.errors import BoundaryError, HistoryError, StoreError, boundary
from assay.core.task import LeftOut
from assay.tasks.git import running
from assay.tasks.objects import WINDOW, Entry, Shadow
from assay.tasks.treepaths import collisions, leads_out, printable_path, unsafe

__all__ = ["WHEN", "WHO", "Refused", "Tree", "reduce", "tree_of"]

WHO = b"Assay <seal@assay.invalid>"
WHEN = b"946684800 +0000"
"""The first second of 2000: the commit tells nothing of when the fix was made."""
LARGEST = WINDOW
"""Bytes; a larger file is left out."""
TOTAL = 8 << 30
POINTER = b"version https://git-lfs.github.com/spec/"
OWN = {b".gitmodules", b".gitattributes", b".gitignore", b".mailmap"}
"""Files that git itself reads: never a link."""
CONFIG = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n"
IMPORTING = CONFIG + "\tlogAllRefUpdates = false\n[fastimport]\n\tunpackLimit = 1\n"
"""While it is made: no reflog, and one pack however few the objects are."""


class Refused(BoundaryError):
    """Why is a tree not written to a disk? The message names the path."""


class Tree:
    """What of a base tree is exported, and what is not.

    Parameters
    ----------
    entries
        As git lists them.
    links
        What each link says, by its path.

    Raises
    ------
    Refused
        A path could reach out of the folder or into git's own, or two paths are one on some disks.
    """

    def __init__(self, entries: Sequence[Entry], links: dict[bytes, bytes]) -> None:
        for entry in entries:
            if wrong := unsafe(entry.path):
                msg = f"the path {printable_path(entry.path)!r} {wrong}"
                raise Refused(msg)
        paths = [entry.path for entry in entries]
        for one, other in collisions(paths):
            msg = (
                f"{printable_path(one)!r} and {printable_path(other)!r} are one file on some disks"
            )
            raise Refused(msg)
        if len(set(paths)) < len(paths):
            msg = "one path stands there twice"
            raise Refused(msg)
        self.links = links
        reasons = {entry.path: self._reason(entry) for entry in entries}
        self.kept = tuple(entry for entry in entries if not reasons[entry.path])
        self.left_out = tuple(
            LeftOut(name=printable_path(path), reason=reason)
            for path, reason in reasons.items()
            if reason
        )
        if sum(entry.size for entry in self.kept) > TOTAL:
            msg = f"its files are larger than {TOTAL >> 30} GiB together"
            raise Refused(msg)

    def _reason(self, entry: Entry) -> str:
        if entry.kind == "commit":
            return f"a submodule, at {entry.id}"
        if entry.size > LARGEST:
            return f"{entry.size} bytes, more than {LARGEST}"
        if entry.mode != "120000":
            return ""
        if entry.path.rpartition(b"/")[2].lower() in OWN:
            return "a link where git expects a file of its own"
        return "a link out of the tree" if leads_out(entry.path, self.links) else ""


def tree_of(source: Shadow, commit: str) -> Tree:
    """What of this commit's tree may be exported?

    Raises
    ------
    Refused
        As `Tree` says.
    HistoryError
        There is no such commit, or it is damaged.
    """
    entries = source.tree(commit)
    names = {entry.id: entry.path for entry in entries if entry.mode == "120000"}
    said = {one.id: one.content for one in source.contents(list(names))} if names else {}
    links = {e.path: said.get(e.id, b"") for e in entries if e.mode == "120000"}
    return Tree(entries, links)


def reduce(source: Shadow, tree: Tree, folder: Path, title: str) -> list[LeftOut]:
    """Make a repository of one commit, and its work tree, of a checked tree.

    Parameters
    ----------
    source
        Where its objects are.
    tree
        What is exported.
    folder
        Where; it must not be there yet.
    title
        The commit's message.

    Returns
    -------
    list
        Pointers to large files, whose content is not there; listed, but kept.

    Raises
    ------
    HistoryError
        An object is damaged, or git failed.
    StoreError
        The disk failed or is full.
    """
    with boundary(StoreError, f"making {folder} (is the disk full?)"):
        folder.mkdir(mode=0o755)
        made = _repository(folder / ".git")
        pointers = _fill(source, tree, folder, made, title.encode("utf-8", "replace"))
        _clean(folder / ".git")
    return pointers


def _repository(folder: Path) -> Shadow:
    folder.mkdir()
    made = Shadow(folder)
    made.ask("init", "--bare", "--template=", "--quiet", "--initial-branch=main")
    (folder / "config").write_text(IMPORTING, encoding="utf-8")
    return made


def _fill(source: Shadow, tree: Tree, folder: Path, made: Shadow, title: bytes) -> list[LeftOut]:
    """Write each file twice: into the work tree, and to git's importer."""
    pointers: list[Entry] = []
    importing = ("fast-import", "--quiet", "--date-format=raw")
    with running(made.folder, *importing, stdin=subprocess.PIPE) as importer:
        given = cast("IO[bytes]", importer.stdin)
        given.write(_head(title))
        for entry, content in _contents(source, tree.kept):
            _write(folder, entry, content)
            given.write(_line(entry, content))
            pointers += [entry] if content.startswith(POINTER) else []
        given.write(b"\ndone\n")
    made.ask("read-tree", "refs/heads/main")
    (made.folder / "config").write_text(CONFIG, encoding="utf-8")
    names = [printable_path(entry.path) for entry in pointers]
    return [LeftOut(name=name, reason="a pointer to a large file") for name in names]


def _head(title: bytes) -> bytes:
    head = b"feature done\ncommit refs/heads/main\nauthor %s %s\ncommitter %s %s\n"
    return head % (WHO, WHEN, WHO, WHEN) + b"data %d\n%s\n" % (len(title), title)


def _line(entry: Entry, content: bytes) -> bytes:
    """Quote each byte of a path that is not plain: no line break can begin a command."""
    path = b"".join(
        b"\\%03o" % c if c in b'"\\' or not 32 <= c < 127 else bytes([c]) for c in entry.path
    )
    mode = entry.mode if entry.mode in {"100755", "120000"} else "100644"  # old trees have more
    head = b'M %s inline "%s"\ndata %d\n' % (mode.encode(), path, len(content))
    return head + content + b"\n"


def _contents(source: Shadow, kept: Sequence[Entry]) -> Iterator[tuple[Entry, bytes]]:
    """Yield files, then links: none is there yet to be followed while files are written."""
    ordered = sorted(kept, key=lambda entry: (entry.mode == "120000", entry.path))
    stored = source.contents([entry.id for entry in ordered]) if ordered else ()
    for entry, one in zip(ordered, stored, strict=True):
        if one.kind != "blob":
            msg = f"object {one.id}, of {printable_path(entry.path)!r}, is {one.kind}"
            raise HistoryError(msg)
        yield entry, one.content


def _write(folder: Path, entry: Entry, content: bytes) -> None:
    path = folder / os.fsdecode(entry.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if entry.mode == "120000":
        path.symlink_to(os.fsdecode(content))
        return
    mode = 0o755 if entry.mode == "100755" else 0o644
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)


def _clean(git: Path) -> None:
    """Leave in git's folder what a repository of one commit needs, and nothing else."""
    for path in sorted(git.rglob("*"), reverse=True):
        if path.is_dir():
            keep = path in {git / "objects", git / "refs"}
            if not keep and not any(path.iterdir()):
                path.rmdir()
