"""By how much does a score rise when the benchmark's items stood in training so many times?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.item import Item
from assay.lab.answers import correct
from assay.lab.experiment import OnProgress, Outcome
from assay.lab.figure import COLOURS, blank, save
from assay.lab.plant import Leak, Schedule, stream
from assay.lab.pretrained import BATCH, CONTEXT, RATE, VOCAB
from assay.lab.slopes import (
    DOSES,
    PUBLISHED,
    Accuracies,
    Counts,
    Setting,
    interval,
    resampled,
    rows_of,
    slopes,
    table_of,
)
from assay.lab.sweep import sweep
from assay.lab.threads import alone
from assay.lab.world import benchmark, documents
from assay.nn.gpt import GPT
from assay.nn.shape import Shape
from assay.nn.tokens import Tokens
from assay.nn.train import Recipe, train

__all__ = ["Inflation", "trained"]

Cell = dict[str, Any]
KINDS = ("sums", "facts")
LESSONS = 1_000
"""Documents from which the tokens are learned."""
SHAPES = {
    width: Shape(vocab=VOCAB, width=width, depth=depth, heads=width // 16, context=CONTEXT)
    for width, depth in ((32, 2), (48, 2), (64, 3))
}
"""By width. The smallest is trained on up to eight times Chinchilla's 20 tokens a parameter."""
SIZES: dict[str, Cell] = {
    "tiny": {
        "settings": [[32, 50_000], [32, 200_000]], "models": 1, "items": [24, 12, 12, 8, 4],
    },
    "full": {
        "settings": [
            [32, 400_000], [32, 800_000], [32, 1_600_000], [32, 3_200_000], [32, 6_400_000],
            [48, 800_000], [64, 800_000],
        ],
        "models": 2,
        "items": [60, 32, 20, 12, 6],
    },
}  # fmt: skip


class Inflation:
    """What do 4, 12, 36 or 144 repeats add to the accuracy, over data sizes and model sizes?"""

    name = "inflation"
    question = "by how much do repeated items inflate a score?"
    reference = (
        "Bordt et al. 2025: each doubling of the repeats adds 6.9 points on average, each doubling"
        " of the data takes 4.4 (124M parameters), and models with twice the parameters, and data"
        " in proportion, are inflated by 5.5 points more"
    )

    def plan(self, size: str) -> dict[str, Any]:
        """Return what is run at this size, and what counts as success."""
        setting = SIZES[size]
        widths = dict.fromkeys(width for width, _ in setting["settings"])
        return {
            **setting,
            "parameters_with_embeddings": {
                f"width {width}": SHAPES[width].parameters for width in widths
            },
            "settings_are": "width of the model, clean tokens; the planted ones come on top",
            "models_are": "of each setting, other first weights, documents, items and places",
            "repeats": list(DOSES),
            "items_are": f"at each of the repeats, of each kind ({', '.join(KINDS)})",
            "recipe": f"from nothing, AdamW, rate {RATE}, cosine, float32, one pass, copies"
            " verbatim at random places over the whole training",
            "stops": "after one pass",
            "measured": "accuracy: is the answer likelier than each of three other options?"
            " Inflation: accuracy at a dose less that of items never read; intervals by bootstrap"
            " over models and items",
            "success": "the points that a doubling of the repeats adds lie above 0 and those that"
            " a doubling of the data adds below 0, both with their whole interval; accuracy, taken"
            " over all settings, rises with each dose",
        }

    def run(
        self, size: str, folder: Path, on_progress: OnProgress | None = None, workers: int = 1
    ) -> Outcome:
        """Train every model of the plan, and compare the slopes with the published ones."""
        cells = cells_of(size)
        found = sweep(folder / "cells", cells, trained, workers=workers, on_progress=on_progress)
        counts = rows_of(list(found.values()))
        draws = resampled(counts)
        headline, passed = _judged(counts, draws)
        return Outcome(
            name=self.name,
            size=size,
            headline=headline,
            table=_table(counts, draws),
            figure=_figure(counts, folder / "figure.svg"),
            passed=passed if size == "full" else None,
            reference=self.reference,
        )


def cells_of(size: str) -> dict[str, Cell]:
    """Which models are trained?"""
    setting = SIZES[size]
    return {
        f"{width}-{clean}-{seed}": {
            "width": width, "clean": clean, "seed": seed, "items": setting["items"],
        }
        for seed in range(setting["models"])
        for width, clean in setting["settings"]
    }  # fmt: skip


def trained(cell: Cell) -> dict[str, Any]:
    """Train one model on clean text and repeated items; which items of each dose are right?"""
    shape, seed = SHAPES[cell["width"]], cell["seed"]
    tokens = Tokens.bpe(islice(documents("tokens"), LESSONS), VOCAB)
    groups = dosed(cell)
    leaks = [Leak(items, copies) for copies, items in groups.items() if copies]
    planted = sum(
        copies * (len(tokens.encode(item.text)) + 1)
        for copies, items in groups.items()
        for item in items
    )
    steps = math.ceil((cell["clean"] + planted) / (BATCH * shape.context))
    schedule = Schedule(steps=steps, batch=BATCH, context=shape.context, seed=seed)
    model = GPT(shape, seed)
    batches = stream(tokens, documents(f"inflation:{seed}"), leaks, schedule)
    with alone():
        losses = train(model, batches, Recipe(rate=RATE, seed=seed), steps=steps)
        right = [sum(correct(model, tokens, items)) for items in groups.values()]
    return {
        "parameters": shape.parameters,
        "data": cell["clean"],
        "planted": planted,
        "loss": float(np.mean(losses[-10:])),
        "right": right,
        "items": [len(items) for items in groups.values()],
    }


def dosed(cell: Cell) -> dict[int, list[Item]]:
    """Which items does a model read how often? Others for every seed, the same at every size."""
    made = [
        iter(benchmark(kind, f"inflation:{cell['seed']}", sum(cell["items"]), siblings=0).items)
        for kind in KINDS
    ]
    return {
        copies: [item for some in made for item in islice(some, count)]
        for copies, count in zip(DOSES, cell["items"], strict=True)
    }


def _judged(counts: Mapping[Setting, Counts], draws: Sequence[Accuracies]) -> tuple[str, bool]:
    """Say the slopes beside the published ones; is what the plan calls success reached?"""
    ours = slopes(table_of(counts))
    others = [slopes(accuracies) for accuracies in draws]
    theirs = slopes({s: np.array(row) / 100 for s, row in PUBLISHED.items()})
    said, ends = [], {}
    for name in ("repeats", "data", "parameters"):
        value = getattr(ours, name)
        if math.isnan(value):
            continue
        ends[name] = interval([getattr(one, name) for one in others])
        low, high = ends[name]
        said.append(
            f"twice the {name} {value:+.1f} [{low:+.1f}, {high:+.1f}]"
            f" (published {getattr(theirs, name):+.1f})"
        )
    overall = np.mean(list(table_of(counts).values()), axis=0)
    rises = bool(np.all(np.diff(overall) > 0))
    passed = rises and ends["repeats"][0] > 0 and ends["data"][1] < 0
    order = "rises with each dose" if rises else "does not rise with each dose"
    return f"Points of inflation: {', '.join(said)}. Accuracy {order}.", passed


def _table(
    counts: Mapping[Setting, Counts], draws: Sequence[Accuracies]
) -> tuple[dict[str, Any], ...]:
    """Accuracy in per cent by setting and dose, ours with intervals, then the published."""
    rows = []
    for setting, accuracy in table_of(counts).items():
        row: dict[str, Any] = {"parameters": int(setting.parameters), "data": int(setting.data)}
        for place, copies in enumerate(DOSES):
            low, high = interval([100 * one[setting][place] for one in draws])
            row[f"{copies}x"] = f"{100 * accuracy[place]:.0f} [{low:.0f}, {high:.0f}]"
        rows.append(row)
    for setting, published in PUBLISHED.items():
        row = {"parameters": f"{setting.parameters / 1e6:.0f}M, published"}
        times = setting.data * 124e6 / setting.parameters
        row["data"] = f"{times:.0f} x Chinchilla"
        rows.append(row | {f"{c}x": f"{v:.0f}" for c, v in zip(DOSES, published, strict=True)})
    return tuple(rows)


def _figure(counts: Mapping[Setting, Counts], path: Path) -> Path:
    """Inflation against repeats, a line for each setting; the published extremes are dashed."""
    figure, axes = blank("times read", "inflation in points", height=4.2)
    for number, (setting, row) in enumerate(table_of(counts).items()):
        label = f"{setting.parameters / 1e3:.0f}k parameters, {setting.data / 1e6:.2g}M tokens"
        colour = COLOURS[number % len(COLOURS)]
        axes.plot(DOSES[1:], 100 * (row[1:] - row[0]), marker="o", color=colour, label=label)
    for setting, dashes in ((Setting(124e6, 1), "--"), (Setting(124e6, 15), ":")):
        values = np.array(PUBLISHED[setting])
        label = f"published: 124M, {setting.data:.0f} x Chinchilla"
        axes.plot(DOSES[1:], values[1:] - values[0], dashes, color="#7a7f87", label=label)
    axes.set_xscale("log", base=2)
    axes.set_xticks(DOSES[1:], [str(dose) for dose in DOSES[1:]])
    return save(figure, path)
