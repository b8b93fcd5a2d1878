"""A commit's files laid into a folder, where the commit may be anybody's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryFile
from typing import IO

from assay.core.errors import HistoryError, boundary
from assay.tasks.git import git, printed_by, running

__all__ = ["MOST_BYTES", "MOST_FILES", "checked_path", "lay"]

MOST_FILES = 500_000
MOST_BYTES = 4 << 30
LINK, MODULE, PROGRAM = b"120000", b"160000", b"100755"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file of a tree."""

    mode: bytes
    name: str
    size: int
    path: PurePosixPath


def lay(history: Path, commit: str, folder: Path) -> tuple[str, ...]:
    """Write the files of a commit into an empty folder; return the links that were left out.

    No attribute of the repository is looked at, so that nothing is left out or filled in. Files
    come first and links last, so that nothing is ever written through a link; a link that leads
    out of the tree is not made. Submodules stay out.

    Parameters
    ----------
    history
        A repository.
    commit
        Its id, in hexadecimal digits.
    folder
        Empty; it is made.

    Raises
    ------
    HistoryError
        The tree holds a path that leads out of it, names a path twice, or is too large.
    """
    listed = git(history, "ls-tree", "-r", "-z", "-l", "--full-tree", commit)
    entries = [_entry(line) for line in listed.split(b"\0") if line]
    entries = [entry for entry in entries if entry.mode != MODULE]
    if len(entries) > MOST_FILES or sum(entry.size for entry in entries) > MOST_BYTES:
        msg = f"{commit}: over {MOST_FILES:,} files or {MOST_BYTES >> 30} GiB; not laid out"
        raise HistoryError(msg)
    folder.mkdir(parents=True, exist_ok=True)
    links = []
    with boundary(HistoryError, f"laying out {commit}"):
        for entry, content in zip(entries, _contents(history, entries), strict=True):
            if entry.mode == LINK:
                links.append((entry, content))
            else:
                _write(folder / entry.path, content, program=entry.mode == PROGRAM)
        return tuple(str(entry.path) for entry, to in links if not _link(folder, entry.path, to))


def _entry(line: bytes) -> Entry:
    told, _, path = line.partition(b"\t")
    mode, _, name, size = told.split()
    return Entry(
        mode=mode,
        name=name.decode("ascii"),
        size=int(size) if size.isdigit() else 0,
        path=checked_path(path.decode("utf-8", "surrogateescape")),
    )


def checked_path(path: str) -> PurePosixPath:
    """Is this a path below a tree's root? Then return it.

    Raises
    ------
    HistoryError
        It is absolute, goes up, or names git's own folder in any spelling.

    Examples
    --------
    >>> checked_path("a/b.py")
    PurePosixPath('a/b.py')
    >>> checked_path("../b.py")
    Traceback (most recent call last):
    assay.core.errors.HistoryError: '../b.py': leads out of the tree, or into .git; refused
    """
    parts = path.split("/")
    wrong = any(part in {"", ".", ".."} or _is_git(part) for part in parts)
    if wrong or "\0" in path or len(path) > 4096:
        msg = f"{path[:200]!r}: leads out of the tree, or into .git; refused"
        raise HistoryError(msg)
    return PurePosixPath(path)


def _is_git(part: str) -> bool:
    # What git itself refuses: also the short name that Windows gives the folder.
    return part.casefold().rstrip(". ") in {".git", "git~1"}


def _contents(history: Path, entries: Iterable[Entry]) -> Iterator[bytes]:
    """Yield what each entry holds, one at a time."""
    with TemporaryFile() as asked:
        asked.write("".join(f"{entry.name}\n" for entry in entries).encode("ascii"))
        asked.seek(0)
        with running(history, "cat-file", "--batch", stdin=asked) as process:
            yield from (_content(printed_by(process), entry) for entry in entries)


def _content(out: IO[bytes], entry: Entry) -> bytes:
    told = out.readline().split()
    if len(told) != 3:
        msg = f"{entry.path}: its object {entry.name} is missing"
        raise HistoryError(msg)
    return out.read(int(told[2]) + 1)[:-1]


def _write(target: Path, content: bytes, *, program: bool) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as file:  # "x": a path that a tree names twice is refused
        file.write(content)
    target.chmod(0o755 if program else 0o644)


def _link(folder: Path, path: PurePosixPath, content: bytes) -> bool:
    """Make a link, unless it leads out of the tree or lies behind another link; was it made?"""
    to = content.decode("utf-8", "surrogateescape")
    behind = any((folder / above).is_symlink() for above in path.parents)
    if behind or not _stays(PurePosixPath(to), depth=len(path.parts) - 1) or "\0" in to:
        return False
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).symlink_to(to)
    return True


def _stays(to: PurePosixPath, *, depth: int) -> bool:
    """Does a link's target stay in the tree? It may go up only first, and only to the root."""
    ups = len([part for part in to.parts if part == ".."])
    return not to.is_absolute() and ups <= depth and ".." not in to.parts[ups:]
