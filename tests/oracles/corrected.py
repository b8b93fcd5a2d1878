"""Corrected scores as one would do them by hand, and the mixture that one would be tempted by."""

import math

from scipy import stats


def made_up(values: list[float], added: list[float]) -> tuple[float, float, int]:
    """Return mean and variance over the items and those that were made up, and how many."""
    held = [*values, *added]
    mean = sum(held) / len(held)
    return mean, sum((v - mean) ** 2 for v in held) / (len(held) - 1), len(held)


def student(values: list[float], added: list[float]) -> tuple[float, float]:
    """Return Student's 95 % interval over both."""
    mean, variance, count = made_up(values, added)
    reach = float(stats.t.ppf(0.975, count - 1)) * math.sqrt(variance / count)
    return mean - reach, mean + reach


def two_groups(reported: list[float], clean: list[float]) -> tuple[float, float]:
    """Return the interval of the difference, the larger variance counting for the reported."""
    one, two = made_up(reported, [0, 1]), made_up(clean, [0, 1])
    a, b = max(one[1], two[1]) / one[2], two[1] / two[2]
    freedom = (a + b) ** 2 / (a * a / (one[2] - 1) + b * b / (two[2] - 1))
    reach = float(stats.t.ppf(0.975, freedom)) * math.sqrt(a + b)
    return one[0] - two[0] - reach, one[0] - two[0] + reach


def mixture(score: list[float], right: list[float], share: float, shift: float) -> float:
    """Return the clean score as a mixture has it: that of items that surely were not exposed.

    It is told the share of exposed items and the law of the score, which nobody knows. If an
    item's score says nothing of its answer but whether it was exposed, then answers rise on a
    straight line with the odds of exposure, and where the line begins is the clean score.
    """
    odds = []
    for value in score:
        exposed = share * math.exp(-((value - shift) ** 2) / 2)
        odds.append(exposed / (exposed + (1 - share) * math.exp(-(value**2) / 2)))
    mean_odds, mean_right = sum(odds) / len(odds), sum(right) / len(right)
    rise = sum((r - mean_odds) * y for r, y in zip(odds, right, strict=True))
    rise /= sum((r - mean_odds) ** 2 for r in odds)
    return mean_right - rise * mean_odds
