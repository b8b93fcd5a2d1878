"""Does the corrected score find the score that a model would have earned unexposed?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assay.lab.experiment import OnProgress, Outcome
from assay.lab.figure import blank, save
from assay.lab.inflated import CHOICES, Setting, cases, shape_of
from assay.lab.world import KINDS

__all__ = ["Corrected", "covered", "summary"]

Case = dict[str, Any]
SIZES: dict[str, Setting] = {
    "tiny": {
        "shape": "nano", "context": 256, "lessons": 40, "hosts": 2, "others": 1, "rounds": 1,
        "clean": 1, "copies": [12], "part": 0.75, "items": 12, "siblings": 2,
        "steps": 80, "rows_a_step": 4, "rate": 6e-3,
    },
    "full": {
        "shape": "tiny", "context": 256, "lessons": 750, "hosts": 34, "others": 6, "rounds": 1,
        "clean": 1, "copies": [12, 24, 36], "part": 0.75, "items": 32, "siblings": 2,
        "steps": 750, "rows_a_step": 4, "rate": 6e-3,
    },
}  # fmt: skip
LEAST = 371 / 400
"""With so many of 400 intervals covering, the exact lower bound of the coverage is .90."""
EDGE = 1e-9
"""Shares of few items can lie on the very end of an interval, but for rounding."""


class Corrected:
    """Does published minus sealed sibling cover the known inflation, however exposure was chosen?

    Fails when: what a model remembers of an item helps with its siblings: then the inflation is
    underestimated, and the table's bias says by how much.
    """

    name = "corrected"
    question = "does the corrected score find the score that is earned?"
    reference = (
        "no published tool states a coverage; 371 of 400 intervals of 95 % bound it from below by"
        " .90, and the reported score as it stands errs by the whole inflation"
    )

    def plan(self, size: str) -> dict[str, Any]:
        """Return what is run at this size, and what counts as success."""
        setting = SIZES[size]
        leaked = setting["rounds"] * len(CHOICES) * len(setting["copies"])
        shape = shape_of(setting)
        return {
            **setting,
            "parameters_with_embeddings": shape.parameters,
            "cases": f"{setting['hosts']} models host {leaked} leaked and {setting['clean']} clean"
            f" benchmarks each, of the kinds {', '.join(KINDS)} in turn: "
            f"{setting['hosts'] * leaked} leaked in all",
            "exposure": "all items; or a part of them, drawn by lot, the easiest or the hardest to"
            " the clean base",
            "recipe": "branches of one clean base on clean documents with the copies among them,"
            " Muon, cosine, float32",
            "stops": "after the last step",
            "measured": "reported: accuracy on the published items; corrected: what `examine"
            " --scores --sibling-scores` says, from so many sealed siblings of each item; true:"
            " mean accuracy of so many other hosts on the published items, which read as many"
            " copies of other ones; inflation: reported less true",
            "success": "at least 371 of 400 intervals (in this proportion) of the leaked cases hold"
            " the known inflation; their median width is at most twice the median inflation; the"
            " mean absolute error is under half of that of the reported score",
        }

    def run(
        self, size: str, folder: Path, on_progress: OnProgress | None = None, workers: int = 1
    ) -> Outcome:
        """Make the cases and compare what was corrected with what is known."""
        found = cases(SIZES[size], folder, workers=workers, on_progress=on_progress)
        leaked = [case for case in found if case["copies"]]
        total = summary("all leaked", leaked)
        return Outcome(
            name=self.name,
            size=size,
            headline=_headline(total),
            table=_table(found, leaked, total),
            figure=_figure(leaked, folder / "figure.svg"),
            passed=_passed(total) if size == "full" else None,
            reference=self.reference,
        )


def covered(case: Case) -> bool:
    """Does the interval of the inflation hold the known one?"""
    _, low, high = case["inflation"]
    return bool(low - EDGE <= known(case) <= high + EDGE)


def known(case: Case) -> float:
    """By how much was the reported score inflated?"""
    return float(case["reported"] - case["true"])


def summary(name: str, some: Sequence[Case]) -> dict[str, Any]:
    """How good was the corrected score in these cases?

    Parameters
    ----------
    name
        What they have in common.
    some
        At least one.

    Examples
    --------
    >>> case = {"reported": 0.9, "true": 0.5}
    >>> case |= {"corrected": [0.6, 0.4, 0.8], "inflation": [0.3, 0.1, 0.5]}
    >>> row = summary("one", [case])
    >>> row["covered"], round(row["bias"], 2), round(row["error, reported"], 2)
    ('1 of 1', 0.1, 0.4)
    """

    def mean(value: Callable[[Case], float]) -> float:
        return float(np.mean([value(case) for case in some]))

    within = sum(_holds(case["corrected"], case["true"]) for case in some)
    return {
        "cases": name,
        "covered": f"{sum(map(covered, some))} of {len(some)}",
        "clean score covered": f"{within} of {len(some)}",
        "inflation, median": float(np.median([known(case) for case in some])),
        "width, median": float(np.median([c["inflation"][2] - c["inflation"][1] for c in some])),
        "error, reported": mean(lambda case: abs(known(case))),
        "error, corrected": mean(lambda case: abs(case["corrected"][0] - case["true"])),
        "bias": mean(lambda case: case["corrected"][0] - case["true"]),
    }


def _holds(interval: Sequence[float], value: float) -> bool:
    return bool(interval[1] - EDGE <= value <= interval[2] + EDGE)


def _table(
    found: Sequence[Case], leaked: Sequence[Case], total: dict[str, Any]
) -> tuple[dict[str, Any], ...]:
    """Summarise all cases, and by exposure, by dose and by kind of item."""
    rows = [total]
    for field, values in (("choice", CHOICES), ("copies", _values(leaked)), ("kind", KINDS)):
        for value in values:
            some = [case for case in leaked if case[field] == value]
            if some:
                rows.append(summary(f"{field}: {value}", some))
    clean = [case for case in found if not case["copies"]]
    return (*rows, summary("clean", clean)) if clean else tuple(rows)


def _values(leaked: Sequence[Case]) -> list[int]:
    return sorted({case["copies"] for case in leaked})


def _share(row: dict[str, Any]) -> float:
    held, _, of = row["covered"].partition(" of ")
    return int(held) / int(of)


def _passed(row: dict[str, Any]) -> bool:
    return (
        _share(row) >= LEAST
        and row["width, median"] <= 2 * row["inflation, median"]
        and row["error, corrected"] < row["error, reported"] / 2
    )


def _headline(row: dict[str, Any]) -> str:
    return (
        f"{row['covered']} intervals of 95 % hold the known inflation (median"
        f" {row['inflation, median']:.3f}, width {row['width, median']:.3f}); the corrected score"
        f" errs by {row['error, corrected']:.3f} on average, the reported one by"
        f" {row['error, reported']:.3f}; the corrected one lies {row['bias']:+.3f} from the truth."
    )


def _figure(leaked: Sequence[Case], path: Path) -> Path:
    """Draw what was reported and what was corrected against what is true."""
    figure, axes = blank("accuracy of other hosts on the same items", "accuracy", height=4.6)
    true = [case["true"] for case in leaked]
    axes.plot([0, 1], [0, 1], color="#7a7f87", linewidth=0.8)
    for label, y in (
        ("reported", [case["reported"] for case in leaked]),
        ("corrected by sealed siblings", [case["corrected"][0] for case in leaked]),
    ):
        axes.plot(true, y, "o", markersize=4, alpha=0.4, markeredgewidth=0, label=label)
    return save(figure, path)
