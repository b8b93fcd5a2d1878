"""Intervals against their oracles and known values."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracles import intervals as oracle

from assay.stats import intervals

SAMPLE = st.lists(st.integers(0, 8).map(float), min_size=1, max_size=20)


@given(st.integers(1, 40), st.data(), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
@settings(max_examples=50, deadline=None)
def test_clopper_pearson_equals_the_oracle(n: int, data: st.DataObject, level: float) -> None:
    k = data.draw(st.integers(0, n))
    fast, slow = intervals.clopper_pearson(k, n, level), oracle.clopper_pearson(k, n, level)
    assert fast == pytest.approx(slow, abs=1e-9)


@given(SAMPLE, SAMPLE)
def test_auc_equals_the_oracle(suspects: list[float], controls: list[float]) -> None:
    expected = oracle.auc(suspects, controls)
    assert intervals.auc(suspects, controls) == pytest.approx(expected)
    above, below = intervals.placements(suspects, controls)
    assert above.mean() == pytest.approx(below.mean())


@given(SAMPLE, SAMPLE)
def test_auc_intervals_hold_the_estimate_and_mirror(
    suspects: list[float], controls: list[float]
) -> None:
    low, high = intervals.auc_interval(suspects, controls)
    area = intervals.auc(suspects, controls)
    assert 0 <= low <= area + 1e-9
    assert area - 1e-9 <= high <= 1
    mirrored = intervals.auc_interval(controls, suspects)
    assert (low, high) == pytest.approx((1 - mirrored[1], 1 - mirrored[0]), abs=1e-6)


def test_perfect_separation_of_few_items_is_still_uncertain() -> None:
    low, high = intervals.auc_interval([5.0, 6.0, 7.0], [1.0, 2.0, 3.0])
    assert low < 0.7
    assert high == 1.0


def test_the_upper_bound_is_the_end_of_a_wider_interval() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=50), rng.normal(size=60)
    assert intervals.auc_upper(a, b) == intervals.auc_interval(a, b, level=0.9)[1]
    assert intervals.auc_upper(a, b, alpha=0.01) > intervals.auc_upper(a, b, alpha=0.05)


def test_bootstrap_is_seeded_and_reasonable() -> None:
    values = np.random.default_rng(2).normal(3.0, 1.0, size=200)
    low, high = intervals.bootstrap(values, np.mean, seed=1)
    assert (low, high) == intervals.bootstrap(values, np.mean, seed=1)
    assert high - low == pytest.approx(2 * 1.96 / math.sqrt(200), rel=0.15)


def test_bootstrap_of_a_constant_is_a_point() -> None:
    assert intervals.bootstrap([2.0] * 5, np.mean, seed=0) == (2.0, 2.0)


def test_bootstrap_falls_back_where_bca_is_undefined() -> None:
    low, high = intervals.bootstrap([0.0] * 30 + [1.0], np.median, seed=0)
    assert (low, high) == (0.0, 0.0)


def test_impossible_input_is_refused() -> None:
    with pytest.raises(ValueError, match="0 <= k <= n"):
        intervals.clopper_pearson(3, 2)
    with pytest.raises(ValueError, match="level"):
        intervals.clopper_pearson(1, 2, level=1.0)
    with pytest.raises(ValueError, match="two values"):
        intervals.bootstrap([1.0], np.mean, seed=0)
    with pytest.raises(ValueError, match="controls"):
        intervals.auc([1.0], [])
