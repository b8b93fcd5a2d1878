"""The gate: does anything in this folder hold the answer?

What it looks for, in every file, in archives in files, in every object of every repository there
(loose, packed, in bundles, reachable or not) and in git's own notes: runs of changed lines of the
gold patch and of the tests' patch; the fix's id, and those of commits after it; ids and SHA-256 of
the fixed files; the fix's subject in messages; submodules at a commit with the fix; pins of the
project at a version with the fix.

What it cannot see: a paraphrase of the fix in other code or in words; anything encrypted, or packed
in a form that is not opened here (such files are named, and the gate then does not pass); a fix
that changes only white space, quotes or comments; compiled code of a fix that brings no new name or
string; a hash of fewer than seven digits; what lies outside the folder.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from assay.core.errors import SandboxError
from assay.tasks.seal.answer import Answer
from assay.tasks.seal.diffs import parse
from assay.tasks.seal.identity import Names
from assay.tasks.seal.objects import Shadow, shadow, uses_sha256
from assay.tasks.seal.pieces import Folder, Piece, files_of, pieces_of, survey
from assay.tasks.seal.refs import names_in
from assay.tasks.seal.seeking import Sought, seek

__all__ = ["Gated", "Remnant", "Unsearched", "gate"]

FROZEN = ConfigDict(frozen=True, extra="forbid")
SHOWN = 50
"""Remnants that are told one by one."""
ROOTS = 60
"""Refs and reflogs that are asked whether they reach a remnant."""


class Remnant(BaseModel):
    """One place that holds the answer."""

    model_config = FROZEN

    where: str
    what: str
    id: str = ""
    """Of the git object."""
    named_by: tuple[str, ...] = ()
    """Refs, reflogs and notes that reach it; none: nothing does."""


class Unsearched(BaseModel):
    """One place that could not be searched."""

    model_config = FROZEN

    where: str
    reason: str


class Gated(BaseModel):
    """What the gate found."""

    model_config = FROZEN

    remnants: tuple[Remnant, ...]
    """At most 50; `count` says how many there are."""
    count: int
    unsearched: tuple[Unsearched, ...]
    pieces: int
    size: int
    """Bytes that were searched, unpacked."""
    seconds: float

    @property
    def passes(self) -> bool:
        """Was all of it searched, and nothing found?"""
        return not self.count and not self.unsearched


def gate(root: Path, answer: Answer, *, base: Path | None = None) -> Gated:
    """Does anything in this folder hold the answer?

    Parameters
    ----------
    root
        A folder: a work tree with its repository, a repository alone, or any files.
    answer
        What must not be there.
    base
        The work tree before the fix; by default, the folder itself.

    Raises
    ------
    SandboxError
        Git failed.
    """
    began = time.monotonic()
    folder = survey(root)
    before = folder if base is None else survey(base)
    sides = [
        (whose, seek(parse(patch), files_of(before)))
        for whose, patch in (("the fix", answer.patch), ("the tests", answer.test_patch))
        if patch
    ]
    blind = [
        Unsearched(where=whose, reason="changes nothing that could be told from the base tree")
        for whose, sought in sides
        if not sought.searchable
    ]
    found = Search(sides, Names(answer))
    for piece in pieces_of(folder):
        found.look(piece)
    return Gated(
        remnants=_named(folder, found.remnants[:SHOWN]),
        count=len(found.remnants),
        unsearched=(*blind, *found.unsearched),
        pieces=found.pieces,
        size=found.size,
        seconds=time.monotonic() - began,
    )


class Search:
    """One walk over the pieces."""

    def __init__(self, sides: Sequence[tuple[str, Sought]], names: Names) -> None:
        self._sides, self._names = sides, names
        self.remnants: list[Remnant] = []
        self.unsearched: list[Unsearched] = []
        self.pieces, self.size = 0, 0

    def look(self, piece: Piece) -> None:
        """Search one piece."""
        self.pieces += 1
        self.size += len(piece.content)
        if piece.refused:
            self.unsearched.append(Unsearched(where=piece.where, reason=piece.refused))
            return
        said = list(self._names.find(piece))
        if piece.kind != "tree":
            said += [
                f"holds {whose}: {hit.run} ({hit.how})"
                for whose, sought in self._sides
                for hit in sought.find(piece.content)[:1]
            ]
        if said:
            what = "; ".join(said)
            self.remnants.append(Remnant(where=piece.where, what=what, id=piece.id))


def _named(folder: Folder, remnants: Sequence[Remnant]) -> tuple[Remnant, ...]:
    """Add to each git object which refs and reflogs reach it."""
    wanted = {one.id for one in remnants if one.id}
    by: dict[str, list[str]] = {name: [] for name in wanted}
    for store in folder.stores if wanted else ():
        with shadow([store / "objects"], sha256=uses_sha256(store)) as seen:
            for label, ids in list(names_in(store).items())[:ROOTS]:
                for name in wanted & _reached(seen, ids):
                    by[name].append(label)
    return tuple(
        one.model_copy(update={"named_by": tuple(by[one.id])}) if one.id else one
        for one in remnants
    )


def _reached(seen: Shadow, ids: Sequence[str]) -> set[str]:
    try:
        return seen.reached_from(*ids)
    except SandboxError:  # a damaged repository: what reaches it cannot be said
        return set()
