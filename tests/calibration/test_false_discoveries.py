"""False discovery rates: which procedures keep theirs, and which have no power."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from tests.calibration.worlds import WORLDS, Array, most_hits

from assay.stats import conformal
from assay.stats.evalues import calibrate, e_bh
from assay.stats.permutation import besag_clifford, mann_whitney

Q = 0.1


def assert_rate(proportions: Array, bound: float) -> None:
    """Compare the mean false discovery proportion with its bound plus 3.1 standard errors.

    3.1 is the 99.9 % quantile of the normal law, the analogue of the binomial one for counts.
    """
    error = proportions.std(ddof=1) / np.sqrt(proportions.size)
    assert proportions.mean() <= bound + 3.1 * error, f"rate {proportions.mean():.4f}"


def conformal_runs(world: str, rows: int, seed: int) -> tuple[Array, Array]:
    """False discovery proportions of both procedures, 30 leaked among 60, 82 shared controls."""
    rng = np.random.default_rng(seed)
    leaked = np.arange(60) < 30
    shares = np.zeros((2, rows))
    scores = WORLDS[world](rng, rows, 142)
    # What stands behind conformal p-values is exchangeability, so the world is shuffled.
    scores = rng.permuted(scores, axis=1)
    scores[:, :30] += 2.5 * np.nanstd(scores)
    for row in range(rows):
        suspects, controls = scores[row, :60], scores[row, 60:]
        for kind, chosen in enumerate(
            (
                conformal.flags(suspects, controls, Q),
                e_bh(conformal.bashari_e(suspects, controls, Q), Q * (1 + 1e-9)),
            )
        ):
            shares[kind, row] = np.count_nonzero(chosen & ~leaked) / max(chosen.sum(), 1)
    return shares[0], shares[1]


@pytest.mark.parametrize("world", ["independent", "equicorrelated"])
def test_conformal_flags_keep_their_rate(world: str) -> None:
    for found in conformal_runs(world, 1_500, seed=1):
        assert_rate(found, Q / 2)  # half the suspects are null


@pytest.mark.slow
@pytest.mark.parametrize("world", ["independent", "equicorrelated", "compositional", "heavy"])
def test_conformal_flags_keep_their_rate_in_twenty_thousand_runs(world: str) -> None:
    for found in conformal_runs(world, 20_000, seed=2):
        assert_rate(found, Q / 2)


def flag_power(area: float, *, rows: int) -> tuple[float, float]:
    """Power of flags and of e-BH on calibrated p-values, 41 leaked among 82, 82 controls."""
    rng = np.random.default_rng(3)
    shift = float(stats.norm.ppf(area)) * np.sqrt(2)
    flagged = calibrated = 0
    for _ in range(rows):
        suspects, controls = rng.standard_normal(82), rng.standard_normal(82)
        suspects[:41] += shift
        flagged += int(conformal.flags(suspects, controls, Q)[:41].sum())
        evalues = [calibrate(float(p)) for p in conformal.p_values(suspects, controls)]
        calibrated += int(e_bh(evalues, Q)[:41].sum())
    return flagged / (41 * rows), calibrated / (41 * rows)


def test_calibrating_and_then_e_bh_has_no_power_where_flags_have() -> None:
    for area, least in ((0.99, 0.88), (0.93, 0.42)):
        flagged, calibrated = flag_power(area, rows=300)
        assert flagged >= least
        assert calibrated <= 0.005


def worst_games(rng: np.random.Generator, rows: int, m: int) -> tuple[Array, NDArray[np.bool_]]:
    """How many of m fair games climb together, and which: the worst case for Benjamini-Hochberg.

    Each game climbs through m/(q m), m/(q (m-1)), .. m/q or goes bust. With probability q/k exactly
    k games, chosen at random, go bust right after reaching m/(q k), all others before the start.
    So each peaks at x or higher with probability 1/x, as a fair game does (Guo & Rao 2008,
    doi 10.1016/j.jspi.2008.01.013).
    """
    chances = Q / np.arange(1, m + 1)
    together = rng.choice(m + 1, size=rows, p=[1 - chances.sum(), *chances])
    order = rng.permuted(np.tile(np.arange(m), (rows, 1)), axis=1)
    return together[:, None].astype(np.float64), order < together[:, None]


def test_e_bh_on_running_maxima_breaks_its_rate_and_current_values_keep_it() -> None:
    rng = np.random.default_rng(4)
    rows, m = 10_000, 20
    together, climbs = worst_games(rng, rows, m)
    maxima = np.where(climbs, m / (Q * np.maximum(together, 1)), 0.0)
    alarms = sum(bool(e_bh(row, Q).any()) for row in maxima)
    assert alarms > most_hits(rows, 2.5 * Q), f"maxima: {alarms / rows:.3f}"
    for stage in (1, 5, 20):  # the value at a moment fixed in advance
        current = np.where(climbs & (together <= stage), m / (Q * stage), 0.0)
        assert current.mean() <= 1.1
        alarms = sum(bool(e_bh(row, Q).any()) for row in current)
        assert alarms <= most_hits(rows, Q), f"current: {alarms / rows:.3f}"


@pytest.mark.parametrize("rho", [-0.3, 0.0, 0.95])
def test_e_bh_keeps_its_rate_under_dependence(rho: float) -> None:
    rng = np.random.default_rng(5)
    rows, m = 6_000, 4
    covariance = np.full((m, m), rho) + (1 - rho) * np.eye(m)
    scores = rng.multivariate_normal(np.zeros(m), covariance, size=rows)
    evalues = np.exp(2 * scores - 2)  # likelihood ratios of a shift by 2
    alarms = sum(bool(e_bh(row, Q).any()) for row in evalues)
    assert alarms <= most_hits(rows, Q)


def test_rank_sums_keep_their_level_with_ties() -> None:
    rng = np.random.default_rng(6)
    p = [mann_whitney(*rng.integers(0, 3, (2, 4)).astype(np.float64)) for _ in range(500)]
    for alpha in (0.05, 0.1):
        assert np.count_nonzero(np.array(p) <= alpha) <= most_hits(500, alpha)


def test_sequential_monte_carlo_keeps_its_level() -> None:
    rng = np.random.default_rng(7)
    chances, draws = rng.random(20_000), rng.random((20_000, 99))
    p = np.array(
        [
            besag_clifford(iter((row < chance).tolist()), hits=5, limit=99)
            for chance, row in zip(chances, draws, strict=True)
        ]
    )
    for alpha in (0.01, 0.05, 0.2):
        assert np.count_nonzero(p <= alpha) <= most_hits(20_000, alpha)
