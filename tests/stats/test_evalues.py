"""E-values: definitions, laws and refusals."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats
from tests.oracles import evalues as oracle
from tests.oracles.staked import won

from assay.stats.evalues import average, calibrate, e_bh, product, rank_e, rank_e_max, staked, to_p

EVALUES = st.lists(st.floats(0, 1e6), min_size=1, max_size=30)


@given(EVALUES, st.floats(0.01, 0.5))
def test_e_bh_equals_the_oracle(values: list[float], q: float) -> None:
    assert e_bh(values, q).tolist() == oracle.e_bh(values, q)


@given(EVALUES)
def test_e_bh_ignores_order(values: list[float]) -> None:
    order = np.random.default_rng(len(values)).permutation(len(values))
    shuffled = np.asarray(values)[order]
    assert e_bh(shuffled, 0.1).tolist() == e_bh(values, 0.1)[order].tolist()


@pytest.mark.parametrize("n", [1, 2, 20, 1000, 1001, 1500])
def test_rank_e_has_mean_exactly_one(n: int) -> None:
    assert math.fsum(rank_e(r, n) for r in range(1, n + 1)) / n == pytest.approx(1, abs=1e-11)


@pytest.mark.parametrize(("rank", "n"), [(1, 20), (7, 20), (3, 4000), (4000, 4000)])
def test_rank_e_equals_the_oracle(rank: int, n: int) -> None:
    assert rank_e(rank, n) == pytest.approx(oracle.rank_e(rank, n), rel=1e-12)


@given(st.integers(2, 10**6), st.data())
def test_rank_e_falls_with_the_rank(n: int, data: st.DataObject) -> None:
    rank = data.draw(st.integers(1, n - 1))
    assert rank_e(rank, n) > rank_e(rank + 1, n) > 0
    assert rank_e(rank, n) <= rank_e_max(n) <= n


def test_rank_e_is_finite_for_a_secret_of_64_bits() -> None:
    assert 1e18 < rank_e_max(2**64) < 2**64


@given(st.floats(0.01, 0.99))
def test_calibrators_integrate_to_one(kappa: float) -> None:
    # Over x = log p, where the integrand is smooth even for the smallest kappa.
    def density(x: float) -> float:
        return calibrate(math.exp(x), kappa) * math.exp(x)

    area, _ = integrate.quad(density, math.log(1e-6), 0, limit=200)
    assert area == pytest.approx(1 - 1e-6**kappa, abs=1e-9)


def test_average_keeps_the_weight_of_whoever_abstains() -> None:
    assert average([1.0, 30.0], weights=[2, 1]) == pytest.approx(32 / 3)


def test_zero_weight_leaves_even_an_infinity_out() -> None:
    assert average([math.inf, 2.0], weights=[0, 1]) == 2.0


def test_a_bankrupt_product_stays_bankrupt() -> None:
    assert product([0.0, math.inf]) == 0.0


def test_to_p_never_exceeds_one() -> None:
    assert [to_p(0.0), to_p(0.5), to_p(4.0), to_p(math.inf)] == [1.0, 1.0, 0.25, 0.0]


@pytest.mark.parametrize("bad", [[], [-1.0], [math.nan], [[1.0]]])
def test_impossible_evalues_are_refused(bad: list[float]) -> None:
    for merge in (average, product, lambda values: e_bh(values, 0.1)):
        with pytest.raises(ValueError, match="e-values"):
            merge(bad)


@pytest.mark.parametrize("weights", [[1.0], [-1.0, 2.0], [0.0, 0.0], [math.nan, 1.0]])
def test_impossible_weights_are_refused(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="weight"):
        average([1.0, 2.0], weights)


def test_impossible_levels_and_ranks_are_refused() -> None:
    with pytest.raises(ValueError, match="q must"):
        e_bh([1.0], 1.0)
    with pytest.raises(ValueError, match="rank"):
        rank_e(21, 20)
    with pytest.raises(ValueError, match="kappa"):
        calibrate(0.5, 1.0)
    with pytest.raises(ValueError, match="at least 0"):
        to_p(-1.0)


def test_calibrating_zero_is_infinite() -> None:
    assert calibrate(0.0) == math.inf


def test_staked_is_what_six_players_win() -> None:
    rng = np.random.default_rng(8)
    values = rng.exponential(1.0, 30).tolist()
    path = [math.log(won(*values[: n + 1])) for n in range(30)]
    assert staked(values) == pytest.approx(path)
    assert math.exp(staked([0.0, 0.0])[-1]) == pytest.approx(won(0.0, 0.0))


@pytest.mark.slow
def test_staked_ranks_never_flag_more_than_promised() -> None:
    """20,000 nulls of 30 ranks among 20, at the worst moment: at most alpha, and far below."""
    rng = np.random.default_rng(9)
    table = np.array([rank_e(rank, 20) for rank in range(1, 21)])
    drawn = table[rng.integers(0, 20, (20_000, 30))]
    ever = np.array([staked(row).max() for row in drawn]) >= math.log(100)
    assert ever.sum() <= stats.binom.ppf(0.999, 20_000, 0.01)


def test_staked_finds_what_few_items_show() -> None:
    """A tenth of 164 items come first of 20; a product is eaten up by the other nine tenths."""
    rng = np.random.default_rng(10)
    ranks = rng.integers(1, 21, (300, 164))
    leaked = np.array([rng.permutation(164) < 16 for _ in range(300)])
    ranks[leaked] = 1
    table = np.array([rank_e(rank, 20) for rank in range(1, 21)])[ranks - 1]
    shared = np.array([staked(row)[-1] for row in table]) >= math.log(100)
    whole = np.log(table).sum(axis=1) >= math.log(100)
    # .80 and .08 in 20,000 draws; the standard error of a share of 300 is at most .029
    assert shared.mean() > 0.65
    assert whole.mean() < 0.25
