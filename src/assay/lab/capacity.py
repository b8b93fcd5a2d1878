"""How many bits does a parameter remember? Random strings, of which nothing can be learned."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from torch import Tensor

from assay.core.errors import BadConfig
from assay.lab.experiment import SIZES, OnProgress, Outcome
from assay.lab.figure import COLOURS, blank, save
from assay.lab.sweep import sweep
from assay.lab.threads import alone
from assay.nn.gpt import GPT
from assay.nn.shape import Shape
from assay.nn.train import Recipe, losses, train

__all__ = ["PUBLISHED", "Capacity", "remembered"]

Cell = dict[str, Any]
PUBLISHED = 3.6
"""Bits a parameter (Morris et al. 2025, arXiv 2505.24832)."""
NEAR = 0.1
"""The share by which a plateau may miss it."""
VOCAB, CONTEXT, DEPTH = 512, 16, 2
WIDTHS = {"tiny": (8, 16), "full": (12, 16, 20)}
LOADS = {"tiny": (2.0, 0.5), "full": (4.0, 0.5)}
"""Bits of a data set, as a multiple of 3.6 bits a parameter."""
PASSES = {"tiny": 60, "full": 2_000}
"""Over the larger data set; a model of any size then meets each row as often."""
ROWS = 96
"""Rows of a batch."""
RATE = 0.04
SHORTER = "half as many steps"


class Capacity:
    """How many bits does a parameter remember?"""

    name = "capacity"
    question = "how many bits does a parameter remember?"
    reference = (
        "Morris et al. 2025 (arXiv 2505.24832): about 3.6 bits a parameter, 3.5 in bfloat16 and"
        " 3.8 in float32, for models of 0.5 to 1,500 million parameters"
    )

    def plan(self, size: str) -> dict[str, Any]:
        """What is run at this size, and what counts as success.

        Raises
        ------
        BadConfig
            No such size.
        """
        _known(size)
        shapes = [shape_of(width) for width in WIDTHS[size]]
        return {
            "widths": [shape.width for shape in shapes],
            "parameters_with_embeddings": [shape.parameters for shape in shapes],
            "each_model": f"{DEPTH} layers, {VOCAB} tokens, tied embeddings, context {CONTEXT},"
            " float32",
            "data": f"rows of {CONTEXT + 1} tokens drawn uniformly by a seed, the first only read;"
            f" {', '.join(f'{x:g}' for x in LOADS[size])} times {PUBLISHED} bits a parameter",
            "training": f"Muon and AdamW, rate {RATE}, cosine to nothing, no weight decay,"
            f" {ROWS} rows a step in a new order each pass",
            "stopping_rule": f"{PASSES[size]:,} passes over the larger data set"
            f" ({', '.join(f'{steps_of(width, size):,}' for width in WIDTHS[size])} steps), and a"
            " quarter of the steps for data that fits;"
            f" the largest model on {LOADS[size][0]:g} times also for half as many, to see how much"
            " a doubling still adds",
            "measured": "bits of the data less the model's negative log-likelihood of all of it;"
            " the plateau is the largest over the data sets of a size",
            "success": f"every plateau within {NEAR:.0%} of {PUBLISHED} bits a parameter,"
            " at three sizes or more",
        }

    def run(
        self, size: str, folder: Path, on_progress: OnProgress | None = None, workers: int = 1
    ) -> Outcome:
        """Train on every data set, and weigh what was remembered."""
        found = sweep(folder, cells_of(size), remembered, workers=workers, on_progress=on_progress)
        rows = [row for name, row in found.items() if name != SHORTER]
        plateaus = _plateaus(rows)
        near = [abs(bits / PUBLISHED - 1) <= NEAR for bits in plateaus.values()]
        return Outcome(
            name=self.name,
            size=size,
            headline=_headline(plateaus, _doubling(found)),
            table=tuple(found.values()),
            figure=_draw(rows, folder / "figure.svg"),
            passed=all(near) if len(near) >= 3 else None,
            reference=self.reference,
        )


def shape_of(width: int) -> Shape:
    """How large is the model of this width?"""
    return Shape(vocab=VOCAB, width=width, depth=DEPTH, heads=2, context=CONTEXT)


def cells_of(size: str) -> dict[str, Cell]:
    """Which models are trained on how much, and for how long?"""
    _known(size)
    first = LOADS[size][0]
    cells = {
        _named(width, load): {
            "width": width,
            "load": load,
            "steps": steps_of(width, size) // (1 if load > 1 else 4),
            "seed": 1,
        }
        for load in LOADS[size]
        for width in WIDTHS[size]
    }
    longer: Cell = cells[_named(WIDTHS[size][-1], first)]
    return cells | {SHORTER: {**longer, "steps": longer["steps"] // 2}}


def steps_of(width: int, size: str) -> int:
    """How many steps are the passes over this model's larger data set?"""
    rows = rows_of(LOADS[size][0], shape_of(width))
    return PASSES[size] * max(1, rows // ROWS)


def rows_of(load: float, shape: Shape) -> int:
    """How many rows hold so many times the bits that a model of this shape is thought to hold?"""
    return max(2, round(load * PUBLISHED * shape.parameters / (CONTEXT * math.log2(VOCAB))))


def _named(width: int, load: float) -> str:
    return f"width {width}, load {load:g}"


def remembered(cell: Cell) -> dict[str, Any]:
    """Train one model on one set of random strings; how many of its bits does it hold?

    Returns
    -------
    dict
        Parameters, bits of the data, bits remembered, and those for each parameter.
    """
    shape = shape_of(cell["width"])
    each = CONTEXT * math.log2(VOCAB)
    count = rows_of(cell["load"], shape)
    chance = torch.Generator().manual_seed(cell["seed"])
    data = torch.randint(VOCAB, (count, CONTEXT + 1), generator=chance)
    model = GPT(shape, seed=cell["seed"])
    recipe = Recipe(optimizer="muon", rate=RATE, warmup=100, weight_decay=0.0)
    with alone():
        train(model, shuffled(data, chance), recipe, steps=cell["steps"])
        missing = math.fsum(losses(model, part).sum().item() for part in torch.split(data, 1024))
    bits = count * each - missing / math.log(2)
    return {
        "parameters": shape.parameters,
        "load": cell["load"],
        "steps": cell["steps"],
        "passes": round(cell["steps"] * min(ROWS, count) / count),
        "data bits": round(count * each),
        "remembered bits": round(bits),
        "bits a parameter": round(bits / shape.parameters, 3),
    }


def shuffled(data: Tensor, chance: torch.Generator) -> Iterator[Tensor]:
    """Yield rows in a new order each pass; the rest of a pass that fills no batch is left out."""
    size = min(ROWS, len(data))
    while True:
        order = torch.randperm(len(data), generator=chance)
        yield from (data[part] for part in torch.split(order, size) if len(part) == size)


def _known(size: str) -> None:
    if size not in SIZES:
        msg = f"--size {size!r}: capacity has the sizes tiny and full"
        raise BadConfig(f"{msg}\n  next: assay lab capacity --size tiny")


def _plateaus(rows: list[dict[str, Any]]) -> dict[int, float]:
    """How many bits a parameter, by parameters, at the data set of which most was remembered?"""
    sizes = sorted({row["parameters"] for row in rows})
    return {
        size: max(row["bits a parameter"] for row in rows if row["parameters"] == size)
        for size in sizes
    }


def _doubling(found: dict[str, dict[str, Any]]) -> float:
    """By which share did the last doubling of the training raise what was remembered?"""
    less = found[SHORTER]
    [more] = [
        row
        for name, row in found.items()
        if name != SHORTER and all(row[key] == less[key] for key in ("parameters", "load"))
    ]
    return float(more["remembered bits"] / less["remembered bits"]) - 1


def _headline(plateaus: dict[int, float], doubling: float) -> str:
    each = ", ".join(f"{bits:.2f} ({size:,} parameters)" for size, bits in plateaus.items())
    return (
        f"A parameter remembers {fmean(plateaus.values()):.2f} bits on average over"
        f" {len(plateaus)} sizes: {each}; the last doubling of the training added {doubling:.1%}."
    )


def _draw(rows: list[dict[str, Any]], path: Path) -> Path:
    """Bits remembered against bits of the data, a line for each size of model."""
    figure, axes = blank("bits of the data", "bits remembered")
    sizes = sorted({row["parameters"] for row in rows})
    for colour, size in zip(COLOURS, sizes, strict=False):
        mine = [row for row in rows if row["parameters"] == size]
        mine.sort(key=lambda row: row["load"])
        across = [row["data bits"] for row in mine]
        kept = [row["remembered bits"] for row in mine]
        axes.plot(across, kept, color=colour, marker="o", label=f"{size:,} parameters")
        axes.axhline(PUBLISHED * size, color=colour, linestyle=":", linewidth=1)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log", base=2)
    return save(figure, path)
