"""Assignments: exact expectations over all of them, against any adversary within the odds."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.oracles import softrank as oracle

from assay.stats.softrank import assignment_e, assignment_e_max, soft_rank_e, worst_mean

Table = NDArray[np.float64]
GAMMAS = [1.0, 1.5, 3.0]


def tables(m: int, count: int) -> list[Table]:
    """Draw tables of fits: mostly nothing, some luck, some long matches; ties abound."""
    rng = np.random.default_rng([m, count])
    drawn = []
    for _ in range(count):
        fits = rng.choice([0.0, 0.0, 0.0, 1.0, 2.0, 7.0, 40.0], size=(m, m))
        drawn.append(fits.astype(np.float64))
    return drawn


@pytest.mark.parametrize("gamma", GAMMAS)
def test_the_worst_mean_is_that_of_the_worst_weights(gamma: float) -> None:
    for row in (fits for table in tables(6, 20) for fits in table):
        assert worst_mean(row.tolist(), gamma) == pytest.approx(
            oracle.worst_mean(row.tolist(), gamma)
        )


@pytest.mark.parametrize("gamma", GAMMAS)
@pytest.mark.parametrize("m", [1, 2, 5])
def test_the_product_is_that_of_its_factors(m: int, gamma: float) -> None:
    for table in tables(m, 30):
        expected = oracle.assignment_e(table.tolist(), gamma)
        assert assignment_e(table, gamma=gamma) == pytest.approx(expected)


@pytest.mark.parametrize("m", [2, 3, 4])
def test_over_all_assignments_the_mean_is_one(m: int) -> None:
    for table in tables(m, 25):
        values = [assignment_e(table[:, list(order)]) for order in permutations(range(m))]
        # Every factor is half of 1 plus half of a ratio to a mean: exactly one, but for rounding.
        assert np.mean(values) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("gamma", GAMMAS)
def test_no_adversary_within_the_odds_expects_more_than_one(gamma: float) -> None:
    for table in tables(4, 25):
        everything = range(4)
        expected = oracle.largest_expectation(table.tolist(), gamma, everything, everything)
        assert expected <= 1 + 1e-12
    for table in tables(4, 5):  # only some outputs came
        assert oracle.largest_expectation(table.tolist(), gamma, (0, 2), range(4)) <= 1 + 1e-12


def test_bias_beyond_gamma_is_not_covered() -> None:
    """The bound is not loose: with odds of 3 an adversary gains from whoever allows for 1.5."""
    fits = np.full((6, 6), 0.0) + 30 * np.eye(6)[[1, 0, 3, 2, 5, 4]]
    own, others = fits[0, 1], np.delete(fits[0], 1).tolist()
    hit = soft_rank_e(own, others, gamma=1.5)
    miss = soft_rank_e(0.0, [own, *others[1:]], gamma=1.5)
    chance = 3 / (3 + 5)  # odds of 3 for the text that fits, against each other
    assert chance * hit + (1 - chance) * miss > 1.2
    chance = 1.5 / (1.5 + 5)
    assert chance * hit + (1 - chance) * miss == pytest.approx(1)


@pytest.mark.parametrize("gamma", GAMMAS)
def test_missing_outputs_are_not_tested_and_their_texts_stay(gamma: float) -> None:
    for table in tables(5, 10):
        table[[1, 3]] = np.nan
        expected = oracle.assignment_e(table.tolist(), gamma, waiting=(0, 2, 4))
        assert assignment_e(table, gamma=gamma) == pytest.approx(expected)
    assert assignment_e(np.full((3, 3), np.nan)) == 1.0


def test_factors_in_another_order_are_no_martingale() -> None:
    """Why a block is one step: whoever stops after its second factor alone expects more than one.

    Output 0 fits texts 0 and 1, output 1 fits text 1. The second factor says which text the first
    one took: where it is small the first has lost, and stopping there keeps what would be lost.
    """
    fits = np.array([[9.0, 9.0, 0.0], [0.0, 9.0, 0.0], [0.0, 0.0, 0.0]])
    stopped, whole = [], []
    seen: dict[float, list[float]] = {}
    for order in permutations(range(3)):
        mine = fits[:, list(order)]
        first = soft_rank_e(mine[0, 0], mine[0, 1:].tolist())
        second = soft_rank_e(mine[1, 1], mine[1, 2:].tolist())
        seen.setdefault(round(second, 9), []).append(first)
        whole.append(first * second)
    for second, firsts in seen.items():
        stopped += [second * max(1.0, float(np.mean(firsts)))] * len(firsts)
    assert np.mean(whole) == pytest.approx(1, abs=1e-12)
    assert np.mean(stopped) > 1.04


@pytest.mark.parametrize("gamma", GAMMAS)
@pytest.mark.parametrize("m", [1, 4, 20])
def test_knowing_all_comes_near_the_largest(m: int, gamma: float) -> None:
    largest = assignment_e_max(m, gamma=gamma)
    assert assignment_e(1e9 * np.eye(m), gamma=gamma) == pytest.approx(largest, rel=1e-5)
    for table in tables(m, 5):
        assert assignment_e(table, gamma=gamma) <= largest


def test_one_shared_ngram_is_next_to_nothing() -> None:
    lucky = soft_rank_e(1.0, [0.0] * 5)
    wrong = soft_rank_e(0.0, [1.0] + [0.0] * 4)
    assert 0.9 < wrong < 1 < lucky < 1.4


@pytest.mark.parametrize(
    "table", [[[1.0, 2.0]], [[math.nan, 1.0], [0.0, 0.0]], [[-1.0]], [[math.inf]]]
)
def test_what_is_no_table(table: list[list[float]]) -> None:
    with pytest.raises(ValueError, match=r"belong|missing|least 0"):
        assignment_e(table)


@pytest.mark.parametrize("gamma", [0.9, math.nan, math.inf])
def test_odds_below_one_are_refused(gamma: float) -> None:
    with pytest.raises(ValueError, match="gamma"):
        assignment_e([[1.0]], gamma=gamma)
    with pytest.raises(ValueError, match="gamma"):
        assignment_e_max(3, gamma=gamma)
