"""Ranks and rank sums by enumeration."""

from itertools import combinations


def rank_p(observed: float, draws: list[float]) -> float:
    """Count the draws that are at least as extreme, the observed one included."""
    return (1 + sum(draw >= observed for draw in draws)) / (1 + len(draws))


def mann_whitney(suspects: list[float], controls: list[float]) -> float:
    """Look at every way in which the labels could have fallen."""
    pooled = suspects + controls

    def wins(chosen: tuple[int, ...]) -> float:
        rest = [pooled[i] for i in range(len(pooled)) if i not in chosen]
        return sum((pooled[i] > other) + (pooled[i] == other) / 2 for i in chosen for other in rest)

    observed = wins(tuple(range(len(suspects))))
    ways = list(combinations(range(len(pooled)), len(suspects)))
    return sum(wins(way) >= observed for way in ways) / len(ways)
