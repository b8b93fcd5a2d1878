"""Evidence over days keeps its error rate at the worst moment to look, however oddity persists."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from tests.calibration.worlds import Array, fewest_hits, most_hits

from assay.stats.conditional import HORIZON, evidence, shared_wealth


def normal(rng: np.random.Generator, n: int, rho: float) -> Array:
    """Each path has a level of its own; two of its days correlate at rho."""
    level = rng.standard_normal((n, 1))
    return np.asarray(rho**0.5 * level + (1 - rho) ** 0.5 * rng.standard_normal((n, HORIZON)))


def heavy(rng: np.random.Generator, n: int, rho: float) -> Array:
    """Levels and days are Student's with three degrees of freedom."""
    level = rng.standard_t(3, (n, 1))
    return np.asarray(rho**0.5 * level + (1 - rho) ** 0.5 * rng.standard_t(3, (n, HORIZON)))


def mixed(rng: np.random.Generator, n: int, rho: float) -> Array:
    """One honest path in ten is of another class, 2.5 above the rest."""
    level = 0.3 * rng.standard_normal((n, 1)) + 2.5 * (rng.random((n, 1)) < 0.1)
    return np.asarray(level + ((1 - rho) / rho) ** 0.5 * rng.standard_normal((n, HORIZON)))


def wandering(rng: np.random.Generator, n: int, rho: float) -> Array:
    """Levels drift: autoregressive, so that the past mean does not sum up the past."""
    path = np.empty((n, HORIZON))
    path[:, 0] = rng.standard_normal(n)
    for day in range(1, HORIZON):
        path[:, day] = rho * path[:, day - 1] + np.sqrt(1 - rho**2) * rng.standard_normal(n)
    return path


def gone(rng: np.random.Generator, n: int, rho: float) -> Array:
    """The odder a path, the more of its days were not measured."""
    path = normal(rng, n, rho)
    path[rng.random(path.shape) < stats.norm.cdf(path - 0.5)] = np.nan
    return path


LAWS = (normal, heavy, mixed, wandering, gone)


def peaks(law: int, n: int, rho: float, pools: int) -> NDArray[np.float64]:
    """Return the highest wealth of every member of so many pools.

    Every member is the suspect in turn. Members of one pool are not independent, but repel each
    other (their wealth sums to n + 1), so that the count of alarms strays less than a binomial.
    """
    rng = np.random.default_rng([law, n])
    drawn = (LAWS[law](rng, n + 1, rho) for _ in range(pools))
    return np.concatenate([shared_wealth(pool, seed=1).max(axis=1) for pool in drawn])


def assert_size(found: NDArray[np.float64], *levels: float) -> None:
    for level in levels:
        alarms = np.count_nonzero(found >= level)
        assert alarms <= most_hits(found.size, 1 / level), f"{alarms} of {found.size} at {level}"


@pytest.mark.parametrize("law", range(len(LAWS)))
def test_size_at_the_worst_moment(law: int) -> None:
    assert_size(peaks(law, 200, 0.8, 30), 20, 100)


@pytest.mark.slow
@pytest.mark.parametrize("rho", [0.3, 0.8, 0.98])
@pytest.mark.parametrize("law", range(len(LAWS)))
def test_size_over_20_000_suspects(law: int, rho: float) -> None:
    assert_size(peaks(law, 50, rho, 400), 10, 20)
    assert_size(peaks(law, 200, rho, 100), 20, 100)
    assert_size(peaks(law, 1000, rho, 20), 20, 100, 500)


@pytest.mark.slow
def test_size_over_20_000_independent_pools() -> None:
    rng = np.random.default_rng(9)
    pools = (wandering(rng, 51, 0.8) for _ in range(20_000))
    assert_size(np.array([shared_wealth(pool, seed=1)[0].max() for pool in pools]), 10, 20)


def reached(shift: float, n: int, *, runs: int = 100) -> int:
    """Count the suspects so many standard deviations off whose fifth day says 20 or more."""
    rng = np.random.default_rng(10)
    found = 0
    for _ in range(runs):
        honest = normal(rng, n + 1, 0.3)[:, :5]
        found += bool(evidence(honest[0] + shift, honest[1:], seed=1)[-1] >= 20)
    return found


@pytest.mark.parametrize(("shift", "power"), [(2.0, 0.53), (3.0, 0.92), (5.0, 0.99)])
def test_power_where_planted(shift: float, power: float) -> None:
    # The power is what a separate simulation of the same construction gave.
    assert reached(shift, 200) >= fewest_hits(100, power)
