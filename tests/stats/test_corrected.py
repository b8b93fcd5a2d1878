"""Intervals for scores: against hand arithmetic, and what they cover, by enumeration."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from tests.oracles.corrected import student, two_groups

from assay.stats.corrected import difference_interval, mean_interval, paired_interval

Array = NDArray[np.float64]


def clipped(ends: tuple[float, float], low: float) -> list[float]:
    return [max(ends[0], low), min(ends[1], 1.0)]


@pytest.mark.parametrize("seed", range(20))
def test_they_are_what_one_would_do_by_hand(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - repeatable, not secret
    share = [rng.randint(0, 4) / 4 for _ in range(rng.randint(1, 60))]
    other = [float(rng.random() < 0.4) for _ in range(rng.randint(1, 60))]
    pairs = [rng.choice([-1, -0.5, 0, 0.25, 1]) for _ in range(rng.randint(1, 60))]
    assert mean_interval(share) == pytest.approx(clipped(student(share, [0, 0, 1, 1]), 0))
    assert paired_interval(pairs) == pytest.approx(clipped(student(pairs, [1, -1]), -1))
    expected = clipped(two_groups(share, other), -1)
    assert difference_interval(share, other) == pytest.approx(expected)


def test_gains_and_losses_mirror_each_other() -> None:
    gained = [1.0] * 7 + [0.0] * 20
    low, high = paired_interval(gained)
    assert paired_interval([-v for v in gained]) == pytest.approx((-high, -low))


@pytest.mark.parametrize(
    ("call", "values"),
    [
        (mean_interval, []),
        (mean_interval, [0.5, 1.1]),
        (mean_interval, [float("nan")]),
        (mean_interval, [[0.5]]),
        (paired_interval, [-1.5]),
        (paired_interval, [0.0, float("inf")]),
    ],
)
def test_impossible_values_are_refused(
    call: Callable[[list[float]], object], values: list[float]
) -> None:
    with pytest.raises(ValueError, match="values from"):
        call(values)


def test_impossible_levels_are_refused() -> None:
    with pytest.raises(ValueError, match="level"):
        mean_interval([0.5], level=1.0)
    with pytest.raises(ValueError, match="level"):
        difference_interval([0.5], [0.5], level=0.0)


@pytest.mark.parametrize("n", [10, 50, 200])
def test_a_share_is_covered(n: int) -> None:
    """No simulation: every number of right answers, weighted by its probability.

    An interval for counts cannot cover exactly .95 everywhere; .94 is what Agresti and Coull's
    covers at the worst odds from 10 items on.
    """
    ends = np.array([mean_interval([1.0] * k + [0.0] * (n - k)) for k in range(n + 1)])
    covered = []
    for p in np.linspace(0.01, 0.99, 99):
        inside = (ends[:, 0] <= p) & (p <= ends[:, 1])
        covered.append(float(stats.binom.pmf(np.arange(n + 1), n, p)[inside].sum()))
    assert min(covered) >= 0.94
    assert np.mean(covered) >= 0.95


def pairs_covered(n: int, ends: dict[tuple[int, int], tuple[float, float]]) -> list[float]:
    """Return what is covered at each odds of an item to be gained or lost."""
    counts = np.array(list(ends))
    bounds = np.array(list(ends.values()))
    table = np.column_stack([counts, n - counts.sum(axis=1)])
    found = []
    for gained in np.arange(0.02, 1, 0.08):
        for lost in (0.0, 0.05, 0.2, 0.35, 0.5):
            if lost <= gained and gained + lost <= 1:
                odds = [gained, lost, max(1 - gained - lost, 0.0)]
                weight = stats.multinomial.pmf(table, n, odds)
                truth = gained - lost
                inside = (bounds[:, 0] <= truth + 1e-12) & (truth <= bounds[:, 1] + 1e-12)
                found.append(float(weight[inside].sum()))
    return found


@pytest.mark.parametrize("n", [10, 30, 60])
def test_a_paired_difference_is_covered(n: int) -> None:
    """Every table of gained and lost items. At the worst odds a lattice of counts costs a point."""
    ends = {
        (b, c): paired_interval([1.0] * b + [-1.0] * c + [0.0] * (n - b - c))
        for b in range(n + 1)
        for c in range(n + 1 - b)
    }
    covered = pairs_covered(n, ends)
    assert min(covered) >= 0.935
    assert np.mean(covered) >= 0.95


def group_ends(n: int) -> tuple[Array, Array]:
    both = np.array([
        [
            difference_interval([1.0] * i + [0.0] * (n - i), [1.0] * j + [0.0] * (n - j))
            for j in range(n + 1)
        ]
        for i in range(n + 1)
    ])  # fmt: skip
    return both[..., 0], both[..., 1]


@pytest.mark.parametrize("n", [15, 50])
def test_a_difference_of_halves_is_covered(n: int) -> None:
    """For items drawn anew (enumerated), and for the reported items themselves (drawn).

    The second is the harder one where nearly all reported answers come from memory: then their
    variance is none, and that of their clean scores is not. 20,000 draws tell .94 from .93 at six
    standard errors.
    """
    low, high = group_ends(n)
    counts, worst = np.arange(n + 1), 1.0
    for p in (0.1, 0.3, 0.5, 0.7, 0.9, 0.98):
        for q in (0.05, 0.3, 0.5, 0.7, 0.9):
            weight = np.outer(stats.binom.pmf(counts, n, p), stats.binom.pmf(counts, n, q))
            inside = (low <= p - q + 1e-12) & (p - q <= high + 1e-12)
            worst = min(worst, float(weight[inside].sum()))
    assert worst >= 0.945
    rng, own = np.random.default_rng(3), []
    for clean in (0.2, 0.5, 0.8):
        for exposed in (0.0, 0.5, 1.0):
            by_itself = rng.binomial(n, clean, 20_000)
            reported = by_itself + rng.binomial(n - by_itself, exposed)
            held = rng.binomial(n, clean, 20_000)
            truth = (reported - by_itself) / n
            inside = (low[reported, held] <= truth) & (truth <= high[reported, held])
            own.append(float(inside.mean()))
    assert min(own) >= 0.93
    assert np.mean(own) >= 0.95
