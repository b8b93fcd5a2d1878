"""Paths against reference paths: the definition, the symmetry that makes it valid, refusals."""

import numpy as np
import pytest
from scipy import integrate
from tests.oracles import conditional as oracle

from assay.stats.conditional import evidence, mixture_e, neighbours, reachable, shared_wealth


def holed(n: int, days: int, *, share: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    table = rng.standard_normal((n, days))
    table[rng.random(table.shape) < share] = np.nan
    return table


@pytest.mark.parametrize("p", [1e-6, 0.004, 0.3, 0.999, 0.99995, 1.0])
def test_the_calibrator_is_the_mean_of_the_power_calibrators(p: float) -> None:
    # Just below 1 the closed form is a quotient of two numbers near 1e-8: eight digits are left.
    assert float(mixture_e(p)) == pytest.approx(oracle.mixture_e(p), rel=1e-7)


def test_the_calibrator_integrates_to_one() -> None:
    # Over x = -ln p the integrand falls as x**-2: what lies beyond 1e4 is below 1e-4.
    area, _ = integrate.quad(lambda x: float(mixture_e(np.exp(-x))) * np.exp(-x), 0, 700, limit=200)
    beyond = 1 / 700
    assert area + beyond == pytest.approx(1, abs=1e-6)


def test_a_rank_is_never_overpaid() -> None:
    # Uniform on a grid: the sum lies below the integral, since the calibrator falls.
    for width in (11, 41, 201):
        assert mixture_e(np.arange(1, width + 1) / width).mean() < 1


@pytest.mark.parametrize("share", [0.0, 0.3, 0.8])
def test_wealth_equals_the_oracle(share: float) -> None:
    pool = holed(60, 6, share=share, seed=3)
    slow = oracle.shared_wealth(pool.tolist(), neighbours(59))
    np.testing.assert_allclose(shared_wealth(pool, seed=1), slow, rtol=1e-9)


def test_members_are_treated_alike() -> None:
    # This symmetry is the proof: any law of exchangeable paths gives expectation one, every day.
    pool = holed(80, 8, share=0.2, seed=4)
    order = np.random.default_rng(5).permutation(80)
    found = shared_wealth(pool[order], seed=1)
    np.testing.assert_allclose(found, shared_wealth(pool, seed=1)[order], rtol=1e-12)
    np.testing.assert_allclose(found.mean(axis=0), 1)


def test_where_all_are_equal_nobody_gains() -> None:
    found = shared_wealth(np.zeros((70, 5)), seed=2)
    np.testing.assert_allclose(found, 1)


def test_later_days_change_no_earlier_one() -> None:
    pool = np.round(holed(60, 9, share=0.2, seed=6))  # with many ties
    np.testing.assert_array_equal(
        shared_wealth(pool, seed=1)[:, :5], shared_wealth(pool[:, :5], seed=1)
    )


def test_nothing_exceeds_the_number_of_paths() -> None:
    honest = holed(100, 40, share=0.0, seed=7)
    path = evidence(np.full(40, 99.0), honest, seed=1)
    assert 100 < path[-1] <= 101
    assert path[-1] == pytest.approx(reachable(np.ones(40, dtype=bool), honest, seed=1))


def test_a_suspect_that_was_never_seen_says_nothing() -> None:
    path = evidence(np.full(5, np.nan), holed(100, 5, share=0.0, seed=8), seed=1)
    np.testing.assert_array_equal(path, 1)


def test_a_day_on_which_the_suspect_was_not_measured_changes_nothing() -> None:
    path = evidence([3.0, np.nan, np.nan, 2.0], holed(100, 4, share=0.1, seed=8), seed=1)
    assert path[0] == path[1] == path[2] < path[3]


def test_few_that_were_measured_bet_nothing() -> None:
    sparse = np.full((60, 3), np.nan)
    sparse[:10] = np.arange(30).reshape(10, 3)
    np.testing.assert_array_equal(shared_wealth(sparse, seed=1), 1)


@pytest.mark.parametrize("bad", [0.0, -0.1, 1.1, np.nan])
def test_impossible_p_values_are_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="p-values"):
        mixture_e(bad)


def test_paths_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="same days"):
        evidence([1.0, 2.0], np.zeros((60, 3)), seed=1)
    with pytest.raises(ValueError, match="table"):
        shared_wealth(np.zeros(5), seed=1)
