"""Label betting keeps its error rate at the worst moment to stop, and has the power it claims."""

from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from tests.calibration.worlds import WORLDS, Array, fewest_hits, labels, most_hits

from assay.stats.betting import label_betting_many

CHUNK = 500
ROWS = 20_000


def peaks(world: str, urn: tuple[int, int], *, d: int = 1, rows: int = ROWS, seed: int) -> Array:
    """Return the highest log wealth of each replication under the null."""
    rng = np.random.default_rng(seed)
    n = sum(urn)
    found = []
    for _ in range(rows // CHUNK):
        columns = [WORLDS[world](rng, CHUNK, n) for _ in range(d)]
        paths = label_betting_many(np.stack(columns, axis=2), labels(rng, CHUNK, *urn))
        found.append(paths.max(axis=1))
    return np.concatenate(found)


def assert_size(found: Array, *alphas: float) -> None:
    for alpha in alphas:
        alarms = np.count_nonzero(found >= np.log(1 / alpha))
        assert alarms <= most_hits(found.size, alpha), f"{alarms} of {found.size} at {alpha}"


# All worlds at full size are in the slow tests below.
@pytest.mark.parametrize("world", ["equicorrelated", "opposed", "ascending", "tied"])
def test_size_in_a_small_urn(world: str) -> None:
    assert_size(peaks(world, (10, 10), seed=1), 0.05, 0.01)


@pytest.mark.parametrize("urn", [(3, 27), (27, 3)])
def test_size_in_a_lopsided_urn(urn: tuple[int, int]) -> None:
    assert_size(peaks("independent", urn, seed=2), 0.05, 0.01)


@pytest.mark.slow
def test_size_with_learned_weights() -> None:
    assert_size(peaks("blockwise", (7, 7), d=3, seed=3), 0.05, 0.01)


@pytest.mark.slow
@pytest.mark.parametrize("world", WORLDS)
def test_size_at_the_size_of_a_benchmark(world: str) -> None:
    assert_size(peaks(world, (82, 82), seed=4), 0.05, 0.01)


@pytest.mark.slow
@pytest.mark.parametrize("urn", [(20, 144), (144, 20)])
def test_size_in_a_lopsided_benchmark(urn: tuple[int, int]) -> None:
    assert_size(peaks("equicorrelated", urn, seed=5), 0.05, 0.01)


@pytest.mark.slow
def test_size_with_learned_weights_at_the_size_of_a_benchmark() -> None:
    assert_size(peaks("blockwise", (40, 40), d=3, seed=6), 0.05, 0.01)


@pytest.mark.slow
def test_size_at_one_in_a_thousand() -> None:
    assert_size(peaks("independent", (30, 30), rows=200_000, seed=7), 0.01, 0.001)


def biased(rng: np.random.Generator, scores: Array, gamma: float) -> NDArray[np.bool_]:
    """Draw labels whose odds lean by gamma towards suspects above the median, away below it."""
    rows, n = scores.shape
    lean = np.where(scores > np.median(scores, axis=1, keepdims=True), gamma, 1 / gamma)
    left, drawn = np.full(rows, n // 2), np.zeros((rows, n), dtype=np.bool_)
    for t in range(n):
        share = left / (n - t)
        odds = lean[:, t] * share / np.where(share < 1, 1 - share, 1)
        chance = np.where(share < 1, odds / (1 + odds), 1.0)
        drawn[:, t] = rng.random(rows) < chance
        left -= drawn[:, t]
    return drawn


def biased_alarms(gamma: float, *, lean: float, rows: int) -> int:
    rng = np.random.default_rng(8)
    alarms = 0
    for _ in range(rows // CHUNK):
        scores = rng.standard_normal((CHUNK, 40))
        paths = label_betting_many(scores, biased(rng, scores, lean), gamma=gamma)
        alarms += int(np.count_nonzero(paths.max(axis=1) >= np.log(100)))
    return alarms


def test_gamma_covers_labels_that_lean_by_gamma() -> None:
    # The worst hidden bias within the band: always towards what the bettor would bet on.
    assert biased_alarms(1.5, lean=1.5, rows=ROWS) <= most_hits(ROWS, 0.01)


def test_without_gamma_the_same_lean_breaks_the_bound() -> None:
    assert biased_alarms(1.0, lean=1.5, rows=ROWS) > most_hits(ROWS, 0.015)


def hits(area: float, urn: tuple[int, int], *, share: float = 1.0, rows: int = 2_000) -> int:
    """Count the runs that reach 100 when this share of the suspects is shifted."""
    rng = np.random.default_rng(9)
    shift = float(stats.norm.ppf(area)) * np.sqrt(2)
    found = 0
    for _ in range(rows // CHUNK):
        suspects = labels(rng, CHUNK, *urn)
        leaked = suspects & (rng.random(suspects.shape) < share)
        scores = rng.standard_normal(suspects.shape) + shift * leaked
        paths = label_betting_many(scores, suspects)
        found += int(np.count_nonzero(paths.max(axis=1) >= np.log(100)))
    return found


# What the first published simulation of this construction reached with 82 + 82 items, alpha .01.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("area", "power"), [(0.6, 0.18), (0.7, 0.86), (0.75, 0.99), (0.8, 0.995), (0.93, 1.0)]
)
def test_power_is_at_least_the_reference(area: float, power: float) -> None:
    found = hits(area, (82, 82))
    assert found >= fewest_hits(2_000, power), f"power {found / 2_000:.3f}"


def test_power_when_one_suspect_in_three_is_leaked() -> None:
    found = hits(0.93, (82, 82), share=0.3)
    assert found >= fewest_hits(2_000, 0.5), f"power {found / 2_000:.3f}"


def test_power_in_small_samples() -> None:
    run = partial(hits, rows=1_000)
    assert run(0.93, (20, 20)) >= fewest_hits(1_000, 0.93)
    assert run(0.8, (40, 40)) >= fewest_hits(1_000, 0.85)
