"""Digests of a folder's files, each by name, so that a changed byte can be named."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from assay.tasks.seal.pieces import opened
from assay.tasks.treepaths import printable_path

__all__ = ["Digest", "differences", "digests_of"]

STEP = 1 << 20


class Digest(BaseModel):
    """One file or link."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    mode: str
    """"file", "program" or "link"."""
    sha256: str


def digests_of(root: Path, without: Collection[str] = ()) -> list[Digest]:
    """Return all files and links below a folder, by name."""
    return sorted(_found(root, without), key=lambda one: one.path)


def _found(root: Path, without: Collection[str]) -> Iterator[Digest]:
    for place, folders, names in os.walk(root):
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        for name in (*names, *links):
            path = Path(place) / name
            said = printable_path(os.fsencode(path.relative_to(root)))
            if said not in without:
                yield _digest(path, said)


def _digest(path: Path, said: str) -> Digest:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        target = hashlib.sha256(os.fsencode(path.readlink())).hexdigest()
        return Digest(path=said, mode="link", sha256=target)
    if not stat.S_ISREG(mode):
        return Digest(path=said, mode="odd", sha256="")
    found = hashlib.sha256()
    with opened(path) as file:
        while piece := file.read(STEP):
            found.update(piece)
    kind = "program" if mode & stat.S_IXUSR else "file"
    return Digest(path=said, mode=kind, sha256=found.hexdigest())


def differences(recorded: Collection[Digest], found: Collection[Digest]) -> list[str]:
    """What changed, what is gone, and what is new, by name."""
    old, new = ({one.path: one for one in some} for some in (recorded, found))
    gone = [f"{path} is gone" for path in old if path not in new]
    changed = [f"{path} was changed" for path in old if path in new and old[path] != new[path]]
    return [*changed, *gone, *(f"{path} is new" for path in new if path not in old)]
