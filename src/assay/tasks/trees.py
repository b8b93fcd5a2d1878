"""A commit's files laid into a folder, where the commit may be anybody's."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from assay.core.errors import HistoryError, boundary
from assay.tasks.objects import Shadow
from assay.tasks.treepaths import is_git

__all__ = ["MOST_BYTES", "MOST_FILES", "checked_path", "lay"]

MOST_FILES = 500_000
MOST_BYTES = 4 << 30
LINK, PROGRAM = "120000", "100755"


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
    objects = Shadow(history)
    entries = [entry for entry in objects.tree(commit) if entry.kind == "blob"]
    paths = [checked_path(entry.path.decode("utf-8", "surrogateescape")) for entry in entries]
    if len(entries) > MOST_FILES or sum(entry.size for entry in entries) > MOST_BYTES:
        msg = f"{commit}: over {MOST_FILES:,} files or {MOST_BYTES >> 30} GiB; not laid out"
        raise HistoryError(msg)
    folder.mkdir(parents=True, exist_ok=True)
    links = []
    with boundary(HistoryError, f"laying out {commit}"):
        stored = objects.contents([entry.id for entry in entries], window=MOST_BYTES)
        for entry, path, one in zip(entries, paths, stored, strict=True):
            if one.kind != "blob":
                msg = f"{path}: its object {entry.id} is missing"
                raise HistoryError(msg)
            if entry.mode == LINK:
                links.append((path, one.content))
            else:
                _write(folder / path, one.content, program=entry.mode == PROGRAM)
        return tuple(str(path) for path, to in links if not _link(folder, path, to))


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
    wrong = any(
        part in {"", ".", ".."} or is_git(part.encode("utf-8", "surrogatepass")) for part in parts
    )
    if wrong or "\0" in path or len(path) > 4096:
        msg = f"{path[:200]!r}: leads out of the tree, or into .git; refused"
        raise HistoryError(msg)
    return PurePosixPath(path)


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
