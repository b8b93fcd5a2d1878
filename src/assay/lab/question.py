"""One question of a made-up world, before chance orders its options."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

__all__ = ["LEVELS", "Author", "Question", "near_misses"]

LEVELS = 5
"""Difficulties: "0" is the easiest, "4" the hardest."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, what is right, and what is nearly right."""

    statement: str
    answer: str
    wrong: tuple[str, str, str]
    level: int


Author = Callable[[Random, Random], Question]
"""Who writes a kind of question: the first chance is the item's (its form and difficulty, which
all of its variants share), the second one the variant's (its names and numbers)."""


def near_misses(chance: Random, right: int, shifts: tuple[int, ...]) -> tuple[int, int, int]:
    """Which three other numbers look right? Each is off by one of the shifts, none is negative.

    Examples
    --------
    >>> sorted(near_misses(Random(0), 5, (1, 2)))
    [3, 4, 7]
    """
    around = sorted({right + sign * s for s in shifts for sign in (1, -1)} - {right})
    first, second, third = chance.sample([n for n in around if n >= 0], 3)
    return first, second, third
