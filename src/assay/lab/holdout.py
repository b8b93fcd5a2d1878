"""Does *clean* hold on a model that calibration has not seen? Each model in turn is left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.core.calibration import Measured
from assay.lab.measuring import Scored
from assay.lab.power import cells_of, mixture
from assay.stats.intervals import auc_upper
from assay.stats.standing import standing
from assay.verdict.clearing import ALPHA, expected_at

__all__ = ["left_out"]

TOLERANCE = 0.5
Array = NDArray[np.float64]


def left_out(
    cases: Sequence[Scored], batteries: Sequence[Measured], *, draws: int = 40
) -> Iterator[dict[str, Any]]:
    """How often is clean said of a model that was left out of its own calibration?

    Of a leak at the very edge, which is the hardest that must not pass, in half of the items; and
    of clean benchmarks as they are.

    Parameters
    ----------
    cases
        All that were scored.
    batteries
        What is read together, as measured.
    draws
        Samples of the items of each leaked case.

    Yields
    ------
    dict
        One row for each battery and dose: wrong and right cleans, with the number of trials.
    """
    rng = np.random.default_rng(2)
    for battery in batteries:
        columns, (low, high) = tuple(battery.versions), battery.box.parameters
        held = [case for case in cases if low <= case.parameters <= high]
        for cell in battery.cells:
            asked = _Asked(held, columns, cell.dose, draws, rng)
            wrong, right = [*_said(asked, cell.dose)], [*_said(asked, 0)]
            yield {
                "read together": battery.name,
                "parameters": f"{low:,} to {high:,}",
                "copies": cell.dose,
                "AUC": round(float(np.mean(cell.separations)), 3),
                "expected at least": round(expected_at(battery.cells, cell.dose), 3),
                "wrong clean": round(float(np.mean(wrong)), 4) if wrong else None,
                "right clean": round(float(np.mean(right)), 4) if right else None,
                "trials": len(wrong),
            }


@dataclass(frozen=True, slots=True)
class _Asked:
    """Of which cases, by which scores, at which dose is clean to be said?"""

    cases: Sequence[Scored]
    columns: Sequence[str]
    dose: int
    draws: int
    rng: np.random.Generator


def _said(asked: _Asked, truth: int) -> Iterator[bool]:
    """Yield whether clean is said of models whose items were seen `truth` times."""
    for model in sorted({(case.parameters, case.model) for case in asked.cases}):
        rest = [case for case in asked.cases if (case.parameters, case.model) != model]
        least = expected_at(cells_of(rest, asked.columns), asked.dose)
        line = 0.5 + TOLERANCE * (least - 0.5)
        for case in asked.cases:
            if (case.parameters, case.model) != model or case.dose != truth:
                continue
            for above, below in _samples(asked, case):
                table = np.concatenate([above, below])
                sides = standing(table, np.arange(len(table)) < len(above))
                yield line > 0.5 and auc_upper(*sides, alpha=ALPHA / 2) < line


def _samples(asked: _Asked, case: Scored) -> Iterator[tuple[Array, Array]]:
    """Yield suspects and controls: of a leaked case with half of them leaked, else as they are."""
    if not case.dose:
        yield case.table(asked.columns)
        return
    for _ in range(asked.draws):
        yield mixture(case, asked.columns, TOLERANCE, asked.rng)
