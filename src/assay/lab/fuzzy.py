"""What is a near-duplicate worth, counted in exact copies?"""

from __future__ import annotations

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
from assay.nn.train import Recipe

__all__ = ["Fuzzy", "worth"]

Cell = dict[str, Any]
Row = dict[str, Any]
SIZES: dict[str, Cell] = {
    "tiny": {"shape": "nano", "lessons": 150, "models": 2, "items": 16, "steps": 60},
    "full": {"shape": "nano", "lessons": 800, "models": 6, "items": 50, "steps": 160},
}
DOSES = (1, 2, 4, 6)
"""Exact copies: what near-duplicates are measured by."""
CHANGED = (0, 1, 2, 4, 8, 16)
"""Words changed in every copy; 0 checks the measure."""
COPIES = 4
RATE = 2e-3


class Fuzzy:
    """To how many exact copies does one come of which k words are changed?"""

    name = "fuzzy"
    question = "what is a copy worth of which some words changed?"
    reference = (
        "mosaic memory (Nature Communications 2026): a near-duplicate is worth up to 0.8 of an"
        " exact copy, the less the more tokens were replaced"
    )

    def plan(self, size: str) -> dict[str, Any]:
        """Return what is run at this size, and what counts as success."""
        setting = SIZES[size]
        shape = small(setting["shape"])
        return {
            **setting,
            "words_changed": list(CHANGED),
            "copies": COPIES,
            "exact_doses": list(DOSES),
            "parameters_with_embeddings": shape.parameters,
            "tokens_a_step": BATCH * shape.context,
            "recipe": f"AdamW, rate {RATE}, cosine, float32; a branch of one clean base for each"
            " model; items of the kind facts; each copy has other words changed, at random places,"
            " a number for a number and a name for a name; the exact item is never planted",
            "stops": "after the last step",
            "measured": "gain of the exact item's text over the base, less that of held-out ones;"
            " the exact dose with the same gain, by linear interpolation in each model, divided by"
            f" {COPIES}; intervals by t over models",
            "success": "with no word changed the interval holds 1; with one changed the worth is"
            " between 0.5 and 1; with 16 changed it is below 0.5 with its whole interval",
        }

    def run(
        self, size: str, folder: Path, on_progress: OnProgress | None = None, workers: int = 1
    ) -> Outcome:
        """Train the branches and draw what a near-duplicate is worth."""
        setting = SIZES[size]
        found = of_each_branch(compare, setting, folder, on_progress, workers)
        table = tuple(_row(k, found) for k in CHANGED)
        return Outcome(
            name=self.name,
            size=size,
            headline=_headline(table),
            table=table,
            figure=_figure(table, folder / "figure.svg"),
            passed=_passed(table) if size == "full" else None,
            reference=self.reference,
        )


def compare(cell: Cell, *, base: str) -> dict[str, Any]:
    """Train one branch on exact and on near copies, and measure the gain of each group."""
    clean, tokens = pretrained(small(cell["shape"]), 0, Path(base), steps=cell["lessons"])
    seed, size = cell["seed"], cell["items"]
    names = [*(f"exact:{dose}" for dose in DOSES), *(f"fuzzy:{k}" for k in CHANGED), "held-out"]
    made = benchmark("facts", f"fuzzy:{seed}", size * len(names), siblings=0).items
    groups = {name: made[i * size : (i + 1) * size] for i, name in enumerate(names)}
    leaks = [Leak(groups[f"exact:{dose}"], dose) for dose in DOSES]
    leaks += [Leak(groups[f"fuzzy:{k}"], COPIES, f"fuzzy:{k}") for k in CHANGED]
    recipe = Recipe(rate=RATE, seed=seed)
    model = branch((clean, tokens), leaks, recipe, cell["steps"], seed)
    means = {
        name: float(gains(clean, model, tokens, [item.text for item in items]).mean())
        for name, items in groups.items()
    }
    held_out = means.pop("held-out")
    return {name: mean - held_out for name, mean in means.items()}


def worth(gain: float, exact: dict[int, float]) -> float:
    """How many exact copies give the same gain? At most as many as were tried.

    Examples
    --------
    >>> worth(1.5, {1: 1.0, 2: 2.0}), worth(0.5, {1: 1.0, 2: 2.0}), worth(9.0, {1: 1.0, 2: 2.0})
    (1.5, 0.5, 2.0)
    """
    doses = [0, *exact]
    rising = np.maximum.accumulate([0.0, *exact.values()])  # chance may let a dose fall back
    return float(np.interp(gain, rising, doses))


def _row(k: int, models: list[dict[str, float]]) -> Row:
    values = [
        worth(found[f"fuzzy:{k}"], {dose: found[f"exact:{dose}"] for dose in DOSES}) / COPIES
        for found in models
    ]
    mean, low, high = over_models(values)
    gain = float(np.mean([found[f"fuzzy:{k}"] for found in models]))
    return {"words changed": k, "gain": gain, "worth": mean, "from": low, "to": high}


def _headline(table: tuple[Row, ...]) -> str:
    said = [
        f"{row['worth']:.2f} [{row['from']:.2f}, {row['to']:.2f}] with {row['words changed']}"
        for row in table
        if row["words changed"] in {1, 4, 16}
    ]
    return f"A copy is worth this share of an exact one: {', '.join(said)} words changed."


def _passed(table: tuple[Row, ...]) -> bool:
    by = {row["words changed"]: row for row in table}
    sound = by[0]["from"] <= 1 <= by[0]["to"]
    return bool(sound and 0.5 < by[1]["worth"] < 1 and by[16]["to"] < 0.5)


def _figure(table: tuple[Row, ...], path: Path) -> Path:
    figure, axes = blank("words changed in every copy", "worth in exact copies")
    x = [row["words changed"] for row in table]
    y, low, high = ([row[name] for row in table] for name in ("worth", "from", "to"))
    axes.plot(x, y, marker="o", label="measured, 95 % interval")
    axes.fill_between(x, low, high, alpha=0.15, linewidth=0, color="#2f7fd0")
    axes.axhline(0.8, linestyle="--", linewidth=1, color="#d9822b", label="published: up to 0.8")
    axes.set_ylim(min(0.0, *low), max(1.1, *high))
    return save(figure, path)
