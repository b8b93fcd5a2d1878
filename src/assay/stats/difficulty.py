"""What other models' answers say about a score: bounds by monotony, and standardisation by ease."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from assay.stats.intervals import clopper_pearson

__all__ = ["GAMMA", "LEAST", "monotone_upper", "standardised"]

GAMMA = 1.5
"""Odds of hidden bias that the interval covers: those that a flag has to survive (design 3.5)."""
GROUPS, EACH = 5, 20
"""At most so many groups of equal ease, of at least so many items each."""
LEAST = 5
"""Controls that a group needs: fewer say nothing about it."""
Side = tuple[Sequence[float], Sequence[float]]
Groups = NDArray[np.intp]


def monotone_upper(ease: ArrayLike, right: ArrayLike, *, alpha: float = 0.05) -> float:
    """Below what does the clean score lie, if memory costs nothing and easier is never worse?

    Each group of items would be answered, unexposed, at most as well as it was, and at most as
    well as any easier group was. Upper bounds of all groups hold together (Bonferroni), so the
    least of them may be taken.

    Parameters
    ----------
    ease
        Shape (n,): the share of other models that answered each item right.
    right
        Shape (n,): 1 where the examined model did, else 0.
    alpha
        How often the bound may be wrong.

    Examples
    --------
    >>> easy, hard = [0.9] * 50, [0.1] * 50
    >>> round(monotone_upper(easy + hard, [1.0, 0.0] * 25 + [1.0] * 50), 2)
    0.64

    References
    ----------
    Manski & Pepper 2000, doi 10.1111/1468-0262.00144.
    """
    marks = np.asarray(right, dtype=np.float64)
    group = _groups(np.asarray(ease, dtype=np.float64))
    present = np.unique(group)  # ascending: the hardest first
    level = 1 - 2 * alpha / present.size
    uppers, weights = [], []
    for number in present:
        own = marks[group == number]
        uppers.append(clopper_pearson(int(own.sum()), own.size, level)[1])
        weights.append(own.size / marks.size)
    least = np.minimum.accumulate(np.array(uppers)[::-1])[::-1]
    return float(np.dot(weights, least))


def standardised(
    suspects: Side, controls: Side, *, gamma: float = GAMMA, level: float = 0.95
) -> tuple[float, float, float] | None:
    """What would the suspects' score be, were they answered as equally easy controls are?

    Parameters
    ----------
    suspects, controls
        How easy each item is for other models, and 1 where the examined model was right.
    gamma
        Odds by which suspects and controls of equal ease may differ.
    level
        Aimed coverage, for controls drawn anew, at any such odds.

    Returns
    -------
    tuple
        The value and its two bounds; None where a group of suspects has too few controls.

    Examples
    --------
    >>> easy, hard = ([0.9] * 20, [1.0] * 16 + [0.0] * 4), ([0.1] * 20, [1.0] * 4 + [0.0] * 16)
    >>> both = (easy[0] + hard[0], easy[1] + hard[1])
    >>> value, low, high = standardised(easy, both)
    >>> round(value, 2), low < 0.7 < 0.85 < high
    (0.8, True)

    References
    ----------
    Rosenbaum 2002, Observational Studies, section 4 (hidden odds).
    """
    ease = np.concatenate([suspects[0], controls[0]]).astype(np.float64)
    group = _groups(ease)
    mine, theirs = group[: len(suspects[0])], group[len(suspects[0]) :]
    marks = np.asarray(controls[1], dtype=np.float64)
    value, variance, ends = 0.0, 0.0, [0.0, 0.0]
    for number in np.unique(mine):
        own = marks[theirs == number]
        if own.size < LEAST:
            return None
        weight = float((mine == number).mean())
        share = (own.sum() + 1) / (own.size + 2)
        value += weight * float(own.mean())
        variance += weight**2 * share * (1 - share) / (own.size + 2)
        ends = [
            end + weight * _shifted(share, g)
            for end, g in zip(ends, (1 / gamma, gamma), strict=True)
        ]
    reach = float(stats.norm.ppf((1 + level) / 2)) * math.sqrt(variance)
    return value, max(ends[0] - reach, 0.0), min(ends[1] + reach, 1.0)


def _shifted(share: float, odds: float) -> float:
    """Multiply a share's odds."""
    return share * odds / (share * odds + 1 - share)


def _groups(ease: NDArray[np.float64]) -> Groups:
    """Cut items into groups of equal ease, the hardest first; ties stay together."""
    count = max(1, min(GROUPS, ease.size // EACH))
    cuts = np.unique(np.quantile(ease, np.arange(1, count) / count, method="higher"))
    return np.searchsorted(cuts, ease, side="right")
