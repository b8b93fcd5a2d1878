"""Peers are given a fair chance: their tests hold their level, and see what they are made for."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from assay.core.subject import Reply
from assay.lab.peers import (
    dataset_inference,
    features,
    fixed_threshold,
    minkpp,
    permutation_test,
    swaps,
)


def reply(draw: np.random.Generator, gain: float = 0.0) -> Reply:
    values = tuple(float(x) for x in draw.normal(-2 + gain, 1, 20))
    return Reply(logprobs=values, means=(-2.5,) * 20, variances=(1.0,) * 20)


def test_the_permutation_test_holds_its_level_and_sees_order() -> None:
    """400 nulls at .05: at most the 99.9 % quantile of false alarms. A gain of a nat is seen."""
    draw = np.random.default_rng(1)

    def p(gain: float) -> float:
        return permutation_test([(reply(draw, gain), reply(draw)) for _ in range(20)])

    alarms = sum(p(0.0) < 0.05 for _ in range(400))
    assert alarms <= binom.ppf(0.999, 400, 0.05)
    assert p(1.0) < 0.001


def test_an_order_that_makes_no_difference_is_none() -> None:
    same = Reply(logprobs=(-1.0, -2.0))
    assert permutation_test([(same, same)] * 5) == 1.0
    assert permutation_test([]) == 1.0
    assert permutation_test([(same, Reply(problem="window"))] * 5) == 1.0


def test_every_item_stands_in_one_pair() -> None:
    assert swaps(["a", "b", "c", "d"]) == [("a\n\nb", "b\n\na"), ("c\n\nd", "d\n\nc")]


@pytest.mark.slow
def test_dataset_inference_holds_its_level() -> None:
    """1,000 nulls of 40 correlated columns at .1; Welch's test on 25 + 25 is all but exact."""
    draw = np.random.default_rng(2)

    def table() -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        found: np.ndarray[tuple[int, int], np.dtype[np.float64]] = draw.normal(size=(50, 40))
        return found + draw.normal(size=(50, 1))

    alarms = sum(dataset_inference(table(), table(), seed=n) < 0.1 for n in range(1000))
    assert alarms <= binom.ppf(0.999, 1000, 0.1)


def test_dataset_inference_sees_a_shift() -> None:
    """A shift by one deviation of one column in four; 100 + 100 items."""
    draw = np.random.default_rng(3)
    shift = np.array([1.0, 0.0, 0.0, 0.0])
    hits = sum(
        dataset_inference(draw.normal(size=(100, 4)) + shift, draw.normal(size=(100, 4)), seed=n)
        < 0.01
        for n in range(50)
    )
    assert hits >= 40


def test_constant_features_tell_nothing() -> None:
    assert dataset_inference(np.ones((20, 3)), np.ones((20, 3)), seed=1) == 1.0


def test_features_are_finite_numbers_for_short_texts_too() -> None:
    one = Reply(logprobs=(-1.0,), means=(-2.0,), variances=(0.0,))
    assert np.isfinite(features("ab", one)).all()
    assert minkpp(one) == 0.0


@pytest.mark.parametrize("flip", [False, True])
def test_the_threshold_is_the_best_there_is(flip: bool) -> None:  # noqa: FBT001
    scores = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    leaked = np.array([False, False, True, True, True])
    cut = fixed_threshold(scores, ~leaked if flip else leaked)
    if flip:  # what is leaked scores lower: no threshold is right, and chance is the best
        assert cut < 1 or cut > 5 or 0 < (scores > cut).mean() < 1
    else:
        assert 2 < cut < 3
