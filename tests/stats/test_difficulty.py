"""Bounds by monotony and standardisation: valid where what they assume holds."""

from __future__ import annotations

import numpy as np
import pytest

from assay.stats.difficulty import monotone_upper, standardised

RUNS = 400


def others(
    rng: np.random.Generator, ease: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> list[float]:
    """Return the share of 40 other models that answer each item right."""
    return list(rng.binomial(40, ease) / 40)


@pytest.mark.parametrize("tied", ["random", "easy", "hard"])
def test_the_clean_score_lies_below_the_monotone_bound(tied: str) -> None:
    """It may fail in 5 % of runs; exact bounds and Bonferroni leave room below that."""
    rng, failures = np.random.default_rng(5), 0
    for _ in range(RUNS):
        ease = rng.beta(1.2, 1.2, 200)
        odds = {"random": np.full(200, 0.4), "easy": ease, "hard": 1 - ease}[tied]
        exposed = rng.random(200) < odds
        clean = rng.random(200) < ease
        right = clean | exposed
        high = monotone_upper(others(rng, ease), right.astype(float))
        failures += high < ease.mean()
    assert failures / RUNS <= 0.05


def test_a_bound_is_sharp_where_hard_items_were_learned_by_heart() -> None:
    ease = [0.9] * 100 + [0.1] * 100
    right = [1.0, 0.0] * 50 + [1.0] * 100  # half of the easy ones, all of the hard ones
    high = monotone_upper(ease, right)
    assert 0.5 < high < 0.65
    assert np.mean(right) - high > 0.1


def test_one_group_is_bounded_by_its_own_score() -> None:
    assert monotone_upper([0.5] * 10, [1.0] * 10) == 1.0
    assert monotone_upper([0.5] * 30, [0.0] * 30) < 0.11


def test_standardising_takes_out_ease_and_covers() -> None:
    """The published items are easier than the controls, and hidden odds come on top of that.

    Within a group of equal ease the published items are a little easier still: that is part of
    what hidden odds are for, so at odds of 1.5 themselves a little less than 95 % is covered
    (400 runs: .92 is within three standard errors of .95).
    """
    rng = np.random.default_rng(6)
    for hidden in (1.0, 1.5, 1 / 1.5):
        covered, plain, values = 0, [], []
        for _ in range(RUNS):
            ease = (rng.beta(3, 1.5, 150), rng.beta(1.5, 1.5, 150))
            truth = ease[0] * hidden / (ease[0] * hidden + 1 - ease[0])
            marks = [rng.random(150) < p for p in (truth, ease[1])]
            found = standardised(
                (others(rng, ease[0]), marks[0].astype(float).tolist()),
                (others(rng, ease[1]), marks[1].astype(float).tolist()),
            )
            assert found is not None
            covered += found[1] <= truth.mean() <= found[2]
            plain.append(marks[1].mean() - truth.mean())
            values.append(found[0] - truth.mean())
        assert covered / RUNS >= (0.98 if hidden == 1.0 else 0.92)
        if hidden == 1.0:  # the bias that is left is within groups of equal ease
            assert abs(np.mean(plain)) > 0.1
            assert abs(np.mean(values)) < 0.03


def test_controls_of_another_ease_say_nothing() -> None:
    easy, hard = ([0.9] * 60, [1.0] * 60), ([0.1] * 60, [0.0] * 60)
    assert standardised(easy, hard) is None
