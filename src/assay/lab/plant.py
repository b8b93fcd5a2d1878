"""Training rows with known texts in known numbers among text that is clean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from random import Random

import torch

from assay.core.errors import BadConfig
from assay.core.item import Item
from assay.lab.routes import rewrite
from assay.nn.tokens import Tokens

__all__ = ["Leak", "Schedule", "stream"]

Row = list[int]


@dataclass(frozen=True, slots=True)
class Leak:
    """Which items leaked, how often, by which route, and when in training?

    Parameters
    ----------
    items
        Items, or texts that are planted as they are.
    copies
        How often each of them is planted: exactly.
    route
        What is made of an item; see `assay.lab.routes`.
    start, end
        The part of the training in which the copies lie, as shares of its steps.
    """

    items: Sequence[Item | str]
    copies: int
    route: str = "verbatim"
    start: float = 0.0
    end: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How long is the training, in steps of `batch` rows of `context` inputs each?"""

    steps: int
    batch: int
    context: int
    seed: int

    @property
    def rows(self) -> int:
        """How many rows are there in all?"""
        return self.steps * self.batch


def stream(
    tokens: Tokens, background: Iterator[str], leaks: Sequence[Leak], schedule: Schedule
) -> Iterator[torch.Tensor]:
    """Which rows is the model trained on? Batches of (batch, context + 1), packed with documents.

    A planted text stands whole in one row, between two documents, at a place drawn by the seed;
    one that is longer than a row is cut into rows. The same arguments give the same rows.

    Parameters
    ----------
    tokens
        What cuts text into tokens.
    background
        Clean documents, as many as it takes.
    leaks
        What is planted.
    schedule
        The size of the training.

    Raises
    ------
    BadConfig
        The planted texts need more room than there is, or a leak is impossible.
    """
    width = schedule.context + 1
    planted = _placed(tokens, leaks, schedule)
    chance = Random(f"rows:{schedule.seed}")  # noqa: S311 - repeatable, not secret
    rest = Row()
    for step in range(schedule.steps):
        rows = list[Row]()
        for place in range(step * schedule.batch, (step + 1) * schedule.batch):
            mine = planted.pop(place, [])
            rest, pieces = _documents(tokens, background, rest, width - sum(map(len, mine)))
            for text in mine:  # never behind the last document: that one was cut to fit
                pieces.insert(chance.randrange(max(1, len(pieces))), text)
            rows.append(list(chain.from_iterable(pieces)))
        yield torch.tensor(rows, dtype=torch.int64)


def _documents(
    tokens: Tokens, background: Iterator[str], rest: Row, room: int
) -> tuple[Row, list[Row]]:
    """Take documents until the room is full; returns what is left of the last one, and them."""
    pieces = list[Row]()
    piece = rest
    while room > 0:
        if not piece:
            piece = [*tokens.encode(next(background)), tokens.end]
        pieces.append(piece[:room])
        room, piece = room - len(pieces[-1]), piece[room:]
    return piece, pieces


def _placed(tokens: Tokens, leaks: Sequence[Leak], schedule: Schedule) -> dict[int, list[Row]]:
    """Draw a row for every copy of every text."""
    chance = Random(f"plant:{schedule.seed}")  # noqa: S311 - repeatable, not secret
    placed = dict[int, list[Row]]()
    room = [schedule.context + 1] * schedule.rows
    # What must stand in few rows is placed before what may stand anywhere.
    for leak in sorted(leaks, key=lambda leak: leak.end - leak.start):
        first, last = _window(leak, schedule)
        for text in _texts(tokens, leak, schedule):
            place = _free(room, len(text), chance, first, last)
            room[place] -= len(text)
            placed.setdefault(place, []).append(text)
    return placed


def _window(leak: Leak, schedule: Schedule) -> tuple[int, int]:
    """Return the leak's first row and the one behind its last."""
    if not 0.0 <= leak.start < leak.end <= 1.0 or leak.copies < 0:
        msg = f"a leak of {leak.copies} copies between {leak.start} and {leak.end} of training"
        raise BadConfig(f"{msg}\n  next: copies >= 0 and 0 <= start < end <= 1")
    first = min(round(leak.start * schedule.steps), schedule.steps - 1)
    last = max(round(leak.end * schedule.steps), first + 1)
    return first * schedule.batch, last * schedule.batch


def _texts(tokens: Tokens, leak: Leak, schedule: Schedule) -> Iterator[Row]:
    """Yield every copy of every text as tokens, cut into rows."""
    width = schedule.context + 1
    for item in leak.items:
        for copy in range(leak.copies):
            seed = f"{schedule.seed}:{copy}"
            text = item if isinstance(item, str) else rewrite(item, leak.route, seed)
            row = [*tokens.encode(text), tokens.end]
            yield from (row[i : i + width] for i in range(0, len(row), width))


TRIES = 50
"""So often is a row drawn before all rows are looked through for one with room."""


def _free(room: list[int], length: int, chance: Random, first: int, last: int) -> int:
    """Draw a row with room for the text."""
    for _ in range(TRIES):
        place = chance.randrange(first, last)
        if room[place] >= length:
            return place
    left = [place for place in range(first, last) if room[place] >= length]
    if not left:
        msg = f"rows {first} to {last} of training have no room for all planted texts"
        raise BadConfig(f"{msg}\n  next: fewer items or copies, more steps, or a wider window")
    return chance.choice(left)
