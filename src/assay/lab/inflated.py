"""Cases whose inflation is known: what a model scores, and what its clean twins score."""

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

__all__ = ["CHOICES", "Setting", "cases", "deal", "shape_of"]

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
        Keeps the clean base, its clean twins, and every host's cases as soon as they are there.
    workers
        Hosts trained at a time.

    Returns
    -------
    list of dict
        One a case: host, kind, copies, choice, and shares of right answers.
    """
    folder.mkdir(parents=True, exist_ok=True)
    base = base_of(setting, folder)
    for number in range(setting["twins"]):
        twin(setting, base, folder, number)
    versions = {name: code_digest(name) for name in ESTIMATORS}
    cells = {
        f"host-{host}": {"setting": setting, "host": host, "estimators": versions}
        for host in range(setting["hosts"])
    }
    work = partial(hosted, folder=str(folder))
    found = sweep(folder / "hosts", cells, work, workers=workers, on_progress=on_progress)
    return [case for one in found.values() for case in one["cases"]]


def shape_of(setting: Setting) -> Shape:
    """Return the shape of all models; several items fit into one window."""
    return replace(small(setting["shape"]), context=setting["context"])


def base_of(setting: Setting, folder: Path) -> Known:
    """Return the clean base from which all models branch."""
    return pretrained(shape_of(setting), 0, folder / "base", steps=setting["lessons"])


def twin(setting: Setting, base: Known, folder: Path, number: int) -> GPT:
    """Return a model that had the hosts' training without any leak, trained once."""
    path = folder / f"twin-{number}"
    if path.exists():
        return load(path)[0]
    with alone():
        model = branched(setting, base, [], f"twin:{number}")
    save(model, base[1], path)
    return model


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
    """Train one model on the leaks of all its cases, and ask it and its twins."""
    setting, host = cell["setting"], cell["host"]
    base = base_of(setting, Path(folder))
    dealt = deal(setting, host)
    worlds = [
        benchmark(one["kind"], f"corrected:{host}:{place}", setting["items"])
        for place, one in enumerate(dealt)
    ]
    exposed = [
        _exposed(one, world, base, setting["part"])
        for one, world in zip(dealt, worlds, strict=True)
    ]
    leaks = [
        Leak(some, one["copies"]) for one, some in zip(dealt, exposed, strict=True) if one["copies"]
    ]
    model = branched(setting, base, leaks, f"host:{host}")
    twins = [twin(setting, base, Path(folder), n) for n in range(setting["twins"])]
    rows = [
        one | {"host": host} | _asked(world, (model, base[1]), twins, setting["siblings"])
        for one, world in zip(dealt, worlds, strict=True)
    ]
    return {"cases": rows}


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


def _asked(world: Benchmark, model: Known, twins: Sequence[GPT], siblings: int) -> dict[str, Any]:
    """What is reported, what does the examination make of it, and what would be true?"""
    tokens, items = model[1], world.items
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
        "true": float(np.mean([correct(one, tokens, items) for one in twins])),
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
