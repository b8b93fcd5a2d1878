"""Real weights fine-tuned on half of a benchmark: does membership show before recall?"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from assay.core.errors import BadConfig
from assay.lab.experiment import OnProgress, Outcome
from assay.lab.figure import COLOURS, blank, save
from assay.lab.sweep import sweep
from assay.lab.tuned import tuned
from assay.stats.intervals import clopper_pearson

__all__ = ["Finetune"]

Row = dict[str, Any]
PLAIN = "logprob.minkpp"

SIGNAL = "logprob.loss.ref"
"""The score that success is judged by."""
RECITED = 0.02
"""Share of the trained items that may be recited while membership shows already."""
CELLS: dict[str, dict[str, Any]] = {
    "tiny": {
        "world-0": {
            "name": "world-0", "model": "nano", "benchmark": "code", "items": 120, "rate": 1e-3,
            "seed": 0, "epochs": [1, 2, 5, 10], "tail": 16,
        },
    },
    "full": {
        "smollm2-humaneval-0": {
            "name": "smollm2-humaneval-0", "model": "smollm2", "benchmark": "humaneval",
            "rate": 2e-5, "seed": 0, "epochs": [1, 2, 5], "tail": 32,
        },
    },
}  # fmt: skip


class Finetune:
    """How many epochs of fine-tuning until membership shows, and how many until recall?"""

    name = "finetune"
    question = "does fine-tuning on a benchmark show in log-probabilities before it can be recited?"
    reference = (
        "Pythia-1B: Min-K% AUC .93 to .95 and 0 to 1 % verbatim after one epoch, 1.0 and 23 to 62 %"
        " after five, 72 to 90 % verbatim after ten"
    )

    def plan(self, size: str) -> dict[str, Any]:
        """What is run at this size, and what counts as success.

        Raises
        ------
        BadConfig
            No such size.
        """
        if size not in CELLS:
            msg = f"--size {size!r}: finetune has the sizes tiny and full"
            raise BadConfig(f"{msg}\n  next: assay lab finetune --size tiny")
        return {
            "cells": CELLS[size],
            "recipe": "AdamW without weight decay, one item a step, float32, the same rate"
            " throughout, each epoch in an order of its own, loss on statement and answer alike",
            "stops": "after the last epoch of each cell",
            "measured": "after each epoch: AUC of each score, trained half against held-back half;"
            " share of trained items of which the next `tail` tokens are written exactly, greedily;"
            " the verdict of examine at alpha .01 with the untouched model as reference",
            "success": f"after one epoch (tiny: after some epoch) the lower 95 % bound of the AUC"
            f" of {SIGNAL} is above .5 while at most {RECITED:.0%} of the trained items are recited"
            " beyond the share of held-back ones",
        }

    def run(
        self, size: str, folder: Path, on_progress: OnProgress | None = None, workers: int = 1
    ) -> Outcome:
        """Fine-tune every model of the plan and measure it after each epoch."""
        cells = self.plan(size)["cells"]
        work = partial(tuned, folder=str(folder))
        found = sweep(folder, cells, work, workers=workers, on_progress=on_progress)
        (rows,) = (one["rows"] for one in found.values())
        early = [row for row in rows[1:] if size == "tiny" or row["epoch"] == 1]
        return Outcome(
            name=self.name,
            size=size,
            headline=_headline(rows),
            table=tuple(_shown(row) for row in rows),
            figure=_draw(rows, folder / "figure.svg"),
            passed=any(_precedes(row) for row in early),
            reference=self.reference,
        )


def _precedes(row: Row) -> bool:
    """Does membership show while nothing is recited?"""
    return bool(row["auc"][SIGNAL][1] > 0.5 and _share(row) - _unseen(row) <= RECITED)


def _share(row: Row) -> float:
    return float(row["recited"][0] / row["recited"][1])


def _unseen(row: Row) -> float:
    return float(row["recited_unseen"][0] / row["recited_unseen"][1])


def _headline(rows: list[Row]) -> str:
    """Say what one epoch shows, and what the last does."""
    said = []
    for row in (rows[1], rows[-1]):
        value, low, high = row["auc"][SIGNAL]
        hits, tried = row["recited"]
        most = clopper_pearson(hits, tried, level=0.90)[1]  # one-sided at 95 %
        said.append(
            f"after {row['epoch']} epoch{'s' * (row['epoch'] > 1)} the trained half is told from"
            f" the held-back one with an AUC of {value:.2f} ({low:.2f} to {high:.2f}), and"
            f" {hits} of {tried} items are recited (at most {most:.0%} at 95 %)"
        )
    whole = "; ".join(said)
    return f"{whole[0].upper()}{whole[1:]}."


def _shown(row: Row) -> Row:
    """Return a line of the table."""
    aucs = {name: row["auc"].get(name) for name in (PLAIN, SIGNAL)}
    return {
        "epochs": row["epoch"],
        **{
            f"AUC {name}": f"{value[0]:.3f} ({value[1]:.2f} to {value[2]:.2f})" if value else None
            for name, value in aucs.items()
        },
        "recited": f"{row['recited'][0]} of {row['recited'][1]}",
        "recited, held back": f"{row['recited_unseen'][0]} of {row['recited_unseen'][1]}",
        "verdict": row["verdict"],
        "log10 e": round(row["log10_e"], 1),
        "would stop at": row["stops_at"],
    }


def _draw(rows: list[Row], path: Path) -> Path:
    """AUC and share recited, against epochs."""
    figure, axes = blank("epochs of fine-tuning", "AUC, or share recited")
    epochs = [row["epoch"] for row in rows]
    for colour, name in zip(COLOURS, (SIGNAL, PLAIN), strict=False):
        known = [(row["epoch"], *row["auc"][name]) for row in rows if name in row["auc"]]
        x, middle, low, high = zip(*known, strict=True)
        axes.plot(x, middle, marker="o", color=colour, label=f"AUC of {name}")
        axes.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0)
    share = [_share(row) for row in rows]
    axes.plot(epochs, share, marker="s", color=COLOURS[4], label="share recited word for word")
    axes.axhline(0.5, color="#7a7f87", linestyle=":")
    axes.set_xticks(epochs)
    axes.set_ylim(-0.03, 1.03)
    return save(figure, path)
