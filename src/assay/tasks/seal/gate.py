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
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from assay.core.errors import HistoryError, UsageError
from assay.tasks.borrow import shadow
from assay.tasks.seal.answer import Answer
from assay.tasks.seal.compacting import compact
from assay.tasks.seal.diffs import parse
from assay.tasks.seal.identity import Names
from assay.tasks.seal.pieces import HEAD, Folder, Piece, files_of, pieces_of, survey
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


def gate(root: Path, answer: Answer, *, base: Iterable[tuple[str, bytes]] | None = None) -> Gated:
    """Does anything in this folder hold the answer?

    Parameters
    ----------
    root
        A folder: a work tree with its repository, a repository alone, or any files.
    answer
        What must not be there.
    base
        The files before the fix, by their paths; by default, those of the folder.

    Raises
    ------
    HistoryError
        Git failed.
    """
    began = time.monotonic()
    folder = survey(root)
    texts = {"the fix": answer.patch, "the tests": answer.test_patch}
    patches = {name: parse(text) for name, text in texts.items() if text}
    sought = seek(patches, files_of(folder) if base is None else base)
    blind = [
        Unsearched(where=name, reason="changes nothing that could be told from the base tree")
        for name in patches
        if not sought.searchable(name)
    ]
    found = Search(sought, Names(answer))
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

    def __init__(self, sought: Sought, names: Names) -> None:
        self._sought, self._names = sought, names
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
        text = compact(piece.content) if piece.kind != "tree" else b""
        said = list(self._names.find(piece, text))
        hits = self._sought.find(text, binary=b"\0" in piece.content[:HEAD])
        said += [f"holds {hit.patch}: {hit.run} ({hit.how})" for hit in hits[:2]]
        if said:
            what = "; ".join(said)
            self.remnants.append(Remnant(where=piece.where, what=what, id=piece.id))


def _named(folder: Folder, remnants: Sequence[Remnant]) -> tuple[Remnant, ...]:
    """Add to each git object which refs and reflogs reach it."""
    wanted = {one.id for one in remnants if one.id}
    by: dict[str, list[str]] = {name: [] for name in wanted}
    for store in folder.stores if wanted else ():
        for label, reached in _reached(store):
            for name in wanted & reached:
                by[name].append(label)
    return tuple(
        one.model_copy(update={"named_by": tuple(by[one.id])}) if one.id else one
        for one in remnants
    )


def _reached(store: Path) -> Iterator[tuple[str, set[str]]]:
    """Yield what each ref and reflog of a repository reaches, as far as it can be read."""
    with suppress(UsageError), shadow(store) as seen:  # pipes among its objects
        for label, ids in list(names_in(store).items())[:ROOTS]:
            with suppress(HistoryError):  # a damaged history
                yield label, seen.reached_from(*ids)
