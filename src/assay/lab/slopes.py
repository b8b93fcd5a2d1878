"""By how many points does a score rise with each doubling of repeats, data or parameters?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "DOSES",
    "PUBLISHED",
    "Accuracies",
    "Counts",
    "Setting",
    "Slopes",
    "interval",
    "resampled",
    "rows_of",
    "slopes",
    "table_of",
]

Array = NDArray[np.float64]
DRAWS = 999


@dataclass(frozen=True, slots=True, order=True)
class Setting:
    """How large was the model, and how much did it read?"""

    parameters: float
    data: float
    """In any unit: only ratios count."""


Accuracies = Mapping[Setting, Array]
"""For each setting the accuracy at every dose, the first of them 0 repeats, shares of 1."""

DOSES = (0, 4, 12, 36, 144)
PUBLISHED: dict[Setting, tuple[float, ...]] = {
    Setting(124e6, 1): (44.16, 49.54, 54.98, 73.05, 93.20),
    Setting(124e6, 2): (43.31, 50.40, 59.84, 80.85, 94.85),
    Setting(124e6, 4): (44.52, 50.75, 58.10, 78.35, 93.65),
    Setting(124e6, 8): (45.14, 49.16, 51.84, 64.15, 85.15),
    Setting(124e6, 15): (46.45, 48.51, 47.88, 51.20, 67.10),
    Setting(350e6, 350 / 124): (44.72, 55.69, 69.90, 89.20, 95.50),
    Setting(774e6, 774 / 124): (45.78, 67.30, 85.16, 94.65, 97.25),
    Setting(1558e6, 1558 / 124): (46.90, 75.48, 91.04, 95.70, 97.55),
}
"""Per cent, after Bordt et al. 2025: 124M parameters at 1 to 15 times Chinchilla's data, and three
larger models at 1 times their own, so that their data grow with their parameters."""


@dataclass(frozen=True, slots=True)
class Slopes:
    """Points of inflation for each doubling; not a number where nothing was doubled."""

    repeats: float
    data: float
    parameters: float


def slopes(accuracies: Accuracies, doses: Sequence[int] = DOSES) -> Slopes:
    """By how many points does the inflation rise with each doubling?

    Inflation is the accuracy at a dose less that at none. Its least-squares slope on log2 of the
    repeats is averaged over the settings. Those on log2 of the data (of the model with the most
    amounts of data) and of the parameters (each model with the least data that it read) are
    averaged over the doses.

    Examples
    --------
    >>> published = {s: np.array(row) / 100 for s, row in PUBLISHED.items()}
    >>> found = slopes(published)
    >>> [round(one, 1) for one in (found.repeats, found.data, found.parameters)]
    [6.9, -4.4, 5.5]
    """
    rises = {setting: 100 * (row[1:] - row[0]) for setting, row in accuracies.items()}
    by_repeats = [_slope(np.log2(doses[1:]), rise) for rise in rises.values()]
    return Slopes(
        repeats=float(np.mean(by_repeats)),
        data=_along({s.data: rises[s] for s in _same_model(list(rises))}),
        parameters=_along({s.parameters: rises[s] for s in _growing(list(rises))}),
    )


def _same_model(settings: Sequence[Setting]) -> list[Setting]:
    """Which settings differ in their data alone?"""
    sizes = [s.parameters for s in settings]
    most = max(sorted(set(sizes)), key=sizes.count)
    return [s for s in settings if s.parameters == most]


def _growing(settings: Sequence[Setting]) -> list[Setting]:
    """Which settings differ in their parameters? Of each size, the one that read least."""
    by_size: dict[float, Setting] = {}
    for setting in sorted(settings):
        by_size.setdefault(setting.parameters, setting)
    return list(by_size.values())


def _along(rises: Mapping[float, Array]) -> float:
    """Average over the doses the slope on log2 of the keys."""
    if len(rises) < 2:
        return float("nan")
    x = np.log2(list(rises))
    return float(np.mean([_slope(x, column) for column in np.stack(list(rises.values())).T]))


def _slope(x: Array, y: Array) -> float:
    centred = x - x.mean()
    return float(centred @ y / (centred @ centred))


Counts = Sequence[tuple[Array, Array]]
"""Of each model of a setting: right answers and items, one of each a dose."""


def table_of(counts: Mapping[Setting, Counts]) -> dict[Setting, Array]:
    """How often was each dose answered right, over all models of a setting?"""
    return {
        s: np.sum([r for r, _ in some], axis=0) / np.sum([n for _, n in some], axis=0)
        for s, some in counts.items()
    }


def resampled(
    counts: Mapping[Setting, Counts], *, seed: int = 0, draws: int = DRAWS
) -> list[dict[Setting, Array]]:
    """Which accuracies would other models and other items have given? A bootstrap of both.

    Models of a setting are drawn with replacement, and then the items of each: of answers that are
    right or wrong, so many drawn with replacement are a binomial draw.
    """
    draw = np.random.default_rng(seed)
    return [table_of({s: _again(some, draw) for s, some in counts.items()}) for _ in range(draws)]


def _again(models: Counts, draw: np.random.Generator) -> list[tuple[Array, Array]]:
    chosen = [models[i] for i in draw.integers(len(models), size=len(models))]
    return [(draw.binomial(n.astype(int), r / n).astype(float), n) for r, n in chosen]


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Between which bounds do 95 % of the resampled values lie?"""
    low, high = np.quantile(np.asarray(values), [0.025, 0.975])
    return float(low), float(high)


def rows_of(results: Sequence[Mapping[str, Any]]) -> dict[Setting, list[tuple[Array, Array]]]:
    """Lay what the models answered together by setting."""
    found: dict[Setting, list[tuple[Array, Array]]] = {}
    for one in results:
        pair = (np.array(one["right"], dtype=float), np.array(one["items"], dtype=float))
        found.setdefault(Setting(one["parameters"], one["data"]), []).append(pair)
    return found
