"""The final wealth's rank among shuffled labels: exact, finer than the level, and more powerful."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from assay.stats.betting import label_betting, label_betting_many
from assay.stats.shuffled import shuffled_p


def test_it_is_the_share_of_labellings_that_win_as_much() -> None:
    # All 70 labellings of 8 items: the drawn p is within 4 standard errors of the enumerated one.
    scores = np.random.default_rng(3).normal(size=(8, 2))
    ways = np.array([[i in way for i in range(8)] for way in combinations(range(8), 4)])
    wealth = label_betting_many(np.broadcast_to(scores, (70, 8, 2)), ways)[:, -1]
    for labels, own in list(zip(ways, wealth, strict=True))[::7]:
        exact = float(np.mean(wealth >= own - 1e-9))
        found = shuffled_p(scores, labels, alpha=0.01, seed=5)
        # 20 hits are waited for: a relative error of 1/sqrt(20), or of 1,999 draws.
        assert abs(found - exact) <= 4 * exact / np.sqrt(20)


def test_whoever_wins_one_over_alpha_has_as_small_a_p() -> None:
    rng = np.random.default_rng(1)
    labels = rng.permutation(np.arange(60) < 30)
    scores = rng.normal(size=60) + 1.1 * labels
    assert label_betting(scores, labels).value >= 20
    assert shuffled_p(scores, labels, alpha=0.05, seed=1) <= 0.05


def test_false_alarms_are_at_most_alpha() -> None:
    # 200 seeded nulls of 6 + 6 items: at most the 99.9 % binomial quantile flag. Exactness is
    # by construction (the test above); this would catch labels that were dealt wrongly. At a
    # level of .2 a rate of .36 is caught with a probability of .97.
    rng = np.random.default_rng(2)
    runs, alpha = 200, 0.2
    found = [
        shuffled_p(
            rng.normal(size=(12, 2)), rng.permutation(np.arange(12) < 6), alpha=alpha, seed=run
        )
        for run in range(runs)
    ]
    assert np.count_nonzero(np.array(found) <= alpha) <= stats.binom.ppf(0.999, runs, alpha)


def test_it_sees_half_a_leak_that_wealth_does_not_reach() -> None:
    # 12 runs of 80 + 80 items, half of the suspects shifted by 1: wealth reaches 20 in few.
    rng = np.random.default_rng(4)
    seen = reached = 0
    for run in range(12):
        labels = rng.permutation(np.arange(160) < 80)
        scores = rng.normal(size=160) + 1.0 * (labels & (rng.random(160) < 0.5))
        seen += shuffled_p(scores, labels, alpha=0.05, seed=run) <= 0.05
        reached += label_betting(scores, labels).value >= 20
    assert seen >= 8
    assert seen > reached


def test_the_same_seed_gives_the_same_p_and_bad_levels_are_named() -> None:
    labels = np.array([True, False] * 10)
    scores = np.arange(20.0) % 7
    one, again = (shuffled_p(scores, labels, alpha=0.05, seed=9) for _ in range(2))
    assert one == again
    with pytest.raises(ValueError, match="alpha"):
        shuffled_p(scores, labels, alpha=0.0, seed=1)
