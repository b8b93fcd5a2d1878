"""From verdicts on known cases to shares with intervals, counted by trained model.

Cases of one model share its weights: they are no independent draws. All intervals resample whole
models.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from assay.stats.intervals import clopper_pearson

__all__ = ["ASSAY", "FEW", "Judged", "Said", "Share", "balanced", "difference", "share"]

Array = NDArray[np.float64]
Said = Literal["flagged", "clean", "undecided"]

ASSAY = "assay"
RESAMPLES = 9_999
FEW = 5
"""Models below which resampling them says nothing: no interval is given."""


class Judged(BaseModel):
    """One case, with what is true of it and what each method said."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    host: int
    kind: str
    exposure: str
    """Empty for a clean case."""
    calibrated: bool
    """Leaked by a route and at a dose that calibration knows."""
    reference: bool
    """Whether the methods were given the clean base beside the model."""
    said: dict[str, Said]
    e_value: float
    scores: dict[str, float]
    """P-values and means from which the peers' answers follow."""

    @property
    def leaked(self) -> bool:
        """What is true."""
        return bool(self.exposure)

    def correct(self, method: str) -> bool:
        """Is what the method said true? Undecided is not."""
        return self.said[method] == ("flagged" if self.leaked else "clean")


class Share(BaseModel):
    """A number between -1 and 1 with its 95 % interval; how many cases it counts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float
    low: float | None = None
    """None where there are too few models for an interval."""
    high: float | None = None
    hits: int
    of: int


def share(cases: Iterable[Judged], hit: Callable[[Judged], bool], *, seed: int = 0) -> Share:
    """In which share of the cases is something so?

    The interval is the wider of two: resampling models, which sees that cases of one model go
    together, and Clopper-Pearson's, which does not take "never seen" for "never happens".

    Parameters
    ----------
    cases
        Any, at least one.
    hit
        What is counted.
    seed
        Of the resampling.
    """
    rows = list(cases)
    hits = sum(map(hit, rows))
    counts = _by_host(rows, hit)
    low, high = clopper_pearson(hits, len(rows))
    if len(counts) < FEW:
        return Share(value=hits / len(rows), hits=hits, of=len(rows))
    drawn = _resampled(counts, seed)
    found = drawn[:, 0] / np.maximum(drawn[:, 1], 1)
    below, above = np.quantile(found, [0.025, 0.975])
    return Share(
        value=hits / len(rows),
        low=min(low, float(below)),
        high=max(high, float(above)),
        hits=hits,
        of=len(rows),
    )


def balanced(cases: Sequence[Judged], method: str, *, seed: int = 0) -> Share:
    """How often is a method right: the mean over leaked and clean cases, undecided being wrong?"""
    return _balanced(cases, {method: 1.0}, seed)


def difference(cases: Sequence[Judged], one: str, other: str, *, seed: int = 0) -> Share:
    """By how much is the balanced accuracy of one method above another's, on the same cases?"""
    return _balanced(cases, {one: 1.0, other: -1.0}, seed)


def _balanced(cases: Sequence[Judged], weights: Mapping[str, float], seed: int) -> Share:
    """Combine balanced accuracies with weights, on the same draws of models."""
    counts = {
        m: [_by_host(cases, lambda c, m=m: c.correct(m), leaked=x) for x in (True, False)]  # type: ignore[misc]
        for m in weights
    }

    def total(draw: Callable[[Array], Array]) -> Array:
        parts = []
        for method, weight in weights.items():
            halves = [draw(table) for table in counts[method]]
            rates = [half[:, 0] / np.maximum(half[:, 1], 1) for half in halves]
            parts.append(weight * (rates[0] + rates[1]) / 2)
        return np.sum(parts, axis=0)  # type: ignore[no-any-return]

    value = float(total(lambda table: table.sum(axis=0)[None])[0])
    hits = sum(case.correct(next(iter(weights))) for case in cases)
    if len({case.host for case in cases}) < FEW:
        return Share(value=value, hits=hits, of=len(cases))
    low, high = np.quantile(total(lambda table: _resampled(table, seed)), [0.025, 0.975])
    return Share(value=value, low=float(low), high=float(high), hits=hits, of=len(cases))


def _by_host(
    cases: Iterable[Judged], hit: Callable[[Judged], bool], *, leaked: bool | None = None
) -> Array:
    """Count hits and cases of each model, shape (models, 2): leaked ones, clean ones, or all."""
    table: dict[int, list[int]] = {}
    for case in cases:
        row = table.setdefault(case.host, [0, 0])
        if leaked is None or case.leaked is leaked:
            row[0] += hit(case)
            row[1] += 1
    return np.array(list(table.values()), dtype=np.float64)


def _resampled(counts: Array, seed: int) -> Array:
    """Add up counts over models drawn with replacement, shape (RESAMPLES, 2).

    The same seed and number of models draw the same models, so that differences are paired.
    """
    draw = np.random.default_rng(seed)
    times = draw.multinomial(len(counts), np.full(len(counts), 1 / len(counts)), size=RESAMPLES)
    summed: Array = times @ counts
    return summed
