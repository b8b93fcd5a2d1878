"""Cases whose inflation is known: what a model scores, and what models score that read others."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.item import Benchmark, Item
from assay.core.scores import Scores
from assay.core.settings import Plan
from assay.core.subject import Subject
from assay.core.trial import Trial
from assay.lab.answers import correct, option_losses
from assay.lab.experiment import OnProgress
from assay.lab.mix import drawn
from assay.lab.plant import Leak, Schedule, stream
from assay.lab.pretrained import pretrained, small
from assay.lab.sweep import sweep
from assay.lab.threads import alone
from assay.lab.versions import code_digest
from assay.lab.world import KINDS, benchmark, documents, sealed
from assay.models.scripted import ScriptedModel
from assay.nn.gpt import GPT
from assay.nn.save import load, save
from assay.nn.shape import Shape
from assay.nn.tokens import Tokens
from assay.nn.train import Recipe, train
from assay.verdict.correcting import corrected_score

__all__ = ["CHOICES", "Setting", "cases", "deal", "shape_of", "worlds_of"]

Setting = dict[str, Any]
Known = tuple[GPT, Tokens]
CHOICES = ("all", "chance", "easy", "hard")
"""Which items were exposed: every one; or a part, drawn by lot, or the easiest or hardest ones to
the clean base."""
ESTIMATORS = ("assay.verdict.correcting", "assay.stats.corrected")


def cases(
    setting: Setting, folder: Path, *, workers: int = 1, on_progress: OnProgress | None = None
) -> list[dict[str, Any]]:
    """Train the models of a setting; what is reported, corrected and true in every case?

    Parameters
    ----------
    setting
        As in the plan of `assay lab corrected`.
    folder
        Keeps the clean base, the hosts, and every host's cases as soon as they are there.
    workers
        Hosts trained at a time.

    Returns
    -------
    list of dict
        One a case: host, kind, copies, choice, and shares of right answers.
    """
    folder.mkdir(parents=True, exist_ok=True)
    base_of(setting, folder)
    versions = {name: code_digest(name) for name in ESTIMATORS}
    hosts = setting["hosts"]
    cells = {
        f"host-{host}": {"setting": setting, "host": host, "estimators": versions}
        for host in range(hosts)
    }
    work = partial(hosted, folder=str(folder))
    found = sweep(folder / "hosts", cells, work, workers=workers, on_progress=on_progress)
    rounds = {name: {"setting": setting, "host": cell["host"]} for name, cell in cells.items()}
    asked = partial(unexposed, folder=str(folder))
    true = sweep(folder / "unexposed", rounds, asked, workers=workers, on_progress=on_progress)
    return [
        case | {"true": share}
        for name, one in found.items()
        for case, share in zip(one["cases"], true[name]["shares"], strict=True)
    ]


def shape_of(setting: Setting) -> Shape:
    """Return the shape of all models; several items fit into one window."""
    return replace(small(setting["shape"]), context=setting["context"])


def base_of(setting: Setting, folder: Path) -> Known:
    """Return the clean base from which all models branch."""
    return pretrained(shape_of(setting), 0, folder / "base", steps=setting["lessons"])


def branched(setting: Setting, base: Known, leaks: Sequence[Leak], seed: str) -> GPT:
    """Go on training a copy of the base, on clean documents and what leaked."""
    model, tokens = GPT(base[0].shape), base[1]
    model.load_state_dict(base[0].state_dict())
    rows, steps = setting["rows_a_step"], setting["steps"]
    schedule = Schedule(
        steps=steps,
        batch=rows,
        context=model.shape.context,
        seed=drawn("corrected", seed),
    )
    recipe = Recipe(optimizer="muon", rate=setting["rate"])
    train(
        model, stream(tokens, documents(f"corrected:{seed}"), leaks, schedule), recipe, steps=steps
    )
    return model


def hosted(cell: dict[str, Any], *, folder: str) -> dict[str, Any]:
    """Train one model on the leaks of all its cases, keep it, and ask it."""
    setting, host = cell["setting"], cell["host"]
    base = base_of(setting, Path(folder))
    dealt, worlds = deal(setting, host), worlds_of(setting, host)
    exposed = [
        _exposed(one, world, base, setting["part"])
        for one, world in zip(dealt, worlds, strict=True)
    ]
    leaks = [
        Leak(some, one["copies"]) for one, some in zip(dealt, exposed, strict=True) if one["copies"]
    ]
    model = branched(setting, base, leaks, f"host:{host}")
    save(model, base[1], _kept(folder, host))
    rows = [
        one | {"host": host} | _asked(world, (model, base[1]), setting["siblings"])
        for one, world in zip(dealt, worlds, strict=True)
    ]
    return {"cases": rows}


def unexposed(cell: dict[str, Any], *, folder: str) -> dict[str, Any]:
    """What do other hosts score on the benchmarks of this one?

    They had the same training, with as many copies of other items: a model that read no copies at
    all is a better one, and would show its own ability as an inflation (docs/LOG.md).
    """
    setting, host = cell["setting"], cell["host"]
    others = [(host + step) % setting["hosts"] for step in range(1, 1 + setting["others"])]
    models = [load(_kept(folder, other)) for other in others]
    with alone():
        shares = [
            float(np.mean([correct(*model, world.items) for model in models]))
            for world in worlds_of(setting, host)
        ]
    return {"shares": shares}


def worlds_of(setting: Setting, host: int) -> list[Benchmark]:
    """Return the benchmarks of a host's cases, in order."""
    return [
        benchmark(one["kind"], f"corrected:turn:{host}:{place}", setting["items"])
        for place, one in enumerate(deal(setting, host))
    ]


def _kept(folder: str, host: int) -> Path:
    return Path(folder) / "models" / f"host-{host}"


def deal(setting: Setting, host: int) -> list[dict[str, Any]]:
    """Which cases does a host hold? Every dose in every choice, each kind of item in turn."""
    grid = [(0, "all")] * setting["clean"]
    grid += [
        (copies, choice)
        for _ in range(setting["rounds"])
        for choice in CHOICES
        for copies in setting["copies"]
    ]
    return [
        {"kind": KINDS[(place + host) % len(KINDS)], "copies": copies, "choice": choice}
        for place, (copies, choice) in enumerate(grid)
    ]


def _exposed(one: dict[str, Any], world: Benchmark, base: Known, part: float) -> tuple[Item, ...]:
    """Which items of a benchmark leak?"""
    if one["choice"] == "all":
        return world.items
    count = round(part * len(world.items))
    if one["choice"] == "chance":
        order = random.Random(world.name).sample(world.items, len(world.items))  # noqa: S311
    else:
        ease = _ease(world.items, base)
        sign = -1 if one["choice"] == "easy" else 1
        order = sorted(world.items, key=lambda item: sign * ease[item.id])
    return tuple(order[:count])


def _ease(items: Sequence[Item], base: Known) -> dict[str, float]:
    """By how many nats does the clean base prefer the answer to the best of the other options?"""
    found = {}
    for item, row in zip(items, option_losses(*base, items), strict=True):
        right = row[item.options.index(item.answer or "")]
        others = [loss for loss, o in zip(row, item.options, strict=True) if o != item.answer]
        found[item.id] = min(others) - right
    return found


def _asked(world: Benchmark, model: Known, siblings: int) -> dict[str, Any]:
    """What is reported, and what does the examination make of it?"""
    items = world.items
    said = correct(*model, items)
    variants = [sealed(item)[:siblings] for item in items]
    flat = iter(correct(*model, [one for some in variants for one in some]))
    scores = Scores(
        suspects={item.id: right for item, right in zip(items, said, strict=True)},
        siblings={
            item.id: tuple(next(flat) for _ in some)
            for item, some in zip(items, variants, strict=True)
        },
    )
    found = corrected_score(_trial(world, scores))
    if found is None or found.corrected is None or found.inflation is None:
        return {"why_not": list(found.why_not) if found else []}
    return {
        "reported": found.reported,
        "corrected": [found.corrected.value, found.corrected.low, found.corrected.high],
        "inflation": [found.inflation.value, found.inflation.low, found.inflation.high],
    }


def _trial(world: Benchmark, scores: Scores) -> Trial:
    """Say what an examination knows of a score; the estimate asks no model."""
    return Trial(
        plan=Plan(benchmark=world.name, model="the host"),
        subject=Subject(model=ScriptedModel(), benchmark=world),
        benchmark_digest="",
        controls=(),
        controls_kind="none",
        dealt=(),
        instruments=(),
        scores=scores,
        seed=0,
        run="",
        claim="",
    )
