"""Does *clean* hold on a model that calibration has not seen? Each model in turn is left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from assay.core.calibration import Measured
from assay.lab.measuring import Scored
from assay.lab.power import cells_of, mixture
from assay.stats.intervals import auc_upper
from assay.stats.standing import standing
from assay.verdict.clearing import ALPHA, expected_at

__all__ = ["left_out"]

DRAWS = 40
TOLERANCE = 0.5


def left_out(cases: Sequence[Scored], batteries: Sequence[Measured]) -> Iterator[dict[str, Any]]:
    """How often is clean said of a model that was left out of its own calibration?

    Of a leak at the very edge, which is the hardest that must not pass, and of nothing at all.

    Parameters
    ----------
    cases
        All that were scored.
    batteries
        What is read together, as measured.

    Yields
    ------
    dict
        One row for each battery and dose: wrong and right cleans, with the number of trials.
    """
    rng = np.random.default_rng(2)
    for battery in batteries:
        columns = tuple(battery.versions)
        for cell in battery.cells:
            wrong = [*_said(cases, columns, cell.dose, cell.dose, rng)]
            right = [*_said(cases, columns, cell.dose, 0, rng)]
            yield {
                "read together": battery.name,
                "copies": cell.dose,
                "AUC": round(float(np.mean(cell.separations)), 3),
                "expected at least": round(expected_at(battery.cells, cell.dose), 3),
                "wrong clean": round(float(np.mean(wrong)), 4) if wrong else None,
                "right clean": round(float(np.mean(right)), 4) if right else None,
                "trials": len(wrong),
            }


def _said(
    cases: Sequence[Scored],
    columns: Sequence[str],
    dose: int,
    truth: int,
    rng: np.random.Generator,
) -> Iterator[bool]:
    """Yield whether clean is said at this dose of models whose items were seen `truth` times."""
    for model in sorted({(case.parameters, case.model) for case in cases}):
        rest = [case for case in cases if (case.parameters, case.model) != model]
        line = 0.5 + TOLERANCE * (expected_at(cells_of(rest, columns), dose) - 0.5)
        own = [c for c in cases if (c.parameters, c.model) == model and c.dose == truth]
        for case in own:
            for _ in range(DRAWS):
                above, below = mixture(case, columns, TOLERANCE if truth else 0.0, rng)
                table = np.concatenate([above, below])
                sides = standing(table, np.arange(len(table)) < len(above))
                yield line > 0.5 and auc_upper(*sides, alpha=ALPHA / 2) < line
