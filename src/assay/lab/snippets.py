"""Small functions with docstrings: the easy ones say all, the hard ones leave a number unsaid."""

from __future__ import annotations

from random import Random

from assay.lab.question import LEVELS, Question
from assay.lab.wording import TRADES, name, number

__all__ = ["ask"]

SIGNS = {"plus": "+", "minus": "-", "times": "*"}
MULTIPLES = {"twice": 2, "three times": 3, "four times": 4, "five times": 5, "six times": 6}


def ask(form: Random, fill: Random) -> Question:
    """Write a function's head and four bodies, one of which does what the docstring says.

    Examples
    --------
    >>> question = ask(Random(1), Random(2))
    >>> question.statement.startswith("def ")
    True
    """
    level, word, trade = form.randrange(LEVELS), form.choice(list(SIGNS)), form.choice(TRADES)
    said, right = LEVEL[level](fill, word)
    title = f"{name(fill).lower()}_{name(fill, 2).lower()}"
    head = f'def {title}(x):\n    """For the {trade} of {name(fill)}: {said}."""'
    bodies = dict.fromkeys([right, *(LEVEL[level](fill, other)[1] for other in list(SIGNS) * 9)])
    right, first, second, third = list(bodies)[:4]
    return Question(head, right, (first, second, third), level)


def plain(fill: Random, word: str) -> tuple[str, str]:
    """Say the operation and its number."""
    n = number(fill, 2)
    return f"x {word} {n}", f"return x {SIGNS[word]} {n}"


def double(fill: Random, word: str) -> tuple[str, str]:
    """Say a multiple in words, and a number."""
    multiple, n = fill.choice(list(MULTIPLES)), number(fill, 2)
    return f"{multiple} x {word} {n}", f"return {MULTIPLES[multiple]} * x {SIGNS[word]} {n}"


def inverse(fill: Random, word: str) -> tuple[str, str]:
    """Say what the result is for zero, beside the operation."""
    n, m = number(fill, 2), number(fill, 1)
    return f"{n} {word} x, then {m} more", f"return {n} {SIGNS[word]} x + {m}"


def partly(fill: Random, word: str) -> tuple[str, str]:
    """Say the operation, and leave the last digit of the number unsaid."""
    n = number(fill, 2)
    return f"x {word} some {n // 10 * 10}", f"return x {SIGNS[word]} {n}"


def unsaid(fill: Random, word: str) -> tuple[str, str]:
    """Say the operation, and leave the number unsaid."""
    n = number(fill, 3)
    return f"x {word} the toll", f"return x {SIGNS[word]} {n}"


LEVEL = (plain, double, inverse, partly, unsaid)
