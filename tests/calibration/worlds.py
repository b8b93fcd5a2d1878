"""Worlds to test validity in: how scores of different items may hang together.

None of them knows the labels, so in all of them the null holds. ``rows`` are replications.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]
World = Callable[[np.random.Generator, int, int], Array]


def independent(rng: np.random.Generator, rows: int, n: int) -> Array:
    return rng.standard_normal((rows, n))


def equicorrelated(rng: np.random.Generator, rows: int, n: int) -> Array:
    """Every pair of items correlates at .9."""
    return 0.95 * rng.standard_normal((rows, 1)) + 0.31 * rng.standard_normal((rows, n))


def compositional(rng: np.random.Generator, rows: int, n: int) -> Array:
    """Scores share a fixed total: each pair correlates at -1/(n-1), the strongest there is."""
    parts = rng.standard_exponential((rows, n))
    return np.asarray(parts / parts.sum(axis=1, keepdims=True))


def opposed(rng: np.random.Generator, rows: int, n: int) -> Array:
    """Items come in pairs that correlate at -1."""
    half = rng.standard_normal((rows, (n + 1) // 2))
    return np.concatenate([half, -half], axis=1)[:, :n]


def blockwise(rng: np.random.Generator, rows: int, n: int) -> Array:
    """Blocks of eight neighbours correlate at .95."""
    blocks = np.repeat(rng.standard_normal((rows, n // 8 + 1)), 8, axis=1)[:, :n]
    return 0.975 * blocks + 0.22 * rng.standard_normal((rows, n))


def ascending(rng: np.random.Generator, rows: int, n: int) -> Array:
    """Each score is above all earlier ones."""
    return np.sort(rng.standard_normal((rows, n)), axis=1)


def trending(rng: np.random.Generator, rows: int, n: int) -> Array:
    """The level drifts and then falls back."""
    return 3 * np.sin(np.linspace(0, 6, n)) + rng.standard_normal((rows, n))


def tied(rng: np.random.Generator, rows: int, n: int) -> Array:
    """Three possible values, and a tenth of the scores missing."""
    scores = rng.integers(0, 3, (rows, n)).astype(np.float64)
    scores[rng.random((rows, n)) < 0.1] = np.nan
    return scores


def heavy(rng: np.random.Generator, rows: int, n: int) -> Array:
    """Cauchy scores: a few dwarf all others."""
    return rng.standard_cauchy((rows, n))


WORLDS: dict[str, World] = {
    world.__name__: world
    for world in (
        independent,
        equicorrelated,
        compositional,
        opposed,
        blockwise,
        ascending,
        trending,
        tied,
        heavy,
    )
}


def labels(rng: np.random.Generator, rows: int, suspects: int, controls: int) -> NDArray[np.bool_]:
    """Shuffle the labels of each replication."""
    urn = np.arange(suspects + controls) < suspects
    return rng.permuted(np.tile(urn, (rows, 1)), axis=1)


def most_hits(replications: int, alpha: float) -> int:
    """Return the 99.9 % quantile of the false alarms of a test of size alpha."""
    return int(stats.binom.ppf(0.999, replications, alpha))


def fewest_hits(replications: int, power: float) -> int:
    """Return the 0.1 % quantile of the hits of a test of this power."""
    return int(stats.binom.ppf(0.001, replications, power))
