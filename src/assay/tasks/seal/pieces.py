"""All that lies in a folder, piece by piece: files, what is packed in them, and git's objects."""

from __future__ import annotations

import io
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from assay.core.errors import HistoryError, UsageError
from assay.tasks.borrow import git_folder, shadow
from assay.tasks.objects import Stored, windows
from assay.tasks.seal.unpacking import Budget, Part, inside, packed
from assay.tasks.treepaths import printable_path

__all__ = ["HEAD", "Folder", "Piece", "files_of", "pieces_of", "survey"]

LOOSE = re.compile(r"(?:^|/)objects/[0-9a-f]{2}/[0-9a-f]{38}(?:[0-9a-f]{24})?$")
PACKED = re.compile(r"(?:^|/)objects/pack/pack-[0-9a-f]+\.(pack|idx|rev|bitmap)$")
BUNDLE = re.compile(rb"# v[23] git bundle\n")
HELD = 256 << 20
"""Bytes of a file that are held at once and unpacked; a larger one is searched in windows."""
HEAD = 1 << 16
"""Bytes at a file's beginning, among which a zero means that it is no text."""
Kind = Literal["file", "git", "blob", "tree", "commit", "tag"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Something to search."""

    where: str
    content: bytes
    kind: Kind
    id: str = ""
    """Of a git object."""
    store: int = 0
    """Which of the folder's repositories has it."""
    refused: str = ""
    """Why it cannot be searched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """What a walk through a folder found."""

    root: Path
    files: tuple[str, ...]
    """Plain files outside git's own folders."""
    own: tuple[str, ...]
    """Files in git's own folders: refs, logs, notes of work in progress."""
    stores: tuple[Path, ...]
    """git's own folders: with `objects`, and `HEAD` or `refs`."""
    outward: tuple[str, ...]
    """Links that lead out of the folder."""
    odd: tuple[str, ...]
    """Neither file nor folder nor link."""


def survey(root: Path) -> Folder:
    """What lies in this folder? Links are not followed."""
    plain: list[str] = []
    own: list[str] = []
    outward: list[str] = []
    odd: list[str] = []
    stores: list[Path] = []
    for place, folders, names in os.walk(root):
        here = Path(place)
        if is_store(folders, names):
            stores.append(here)
        inner = any(store == here or store in here.parents for store in stores)
        for name in (*names, *(one for one in folders if (here / one).is_symlink())):
            path, mode = here / name, (here / name).lstat().st_mode
            said = path.relative_to(root).as_posix()
            if stat.S_ISLNK(mode):
                outward += [said] * _leaves(root, path)
            elif not stat.S_ISREG(mode):
                odd.append(said)
            elif inner:
                own.append(said)
            else:
                plain.append(said)
    stores += [other for said in plain if (other := _elsewhere(root / said)) is not None]
    return Folder(
        root=root,
        files=tuple(sorted(plain)),
        own=tuple(sorted(own)),
        stores=tuple(stores),
        outward=tuple(sorted(outward)),
        odd=tuple(sorted(odd)),
    )


def is_store(folders: Sequence[str], names: Sequence[str]) -> bool:
    """Is this one of git's own folders, whatever it is called?"""
    return "objects" in folders and ("HEAD" in names or "refs" in folders)


def _leaves(root: Path, link: Path) -> bool:
    base = root.resolve()
    try:
        target = link.resolve()
    except (OSError, RuntimeError):  # a loop
        return True
    return base != target and base not in target.parents


def _elsewhere(path: Path) -> Path | None:
    """Return the repository that a `.git` file names, if it is there."""
    if path.name != ".git":
        return None
    try:
        return git_folder(path.parent).resolve()
    except (UsageError, OSError):
        return None


def opened(path: Path) -> io.BufferedReader:
    """Open a plain file; a link or a pipe that took its place is not followed."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    return os.fdopen(handle, "rb")


def files_of(folder: Folder) -> Iterator[tuple[str, bytes]]:
    """Yield each text that can be held: its path in its own work tree, and its content."""
    tops = [store.parent for store in folder.stores if store.name == ".git"]
    for name in folder.files:
        path = folder.root / name
        top = next((one for one in tops if one in path.parents), folder.root)
        if path.stat().st_size <= HELD:
            with opened(path) as file:
                content = file.read()
            if b"\0" not in content[:HEAD]:
                yield path.relative_to(top).as_posix(), content


def pieces_of(folder: Folder) -> Iterator[Piece]:
    """Yield all there is to search; what cannot be searched comes with the reason."""
    for name in folder.outward:
        yield Piece(where=shown(name), content=b"", kind="file", refused="a link out of the folder")
    for name in folder.odd:
        yield Piece(where=shown(name), content=b"", kind="file", refused="no plain file")
    for number, store in enumerate(folder.stores):
        yield from _objects(store, number, str(_near(folder.root, store)))
    for name in folder.files:
        yield from _file(folder.root / name, shown(name), "file", folder.stores)
    for name in folder.own:
        if not (LOOSE.search(name) or PACKED.search(name)):
            yield from _file(folder.root / name, shown(name), "git", folder.stores)


def shown(name: str) -> str:
    """Show a path that may be anything."""
    return printable_path(os.fsencode(name))


def _near(root: Path, store: Path) -> Path:
    return store.relative_to(root) if root in store.parents else store


def _objects(store: Path, number: int, where: str) -> Iterator[Piece]:
    """Yield a repository's objects, and what is packed in its blobs."""
    try:
        with shadow(store) as seen:
            for one in seen.contents():
                yield from _object(one, number, f"{where}: object {one.id}")
    except (HistoryError, UsageError) as error:
        reason = str(error).partition("\n")[0]
        yield Piece(where=where, content=b"", kind="file", refused=reason)


def _object(one: Stored, number: int, where: str) -> Iterator[Piece]:
    if one.kind == "missing":
        yield Piece(where=where, content=b"", kind="blob", refused="damaged or missing")
        return
    kind: Kind = one.kind  # type: ignore[assignment] # git has these four
    yield Piece(where=where, content=one.content, kind=kind, id=one.id, store=number)
    if one.kind == "blob":
        for part in _inside(where, one.content, whole=one.whole):
            yield _part(part.where, part.content, part.refused, one.id, number)


def _inside(where: str, content: bytes, *, whole: bool) -> Iterator[Part]:
    """Yield what is packed in something; too large an archive is refused, not passed over."""
    if whole:
        yield from inside(where, content, Budget())
    elif packed(content):
        yield Part(where, b"", "an archive too large to be unpacked here")


def _part(where: str, content: bytes, refused: str, name: str = "", store: int = 0) -> Piece:
    said = printable_path(os.fsencode(where))
    return Piece(where=said, content=content, kind="file", refused=refused, id=name, store=store)


def _file(path: Path, where: str, kind: Kind, stores: Sequence[Path]) -> Iterator[Piece]:
    """Yield a file, what is packed in it, and the objects where it is a pack or a bundle."""
    with opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > HELD:
            yield from _large(windows(file, size), where, kind)
            return
        content = file.read()
    yield Piece(where=where, content=content, kind=kind)
    for part in inside(where, content, Budget()):
        yield _part(part.where, part.content, part.refused)
        yield from _packed(part.where, part.content, stores)
    yield from _packed(where, content, stores)


def _large(parts: Iterator[bytes], where: str, kind: Kind) -> Iterator[Piece]:
    """Yield the windows of a file that is too large to be held."""
    for number, window in enumerate(parts):
        yield Piece(where=where, content=window, kind=kind)
        for part in _inside(where, window, whole=False) if not number else ():
            yield _part(part.where, part.content, part.refused)


def _packed(where: str, content: bytes, stores: Sequence[Path]) -> Iterator[Piece]:
    """Yield the objects of a pack, alone or in a bundle."""
    at = content.find(b"\n\nPACK") + 2 if BUNDLE.match(content) else 0
    if content[at : at + 4] != b"PACK":
        return
    try:
        with shadow(*stores) as seen:
            for one in seen.contents(seen.take_pack(content[at:])):
                yield from _object(one, 0, f"{where}: object {one.id}")
    except (HistoryError, UsageError) as error:
        yield Piece(where=where, content=b"", kind="file", refused=str(error))
