"""Does one task's tree hold the fix of another?

Tasks of one repository come from one history: the tree that a later task starts from holds the
fixes of most earlier ones. So every tree is searched for the answers of all other tasks of its
repository, each weighed against the tree of its own task, as the gate does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.tasks.seal.answer import Answer
from assay.tasks.seal.compacting import compact
from assay.tasks.seal.diffs import parse
from assay.tasks.seal.pieces import HEAD, Piece, files_of, pieces_of, survey
from assay.tasks.seal.seeking import Sought, seek

__all__ = ["Crossing", "Laid", "crossings", "together"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """A task that passed the gate, and where its tree lies."""

    id: str
    repo: str
    folder: Path
    """What its solver sees; the tree is `repo` in it."""
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """A tree that holds another task's fix."""

    tree: str
    """The task that starts from it."""
    fix: str
    """The task whose answer it holds."""
    where: str
    """The first place, and what of the answer stands there."""


class Wanted:
    """One answer, ready to be looked for."""

    def __init__(self, laid: Laid) -> None:
        answer = laid.answer
        texts = {"the fix": answer.patch, "the tests": answer.test_patch}
        patches = {name: parse(text) for name, text in texts.items() if text}
        self.id = laid.id
        self.sought: Sought = seek(patches, files_of(survey(laid.folder / "repo")))
        self.blobs = frozenset(answer.blobs)

    def found(self, piece: Piece, text: bytes) -> str:
        """What of the answer does a piece hold? Empty for nothing."""
        if piece.id in self.blobs:
            return "is a fixed file"
        hits = self.sought.find(text, binary=b"\0" in piece.content[:HEAD])
        return next((f"holds {hit.patch}: {hit.run} ({hit.how})" for hit in hits), "")


def crossings(tasks: Sequence[Laid], *, among: Collection[str] | None = None) -> list[Crossing]:
    """Which trees hold the fixes of other tasks of their repository? The first place of each.

    Parameters
    ----------
    tasks
        With their trees laid out.
    among
        Tasks whose trees are searched; all, by default.
    """
    wanted = {one.id: Wanted(one) for one in tasks}
    found: list[Crossing] = []
    for one in tasks:
        others = [wanted[o.id] for o in tasks if o.repo == one.repo and o.id != one.id]
        found += _searched(one, others) if among is None or one.id in among else []
    return found


def _searched(one: Laid, others: Sequence[Wanted]) -> list[Crossing]:
    """Walk through a tree once, and look for all the others' answers."""
    open_ones, found = {other.id: other for other in others}, []
    for piece in pieces_of(survey(one.folder)):
        if piece.refused:
            continue  # its own gate has refused it already
        text = compact(piece.content) if piece.kind != "tree" else b""
        for other in list(open_ones.values()):
            if said := other.found(piece, text):
                found.append(Crossing(tree=one.id, fix=other.id, where=f"{piece.where} {said}"))
                del open_ones[other.id]
    return found


def together(order: Sequence[str], holds: Mapping[str, Sequence[str]], room: int) -> list[str]:
    """Which tasks may be published, so that no published tree holds the fix of one that is not?

    Parameters
    ----------
    order
        Tasks, in the order of their lots.
    holds
        By task: the tasks whose fixes its tree holds.
    room
        Tasks that may be published.

    Returns
    -------
    list
        As many as fit, in the order of the lots: a task is taken with all whose fixes its tree
        holds, and theirs, and is passed over while there is no room for them.

    Examples
    --------
    >>> together(["c", "a", "b"], {"c": ["b"], "b": ["a"]}, 2)
    ['a', 'b']
    """
    taken: set[str] = set()
    grown = True
    while grown:
        grown = False
        for name in order:
            need = _reached(name, holds) - taken
            if need and len(taken) + len(need) <= room:
                taken |= need
                grown = True
    return [name for name in order if name in taken]


def _reached(name: str, holds: Mapping[str, Sequence[str]]) -> set[str]:
    found, todo = set[str](), [name]
    while todo:
        one = todo.pop()
        if one not in found:
            found.add(one)
            todo += holds.get(one, ())
    return found
