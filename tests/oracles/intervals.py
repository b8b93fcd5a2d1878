"""Intervals by definition, found by bisection on exact sums."""

import math
from collections.abc import Callable


def _tail(k: int, n: int, share: float) -> float:
    """Return the probability of at least k hits in n trials."""
    return sum(math.comb(n, i) * share**i * (1 - share) ** (n - i) for i in range(k, n + 1))


def _crossing(reached: Callable[[float], bool]) -> float:
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return low


def clopper_pearson(k: int, n: int, level: float) -> tuple[float, float]:
    """Return the shares at which k hits become just too many, or too few."""
    tail = (1 - level) / 2
    low = 0.0 if k == 0 else _crossing(lambda share: _tail(k, n, share) >= tail)
    high = 1.0 if k == n else _crossing(lambda share: 1 - _tail(k + 1, n, share) <= tail)
    return low, high


def auc(suspects: list[float], controls: list[float]) -> float:
    """Compare every suspect with every control."""
    wins = sum((s > c) + (s == c) / 2 for s in suspects for c in controls)
    return wins / (len(suspects) * len(controls))
