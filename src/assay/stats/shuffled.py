"""Label betting over a whole urn, as a test of fixed size: what would shuffled labels have won?"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from assay.stats.betting import label_betting, label_betting_many
from assay.stats.permutation import besag_clifford

__all__ = ["shuffled_p"]

HITS = 20
"""So many shuffles that win as much settle that nothing is there; the usual 10 leaves p coarse."""
FINENESS = 20
"""The smallest p lies so many times below the level that is asked for: at least HITS draws."""
MOST = 19_999
"""Shuffles at most: the level is then asked for at a coarser grain, and the p stays exact."""
TOGETHER = 64
"""Shuffles played at a time; bounds the memory."""
TIE = 1e-9
"""Log wealths so near are equal: their sums were rounded in another order. Ties count against."""


def shuffled_p(scores: ArrayLike, suspects: ArrayLike, *, alpha: float, seed: int) -> float:
    """How often do shuffled labels win as much as the true ones, after every label is known?

    The labels of a recorded random split could as well have fallen any other way. So the rank of
    the final wealth among those of shuffled labels, over the same scores in the same order, is an
    exact p-value, for a pass over all items that was announced before it began. At any time
    wealth may be looked at; at the end alone this says more: where the true labels win 1/alpha,
    at most a share alpha of all labellings do, for their wealths have mean one.

    Parameters
    ----------
    scores
        Shape (n,) or (n, d), as for `assay.stats.betting.label_betting`; the whole urn.
    suspects
        Shape (n,), bool.
    alpha
        Level that it will be compared with, 0 to 1; says how finely p is drawn.
    seed
        Of the shuffles.

    Returns
    -------
    float
        At least ``1 / (shuffles + 1)``.

    Raises
    ------
    ValueError
        As `label_betting`; or for alpha out of range.

    Examples
    --------
    >>> labels = np.array([True, False] * 20)
    >>> shuffled_p(np.where(labels, 2.0, 0.0) + np.arange(40) % 3, labels, alpha=0.05, seed=1)
    0.0025

    References
    ----------
    Phipson & Smyth 2010, arXiv 1603.05766; Besag & Clifford 1991, doi 10.1093/biomet/78.2.301.
    """
    if not 0 < alpha < 1:
        msg = f"alpha must lie between 0 and 1, got {alpha}"
        raise ValueError(msg)
    table, labels = np.asarray(scores, dtype=np.float64), np.asarray(suspects)
    own = float(label_betting(table, labels).log_path[-1])
    wins = (wealth >= own - TIE for wealth in _wealths(table, labels, seed))
    limit = min(MOST, math.ceil(FINENESS / alpha) - 1)
    return besag_clifford(wins, hits=min(HITS, limit), limit=limit)


def _wealths(table: NDArray[np.float64], labels: NDArray[np.bool_], seed: int) -> Iterator[float]:
    """Yield log final wealths of shuffled labels, for ever."""
    chance = np.random.default_rng(seed)
    shape = (TOGETHER, *table.shape)
    while True:
        dealt = chance.permuted(np.tile(labels, (TOGETHER, 1)), axis=1)
        yield from label_betting_many(np.broadcast_to(table, shape), dealt)[:, -1].tolist()
