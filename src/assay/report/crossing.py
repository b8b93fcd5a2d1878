"""Models by benchmarks: the same claims as one coloured table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from assay.core.comparison import Compared
from assay.report import notation

__all__ = ["Cell", "Crossing", "crossing"]

WIDEST = 8
"""Benchmarks side by side: more do not fit on a page."""
DECADES = 8
"""An e-value of ten to this power and more has the strongest colour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One claim: what is written, and how strong its colour is, in per cent."""

    text: str
    strength: int = 0
    flagged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """Rows of cells, one per model, under the benchmarks' names."""

    benchmarks: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


def crossing(claims: Sequence[Compared]) -> Crossing | None:
    """How do models and benchmarks cross? None where there are not two of each, or too many.

    Examples
    --------
    >>> crossing([Compared(model="m", benchmark="b", e_value=3.0)]) is None
    True
    """
    benchmarks = tuple(dict.fromkeys(claim.benchmark for claim in claims))
    models = tuple(dict.fromkeys(claim.model for claim in claims))
    if not 1 < len(benchmarks) <= WIDEST or len(models) < 2:
        return None
    found = {(claim.model, claim.benchmark): claim for claim in reversed(claims)}
    rows = tuple((m, tuple(_cell(found.get((m, b))) for b in benchmarks)) for m in models)
    return Crossing(benchmarks=benchmarks, rows=rows)


def _cell(claim: Compared | None) -> Cell:
    if claim is None:
        return Cell(text="–")
    if claim.e_value is None:
        return Cell(text="no verdict")
    decades = max(0.0, notation.log10_e(claim.e_value))
    strength = math.floor(70 * min(decades / DECADES, 1.0))
    return Cell(text=notation.e_value(claim.e_value), strength=strength, flagged=claim.flagged)
