"""May this week's p-values be trusted? Honest customers that were held back tell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from assay.stats.conformal import p_values

__all__ = ["Check", "check"]

Floats = NDArray[np.float64]

FALSE_ALARM = 0.01
"""How often the weekly check may stop a week in which nothing is wrong, over all its tests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Are p-values of honest customers that were held back as even as they should be?"""

    held: int
    """Accounts held back, one of each group."""
    below_05: int
    below_01: int
    """How many of them had a p-value of at most .05, .01."""
    p: tuple[float, ...] = ()
    """One-sided: too many at .05, at .01, and the greatest distance anywhere, of each stratum."""
    passed: bool = True

    @property
    def words(self) -> str:
        """What is to be said of it?"""
        found = f"{self.below_05} and {self.below_01} of {self.held} held-back honest customers"
        verdict = "as should be" if self.passed else "more than chance allows"
        return f"{found} have p <= .05 and <= .01: {verdict}"


def check(strata: Sequence[tuple[Floats, Floats]]) -> Check:
    """Do held-back honest customers look like the reference, where it matters: above?

    With one calibration set the count of held accounts above its c-th largest score is exactly
    beta-binomial, wider than the binomial that each p-value alone would suggest; the distance is
    Kolmogorov's and Smirnov's between two samples. Bonferroni over all tests.

    Parameters
    ----------
    strata
        Scores of held and of calibration accounts, of each stratum; one account of each group.

    Examples
    --------
    >>> even = np.arange(200.0)
    >>> check([(even[::2], even[1::2])]).passed, check([(even + 150, even)]).passed
    (True, False)
    """
    found: list[float] = []
    counts = {0.05: 0, 0.01: 0}
    for held, calibration in strata:
        if not held.size or not calibration.size:
            continue
        p = p_values(held, calibration)
        for level in counts:
            hits = int(np.count_nonzero(p <= level))
            counts[level] += hits
            found.append(_excess(hits, held.size, calibration.size, level))
        found.append(_apart(held, calibration))
    return Check(
        held=sum(held.size for held, _ in strata),
        below_05=counts[0.05],
        below_01=counts[0.01],
        p=tuple(found),
        passed=not found or min(found) > FALSE_ALARM / len(found),
    )


def _excess(hits: int, held: int, calibration: int, level: float) -> float:
    """How likely are so many held accounts above the calibration score of this level?"""
    rank = math.floor(level * (calibration + 1) + 1e-9)
    if rank == 0:
        return 1.0
    return float(stats.betabinom.sf(hits - 1, held, rank, calibration + 1 - rank))


def _apart(held: Floats, calibration: Floats) -> float:
    """How likely is it that held scores lie so far above the reference's, at any place?"""
    # "less": the distribution function of the held lies below.
    return float(stats.ks_2samp(held, calibration, alternative="less", method="asymp").pvalue)
