"""How well does a model remember what it read once, twice, ... 128 times?"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from assay.core.errors import BadConfig
from assay.core.item import Canary
from assay.lab.canaries import SPACE, canaries, published, sightings
from assay.lab.experiment import SIZES, OnProgress, Outcome
from assay.lab.exposed import UNSEEN, Answers, answers, by_copies
from assay.lab.figure import COLOURS, blank, save
from assay.lab.plant import Leak, Schedule, stream
from assay.lab.pretrained import BATCH, LESSONS, RATE, VOCAB, small
from assay.lab.sweep import sweep
from assay.lab.world import documents
from assay.nn.gpt import GPT
from assay.nn.tokens import Tokens
from assay.nn.train import Recipe, train

__all__ = ["DOSES", "WINDOWS", "Exposure", "dealt", "planted"]

Cell = dict[str, Any]
DOSES = (2, 4, 8, 16, 32, 64, 128)
WINDOWS = {"early": (0.0, 1 / 3), "middle": (1 / 3, 2 / 3), "late": (2 / 3, 1.0)}
"""Parts of the training in which a canary is read once."""
KS_LEVEL = 0.01
BITS = math.log2(SPACE)
UNREAD = 1 / math.log(2)
"""Bits of exposure of a secret that was never read, on average: its rank is uniform."""


class Exposure:
    """How many bits of a secret does a model know after reading it so many times?"""

    name = "exposure"
    question = "how well is remembered what was read once?"
    reference = (
        "Carlini et al. 2019: exposure rises with insertions, and a secret can be extracted where"
        " it nears log2 of the space; Carlini et al. 2023: what is memorised grows linearly with"
        " the logarithm of repeats and of parameters"
    )

    def plan(self, size: str) -> dict[str, Any]:
        """What is run at this size, and what counts as success.

        Raises
        ------
        BadConfig
            No such size.
        """
        cells = cells_of(size)
        seeds = dict[str, list[int]]()
        for cell in cells.values():
            seeds.setdefault(cell["model"], []).append(cell["seed"])
        each = next(iter(cells.values()))
        return {
            "seeds_of_each_size": seeds,
            "parameters_with_embeddings": {name: small(name).parameters for name in seeds},
            "each_model": {name: each[name] for name in ("steps", "once", "dosed", "unseen")},
            "canaries": "three letters drawn from sixteen by a recorded seed (12 bits), each in a"
            " sentence of its own; planted 2, 4, ... 128 times over all of the training; once, in"
            " its first, second or last third; or never",
            "training": "from nothing, on clean documents of the made-up world, AdamW at a"
            " constant rate, one pass, no early stop",
            "measured": "exact rank among all 4,096 secrets, p = rank / 4096, greedy extraction",
            "intervals": "95 %, Student's t on one value a trained model",
            "success": "the interval of the bits that a doubling of the repeats adds lies above 0,"
            f" and unseen canaries have uniform p-values (Kolmogorov-Smirnov, p > {KS_LEVEL})",
        }

    def run(
        self, size: str, folder: Path, on_progress: OnProgress | None = None, workers: int = 1
    ) -> Outcome:
        """Train every model of the plan and rank its canaries."""
        found = sweep(folder, cells_of(size), planted, workers=workers, on_progress=on_progress)
        results = list(found.values())
        summary = answers(results)
        return Outcome(
            name=self.name,
            size=size,
            headline=_headline(summary, results[0]["tokens"]),
            table=summary.by_group,
            figure=_draw(results, folder / "figure.svg"),
            passed=summary.doubling.low > 0 and summary.uniform_p > KS_LEVEL,
            reference=self.reference,
        )


def _headline(summary: Answers, tokens: int) -> str:
    """Say the answer to the question of a single reading first."""
    said = (
        f"A secret of 12 bits that was read once among {tokens:,} tokens is known by"
        f" {summary.gained} bits more than one that was never read; an AUC of {summary.told} tells"
        f" the two apart ({summary.models} models). Twice the repeats add"
        f" {summary.doubling} bits and make {summary.doubling_extracted} of the secrets"
        " extractable"
    )
    if not math.isnan(summary.larger.value):  # there was more than one size
        said += (
            f"; twice the parameters add {summary.larger} bits and"
            f" {summary.larger_extracted} of the secrets"
        )
    return f"{said}. Never read: {summary.unseen} p-values, uniform with p {summary.uniform_p:.2f}."


def _draw(results: list[dict[str, Any]], path: Path) -> Path:
    """Exposure against repeats, a line for each size of model."""
    figure, axes = blank("times read", "exposure in bits")
    sizes = sorted({one["parameters"] for one in results})
    for colour, size in zip(COLOURS, sizes, strict=False):
        lines = [list(by_copies(one)) for one in results if one["parameters"] == size]
        copies = [point[0] for point in lines[0]]
        for line in lines:
            axes.plot(copies, [bits for _, bits, _ in line], color=colour, alpha=0.25, linewidth=1)
        mean = [sum(line[at][1] for line in lines) / len(lines) for at in range(len(copies))]
        axes.plot(copies, mean, color=colour, marker="o", label=f"{size:,} parameters")
    axes.axhline(UNREAD, color="#7a7f87", linestyle=":", label="never read")
    axes.set_xscale("log", base=2)
    axes.set_ylim(0, 1.04 * BITS)
    return save(figure, path)


def cells_of(size: str) -> dict[str, Cell]:
    """Which models are trained, and on how many canaries of each sort?"""
    if size not in SIZES:
        msg = f"--size {size!r}: exposure has the sizes tiny and full"
        raise BadConfig(f"{msg}\n  next: assay lab exposure --size tiny")
    groups = {"once": 20, "dosed": 8, "unseen": 64}
    if size == "tiny":
        few = {"steps": 200, "once": 12, "dosed": 4, "unseen": 40}
        return {f"nano-{seed}": {"model": "nano", "seed": seed, **few} for seed in range(3)}
    # No two models share a seed: else canaries would be counted twice.
    return {
        f"{model}-{seed}": {"model": model, "seed": seed, "steps": 400, **groups}
        for seed, model in enumerate(("nano", "tiny", "small") * 3)
    }


def planted(cell: Cell) -> dict[str, Any]:
    """Train one model from nothing on clean documents and canaries; rank all of them.

    Returns
    -------
    dict
        Parameters, tokens read, and by group the copies, ranks and extractions of its canaries.
    """
    torch.set_num_threads(1)
    shape = small(cell["model"])
    tokens = Tokens.bpe(islice(documents("tokens"), LESSONS), VOCAB)
    groups = {name: (leak, drawn) for name, leak, drawn in dealt(cell)}
    schedule = Schedule(steps=cell["steps"], batch=BATCH, context=shape.context, seed=cell["seed"])
    leaks = [leak for leak, _ in groups.values()]
    rows = stream(tokens, documents(f"exposure:{cell['seed']}"), leaks, schedule)
    model = GPT(shape, cell["seed"])
    # A constant rate: what is read last is not read at a rate of nothing.
    recipe = Recipe(rate=RATE, decay="constant", seed=cell["seed"])
    train(model, rows, recipe, steps=schedule.steps)
    found = {name: list(sightings(model, tokens, drawn)) for name, (_, drawn) in groups.items()}
    return {
        "parameters": shape.parameters,
        "tokens": schedule.rows * shape.context,
        "groups": {
            name: {
                "copies": groups[name][0].copies,
                "ranks": [one.rank for one in seen],
                "extracted": [one.extracted for one in seen],
            }
            for name, seen in found.items()
        },
    }


def dealt(cell: Cell) -> Iterator[tuple[str, Leak, list[Canary]]]:
    """Deal canaries of one draw to those never planted, planted once, and planted often.

    All are drawn by one act before any is dealt: what is never planted differs in nothing else.
    """
    wanted = [(UNSEEN, cell["unseen"], 0, (0.0, 1.0))]
    wanted += [(name, cell["once"], 1, window) for name, window in WINDOWS.items()]
    wanted += [(f"x{copies}", cell["dosed"], copies, (0.0, 1.0)) for copies in DOSES]
    drawn = iter(canaries(f"exposure:{cell['seed']}", sum(count for _, count, _, _ in wanted)))
    for name, count, copies, (start, end) in wanted:
        mine = list(islice(drawn, count))
        texts = [published(one) for one in mine]
        yield name, Leak(items=texts, copies=copies, start=start, end=end), mine
