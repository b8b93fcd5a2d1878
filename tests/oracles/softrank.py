"""Assignments by definition: all weights tried, all texts handed out in all ways."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

Table = Sequence[Sequence[float]]


def worst_mean(values: Sequence[float], gamma: float) -> float:
    """Try every choice of weights 1 and gamma; a maximum lies at such a corner."""
    return max(
        sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights)
        for weights in product((1.0, gamma), repeat=len(values))
    )


def factor(own: float, row: Sequence[float], gamma: float) -> float:
    """Half of 1, half of own + 1 over the worst mean of all candidates + 1."""
    return 0.5 + 0.5 * (own + 1) / worst_mean([v + 1 for v in row], gamma)


def turn(table: Table, waiting: Sequence[int], left: Sequence[int], gamma: float) -> int:
    """Whose turn is it? Whoever would gain most, were the best fit its own; else the first."""
    gains = {}
    for i in waiting:
        row = [table[i][j] for j in left]
        gains[i] = factor(max(row), row, gamma)
    return max(gains, key=lambda i: (round(gains[i], 12), -i))


def assignment_e(table: Table, gamma: float, waiting: Sequence[int] | None = None) -> float:
    """Multiply the factors, text i being output i's own."""
    waiting = list(range(len(table))) if waiting is None else list(waiting)
    left, e = list(range(len(table))), 1.0
    while waiting:
        i = turn(table, waiting, left, gamma)
        e *= factor(table[i][i], [table[i][j] for j in left], gamma)
        waiting.remove(i)
        left.remove(i)
    return e


def largest_expectation(
    table: Table, gamma: float, waiting: Sequence[int], left: Sequence[int]
) -> float:
    """What can be expected at most, when an adversary assigns the texts with odds up to gamma?

    At every turn each text that is left may be the own one; the adversary weighs them by 1 or
    gamma, whichever is best for the rest of the product.
    """
    if not waiting:
        return 1.0
    i = turn(table, waiting, left, gamma)
    row = [table[i][j] for j in left]
    later = [k for k in waiting if k != i]
    values = [
        factor(table[i][j], row, gamma)
        * largest_expectation(table, gamma, later, [k for k in left if k != j])
        for j in left
    ]
    return worst_mean(values, gamma)
