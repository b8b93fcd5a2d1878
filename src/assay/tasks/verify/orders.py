"""In which orders do tests run? Each order twice, so that chance and order can be told apart."""

from __future__ import annotations

import random
from collections.abc import Sequence

__all__ = ["FILE_ORDER", "REVERSE", "orders", "shuffled"]

FILE_ORDER, REVERSE = 0, 1


def orders(runs: int) -> tuple[int, ...]:
    """Which order has each run? 0 is the order of the files, 1 its reverse, others are shuffles.

    Examples
    --------
    >>> orders(5)
    (0, 1, 0, 2, 1)
    >>> orders(8)
    (0, 1, 0, 2, 1, 3, 2, 4)
    """
    return tuple(run // 2 + 1 if run % 2 else max(0, run // 2 - 1) for run in range(runs))


def shuffled(names: Sequence[str], *, order: int, seed: int) -> tuple[str, ...]:
    """Return names in one of the orders; the same number and seed, the same order.

    The reverse is one of them, so that of any two tests each runs before the other at least once.

    Examples
    --------
    >>> shuffled(["b", "a"], order=FILE_ORDER, seed=1)
    ('b', 'a')
    >>> shuffled(["b", "a"], order=REVERSE, seed=1)
    ('a', 'b')
    """
    if order == FILE_ORDER:
        return tuple(names)
    if order == REVERSE:
        return tuple(reversed(names))
    drawn = sorted(names)  # however they were found
    random.Random(f"{seed}:{order}").shuffle(drawn)  # noqa: S311 - not a secret
    return tuple(drawn)
