"""Word problems that a small model partly learns: from a look-up to a product and a sum."""

from __future__ import annotations

from random import Random

from assay.lab.question import LEVELS, Question, near_misses
from assay.lab.wording import THINGS, name, number, town

__all__ = ["ask"]


def ask(form: Random, fill: Random) -> Question:
    """Write a word problem: its thing and difficulty by the item, names and numbers by the variant.

    Examples
    --------
    >>> question = ask(Random(1), Random(2))
    >>> question.answer in question.wrong
    False
    """
    level, thing, wording = form.randrange(LEVELS), form.choice(THINGS), form.random() < 0.5
    story, right = LEVEL[level](fill, thing)
    asked = f"How many {thing} are there?" if wording else f"Count the {thing}."
    first, second, third = near_misses(fill, right, SHIFTS[level])
    return Question(f"{story} {asked}", str(right), (str(first), str(second), str(third)), level)


def kept(fill: Random, thing: str) -> tuple[str, int]:
    """Write a story that names the number itself, beside another one."""
    some, other = number(fill, 2), number(fill, 2)
    return f"{name(fill)} of {town(fill)} has {some} {thing} and walks {other} miles.", some


def few(fill: Random, thing: str) -> tuple[str, int]:
    """Write a story whose answer is the sum of two digits."""
    some, more = number(fill, 1), number(fill, 1)
    story = f"{name(fill)} of {town(fill)} has {some} {thing}. {name(fill)} brings {more} more."
    return story, some + more


def more(fill: Random, thing: str) -> tuple[str, int]:
    """Write a story that adds a digit to a number of two digits."""
    some, new = number(fill, 2), number(fill, 1)
    story = f"{name(fill)} of {town(fill)} has {some} {thing}. {name(fill)} brings {new} more."
    return story, some + new


def fewer(fill: Random, thing: str) -> tuple[str, int]:
    """Write a story that takes one number of two digits from another."""
    gone, left = number(fill, 2), number(fill, 2)
    story = f"{name(fill)} of {town(fill)} has {gone + left} {thing}."
    return f"{story} {name(fill)} takes {gone}.", left


def rows(fill: Random, thing: str) -> tuple[str, int]:
    """Write a story of a product and a sum."""
    lines, each, loose = number(fill, 1), number(fill, 1), number(fill, 2)
    story = f"{name(fill)} of {town(fill)} lays {lines} rows of {each} {thing}."
    return f"{story} {name(fill)} adds {loose}.", lines * each + loose


LEVEL = (kept, few, more, fewer, rows)
SLIGHT = (1, 2, 9, 10, 11)
SHIFTS = ((7, 16, 25, 34), (1, 2, 3), SLIGHT, SLIGHT, SLIGHT)
"""By how much a wrong answer is off: a number that is only to be found has no close neighbours."""
