"""How fast is a planted item forgotten while training goes on with clean text?"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from assay.lab.branches import of_each_branch
from assay.lab.evidence import gains, over_models
from assay.lab.experiment import OnProgress, Outcome
from assay.lab.figure import blank, save
from assay.lab.plant import Leak
from assay.lab.pretrained import BATCH, branch, pretrained, small
from assay.lab.world import benchmark
from assay.nn.gpt import GPT
from assay.nn.train import Recipe
from assay.stats.intervals import auc

__all__ = ["Forget"]

Cell = dict[str, Any]
Row = dict[str, Any]
SIZES: dict[str, Cell] = {
    "tiny": {
        "shape": "nano", "lessons": 120, "models": 3, "items": 16, "held_out": 40,
        "planted_steps": 30, "clean_steps": [0, 15, 30, 60],
    },
    "full": {
        "shape": "nano", "lessons": 800, "models": 5, "items": 40, "held_out": 120,
        "planted_steps": 60, "clean_steps": [0, 20, 60, 120, 240, 480],
    },
}  # fmt: skip
COPIES = (1, 4, 16)
RATE = 2e-3


class Forget:
    """How much of a planted item's evidence is left after so much clean training?"""

    name = "forget"
    question = "how fast is a planted item forgotten?"
    reference = (
        "Bordt et al. 2025, 124M parameters: 12 repeats inflate accuracy by 10.8 points at 1x"
        " Chinchilla's data and by 1.4 at 15x, so 13 % is left; 144 repeats by 49.0 and 20.7, 42 %"
    )

    def plan(self, size: str) -> dict[str, Any]:
        """Return what is run at this size, and what counts as success."""
        setting = SIZES[size]
        shape = small(setting["shape"])
        return {
            **setting,
            "copies": list(COPIES),
            "parameters_with_embeddings": shape.parameters,
            "tokens_a_step": BATCH * shape.context,
            "recipe": f"AdamW, constant rate {RATE}, float32; a branch of a clean base for each"
            " model; items of the kind facts, planted verbatim in the first steps, then clean text",
            "stops": "after the last of clean_steps",
            "measured": "gain: nats a token by which the planted texts became likelier than to the"
            " base, less the same for held-out ones; AUC of that difference; intervals by t over"
            " models",
            "success": "for 4 and 16 copies the gain left at the last step is below half of the"
            " first one with its whole interval; more copies leave more at every step",
        }

    def run(
        self, size: str, folder: Path, on_progress: OnProgress | None = None, workers: int = 1
    ) -> Outcome:
        """Train the branches and draw how the gain decays."""
        setting = SIZES[size]
        found = of_each_branch(decay, setting, folder, on_progress, workers)
        table = tuple(_table(setting, [one["rows"] for one in found]))
        return Outcome(
            name=self.name,
            size=size,
            headline=_headline(table),
            table=table,
            figure=_figure(table, folder / "figure.svg"),
            passed=_passed(table) if size == "full" else None,
            reference=self.reference,
        )


def decay(cell: Cell, *, base: str) -> dict[str, Any]:
    """Train one branch, and measure at every checkpoint how much it knows of what was planted."""
    shape = small(cell["shape"])
    clean, tokens = pretrained(shape, 0, Path(base), steps=cell["lessons"])
    seed, items = cell["seed"], cell["items"]
    made = benchmark(
        "facts", f"forget:{seed}", items * len(COPIES) + cell["held_out"], siblings=0
    ).items
    planted = {copies: made[i * items : (i + 1) * items] for i, copies in enumerate(COPIES)}
    first, last = cell["planted_steps"], cell["planted_steps"] + max(cell["clean_steps"])
    leaks = [Leak(some, copies, end=first / last) for copies, some in planted.items()]
    texts = {c: [item.text for item in some] for c, some in planted.items()}
    texts[0] = [item.text for item in made[items * len(COPIES) :]]
    rows = list[Row]()

    def look(model: GPT, step: int) -> None:
        if step - first in cell["clean_steps"]:
            found = {c: gains(clean, model, tokens, some) for c, some in texts.items()}
            rows.extend(
                {
                    "copies": c,
                    "clean_steps": step - first,
                    "gain": float(found[c].mean() - found[0].mean()),
                    "auc": auc(found[c], found[0]),
                }
                for c in COPIES
            )

    recipe = Recipe(rate=RATE, decay="constant", seed=seed)
    branch((clean, tokens), leaks, recipe, last, seed, on_step=look)
    return {"rows": rows}


def _table(setting: Cell, models: list[list[Row]]) -> list[Row]:
    """Average each place of the grid over the models; what is left is a ratio of means."""
    step = BATCH * small(setting["shape"]).context
    rows = list[Row]()
    for places in zip(*models, strict=True):
        gain, low, high = over_models([place["gain"] for place in places])
        began = [_first(rows_of, places[0]["copies"]) for rows_of in models]
        share = left([place["gain"] for place in places], began)
        rows.append(
            {
                "copies": places[0]["copies"],
                "clean tokens": places[0]["clean_steps"] * step,
                "gain": gain,
                "gain from": low,
                "gain to": high,
                "left": share[0],
                "left from": share[1],
                "left to": share[2],
                "AUC": float(np.mean([place["auc"] for place in places])),
            }
        )
    return sorted(rows, key=lambda row: (row["copies"], row["clean tokens"]))


def _first(rows: list[Row], copies: int) -> float:
    return next(
        float(row["gain"]) for row in rows if row["copies"] == copies and row["clean_steps"] == 0
    )


def left(now: list[float], began: list[float]) -> tuple[float, float, float]:
    """Which share of the first gain is left? Linearised (the delta method), by t over models."""
    ratio = float(np.mean(now) / np.mean(began))
    rest = [(a - ratio * b) / float(np.mean(began)) for a, b in zip(now, began, strict=True)]
    _, low, high = over_models(rest)
    return ratio, ratio + low, ratio + high


def _by_copies(table: tuple[Row, ...]) -> Mapping[int, list[Row]]:
    return {c: [row for row in table if row["copies"] == c] for c in COPIES}


def _headline(table: tuple[Row, ...]) -> str:
    last = _by_copies(table)
    said = [
        f"{rows[-1]['left']:.0%} [{rows[-1]['left from']:.0%}, {rows[-1]['left to']:.0%}] of"
        f" {_counted(copies)}"
        for copies, rows in last.items()
    ]
    tokens = last[COPIES[0]][-1]["clean tokens"]
    return f"After {tokens:,} clean tokens this share of the evidence is left: {', '.join(said)}."


def _counted(copies: int) -> str:
    return f"{copies} {'copy' if copies == 1 else 'copies'}"


def _passed(table: tuple[Row, ...]) -> bool:
    by = _by_copies(table)
    fallen = all(by[copies][-1]["left to"] < 0.5 for copies in COPIES[1:])
    ordered = all(
        more["gain"] > fewer["gain"]
        for a, b in pairwise(COPIES)
        for fewer, more in zip(by[a], by[b], strict=True)
    )
    return fallen and ordered


def _figure(table: tuple[Row, ...], path: Path) -> Path:
    figure, axes = blank("clean tokens read since (thousands)", "gain over held-out, nats a token")
    for copies, rows in _by_copies(table).items():
        x = [row["clean tokens"] / 1000 for row in rows]
        line = axes.plot(x, [row["gain"] for row in rows], marker="o", label=_counted(copies))[0]
        low, high = ([row[f"gain {end}"] for row in rows] for end in ("from", "to"))
        axes.fill_between(x, low, high, color=line.get_color(), alpha=0.15, linewidth=0)
    axes.axhline(0, color="#7a7f87", linewidth=0.8)
    return save(figure, path)
