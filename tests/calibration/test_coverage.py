"""Intervals and confidence sequences cover what they claim, the sequences at the worst moment."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats
from tests.calibration.worlds import Array, most_hits

from assay.stats import intervals
from assay.stats.sequential import mean_sequence, mean_sequence_without_replacement

Draw = Callable[[np.random.Generator, int], Array]


@pytest.mark.parametrize("n", [1, 7, 20, 100])
def test_clopper_pearson_covers_at_every_share(n: int) -> None:
    # Exact, no simulation: add up the probabilities of the outcomes whose interval covers.
    bounds = np.array([intervals.clopper_pearson(k, n) for k in range(n + 1)])
    for share in np.linspace(0.001, 0.999, 97):
        covers = (bounds[:, 0] <= share) & (share <= bounds[:, 1])
        assert stats.binom.pmf(np.arange(n + 1), n, share)[covers].sum() >= 0.95


def coin(rng: np.random.Generator, n: int) -> Array:
    return (rng.random(n) < 0.3).astype(np.float64)


def rare(rng: np.random.Generator, n: int) -> Array:
    return (rng.random(n) < 0.02).astype(np.float64)


def skewed(rng: np.random.Generator, n: int) -> Array:
    return rng.beta(0.5, 2.0, n)


MEANS: dict[str, tuple[Draw, float]] = {
    "coin": (coin, 0.3),
    "rare": (rare, 0.02),
    "skewed": (skewed, 0.2),
}


def sequence_misses(kind: str, rows: int) -> int:
    rng = np.random.default_rng(1)
    draw, mean = MEANS[kind]
    misses = 0
    for _ in range(rows):
        low, high = mean_sequence(draw(rng, 25), alpha=0.1)
        misses += bool((low > mean).any() or (high < mean).any())
    return misses


def urn_misses(kind: str, rows: int) -> int:
    rng = np.random.default_rng(2)
    population = MEANS[kind][0](rng, 25)
    mean = population.mean()
    misses = 0
    for _ in range(rows):
        low, high = mean_sequence_without_replacement(rng.permutation(population), 25, alpha=0.1)
        # The last step knows the mean exactly, up to rounding.
        misses += bool((low > mean + 1e-9).any() or (high < mean - 1e-9).any())
    return misses


@pytest.mark.parametrize("kind", ["coin", "skewed"])
@pytest.mark.parametrize("run", [sequence_misses, urn_misses])
def test_sequences_cover_at_the_worst_moment(run: Callable[[str, int], int], kind: str) -> None:
    assert run(kind, 400) <= most_hits(400, 0.1)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "rows"), [("coin", 20_000), ("rare", 3_000), ("skewed", 3_000)])
@pytest.mark.parametrize("run", [sequence_misses, urn_misses])
def test_sequences_cover_in_many_runs(run: Callable[[str, int], int], kind: str, rows: int) -> None:
    # 20,000 runs expose a miss rate of .107 where .10 is claimed, 3,000 one of .117.
    misses = run(kind, rows)
    assert misses <= most_hits(rows, 0.1), f"{misses / rows:.4f}"


def test_ordinary_intervals_break_when_one_stops_at_will() -> None:
    # The reason for sequences: a 90 % interval looked at after every one of 200 coins.
    rng = np.random.default_rng(3)
    coins = np.cumsum(rng.random((2_000, 200)) < 0.3, axis=1)
    n = np.arange(10, 201)
    share = coins[:, 9:] / n
    reach = 1.645 * np.sqrt(share * (1 - share) / n)
    misses = np.count_nonzero((np.abs(share - 0.3) > reach).any(axis=1))
    assert misses > 3 * most_hits(2_000, 0.1)


def area_misses(area: float, sizes: tuple[int, int], *, rows: int) -> tuple[int, int]:
    """Count intervals and one-sided upper bounds that miss the true area, normal scores."""
    rng = np.random.default_rng(4)
    shift = float(stats.norm.ppf(area)) * np.sqrt(2)
    both = upper = 0
    for _ in range(rows):
        a, b = rng.standard_normal(sizes[0]) + shift, rng.standard_normal(sizes[1])
        low, high = intervals.auc_interval(a, b)
        both += not low <= area <= high
        upper += intervals.auc_upper(a, b) < area
    return both, upper


@pytest.mark.parametrize(
    ("area", "sizes"), [(0.5, (400, 400)), (0.55, (82, 82)), (0.93, (30, 30)), (0.8, (15, 100))]
)
def test_areas_are_covered(area: float, sizes: tuple[int, int]) -> None:
    both, upper = area_misses(area, sizes, rows=300)
    assert both <= most_hits(300, 0.05)
    assert upper <= most_hits(300, 0.05)


@pytest.mark.slow
@pytest.mark.parametrize("area", [0.5, 0.7, 0.99])
@pytest.mark.parametrize("sizes", [(20, 20), (82, 82), (20, 200)])
def test_areas_are_covered_in_many_runs(area: float, sizes: tuple[int, int]) -> None:
    # 3,000 runs expose a miss rate of .063 where .05 is claimed.
    both, upper = area_misses(area, sizes, rows=3_000)
    assert both <= most_hits(3_000, 0.05), f"{both / 3_000:.4f}"
    assert upper <= most_hits(3_000, 0.05), f"{upper / 3_000:.4f}"


def test_bootstrap_covers_roughly() -> None:
    rng = np.random.default_rng(5)
    misses = 0
    for seed in range(100):
        low, high = intervals.bootstrap(rng.exponential(1.0, 60), np.mean, seed=seed)
        misses += not low <= 1.0 <= high
    # Approximate at 60 skewed values: held to 92 % instead of 95 %.
    assert misses <= most_hits(100, 0.08)
