"""From the scores of known cases to separations, sizes and power."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from assay.core.calibration import Cell, Power, Reach, Size
from assay.lab.measuring import Scored
from assay.stats.betting import label_betting_many
from assay.stats.intervals import auc, clopper_pearson
from assay.stats.standing import standing

__all__ = ["cells_of", "mixture", "power_of", "reach_of", "separation", "size_of"]

Array = NDArray[np.float64]
ALPHAS = (0.05, 0.01, 0.001)
FLAGGED_AT = 0.01
SURE = 0.998
"""Two-sided level of a size's exact bounds: either is wrong once in a thousand times."""
AT_A_TIME = 200


def separation(above: Array, below: Array) -> float:
    """How far apart are suspects and controls, all columns taken together?"""
    table = np.concatenate([above, below])
    return auc(*standing(table, np.arange(len(table)) < len(above)))


def cells_of(cases: Sequence[Scored], columns: Sequence[str]) -> tuple[Cell, ...]:
    """Return the separations at every dose, of the cases that have these columns."""
    found = []
    for dose in sorted({case.dose for case in cases} - {0}):
        held = [c for c in cases if c.dose == dose and all(k in c.scores for k in columns)]
        if held:
            values = tuple(round(separation(*case.table(columns)), 4) for case in held)
            models = len({(case.model, case.parameters) for case in held})
            found.append(Cell(dose=dose, separations=values, models=models))
    return tuple(found)


def mixture(
    case: Scored, columns: Sequence[str], share: float, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Draw suspects of which a share is leaked, and controls, from one scored case.

    Half of its held-back items stand in for suspects that did not leak: chance alone told them
    from the others.
    """
    leaked, held = case.table(columns)
    held = rng.permutation(held)
    count = min(len(leaked), len(held) // 2)
    several = round(share * count)
    suspects = np.concatenate(
        [rng.permutation(leaked)[:several], held[count : 2 * count - several]]
    )
    return suspects, held[:count]


def power_of(
    cases: Sequence[Scored],
    columns: Sequence[str],
    shares: Sequence[float],
    draws: int,
    rng: np.random.Generator,
) -> Iterator[Power]:
    """How often does betting on the labels flag a leak, at every dose and share?"""
    for dose in sorted({case.dose for case in cases} - {0}):
        held = [c for c in cases if c.dose == dose and all(k in c.scores for k in columns)]
        for share in shares if held else ():
            drawn = [mixture(case, columns, share, rng) for case in held for _ in range(draws)]
            best = _best(drawn, rng)
            flagged = int(np.count_nonzero(best >= math.log(1 / FLAGGED_AT)))
            yield Power(
                dose=dose, share=share, items=len(drawn[0][1]), flagged=flagged, of=len(best)
            )


def size_of(
    cases: Sequence[Scored], columns: Sequence[str], resplits: int, rng: np.random.Generator
) -> tuple[Size, ...]:
    """How often does betting on the labels flag clean items that were split anew by lot?"""
    held = [c for c in cases if c.dose == 0 and all(k in c.scores for k in columns)]
    if not held:
        return ()
    best = np.concatenate(
        [_resplit(case, columns, math.ceil(resplits / len(held)), rng) for case in held]
    )
    found = []
    for alpha in ALPHAS:
        flagged = int(np.count_nonzero(best >= math.log(1 / alpha)))
        low, high = clopper_pearson(flagged, len(best), SURE)
        found.append(Size(alpha=alpha, flagged=flagged, of=len(best), low=low, high=high))
    return tuple(found)


def _resplit(case: Scored, columns: Sequence[str], times: int, rng: np.random.Generator) -> Array:
    """Return the most that was won on each new split of a clean case, in 50 + 50 of its items."""
    items = np.concatenate(case.table(columns))
    half = min(50, len(items) // 2)
    picked = np.argsort(rng.random((times, len(items))), axis=1)
    return _best([(items[row[:half]], items[row[half : 2 * half]]) for row in picked], rng)


def _best(pairs: Sequence[tuple[Array, Array]], rng: np.random.Generator) -> Array:
    """Return the log of the most that betting had on the way, items dealt by lot, for each pair.

    A run stops, and flags, the first time that it has enough.
    """
    found = []
    for start in range(0, len(pairs), AT_A_TIME):
        some = pairs[start : start + AT_A_TIME]
        tables = np.stack([np.concatenate(pair) for pair in some])
        labels = np.arange(tables.shape[1]) < len(some[0][0])
        orders = np.argsort(rng.random(tables.shape[:2]), axis=1)
        dealt = np.take_along_axis(tables, orders[:, :, None], axis=1)
        found.append(label_betting_many(dealt, labels[orders]).max(axis=1))
    return np.concatenate(found)


SEPARATIONS = (0.54, 0.57, 0.60, 0.65, 0.70, 0.76, 0.83, 0.90, 0.96, 0.99, 0.999)
NEEDED = (20.0, 50.0, 100.0, 200.0, 400.0, 1000.0)
ALIKE = 0.9
"""Correlation of columns that are scores of one text: that of the log-probability scores."""


def reach_of(
    items: Sequence[int], rng: np.random.Generator, *, times: int = 200
) -> Iterator[Reach]:
    """At which separation do so many normal scores reach an e-value in 80 of 100 runs?"""
    for count, columns in product(items, (1, 4)):
        low = [_won(count, columns, area, times, rng) for area in SEPARATIONS]
        # More separation never wins less; what chance says otherwise is smoothed away.
        won = np.maximum.accumulate(low)
        for needed in (one for one in NEEDED if math.log(one) <= won[-1]):
            area = round(float(np.interp(math.log(needed), won, SEPARATIONS)), 4)
            yield Reach(needed=needed, items=count, columns=columns, separation=area)


def _won(count: int, columns: int, area: float, times: int, rng: np.random.Generator) -> float:
    """Return the log e-value that 80 of 100 runs reach."""
    shift = float(stats.norm.ppf(area)) * math.sqrt(2)

    def side(mean: float) -> Array:
        shared = rng.normal(size=(times, count, 1))
        own = rng.normal(size=(times, count, columns))
        found: Array = mean + math.sqrt(ALIKE) * shared + math.sqrt(1 - ALIKE) * own
        return found

    pairs = list(zip(side(shift), side(0.0), strict=True))
    return float(np.quantile(_best(pairs, rng), 0.2))
