"""Models whose contamination is known: one trained model hosts many leaked and clean benchmarks.

Half of every benchmark's items were held back by a recorded split, so that suspects and controls
differ in nothing but what training saw. Benchmark files carry neither sealed siblings nor
certificates: they are what an evaluator has of a benchmark whose author planted nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import torch

from assay.core.item import Item
from assay.formats.splits import split
from assay.formats.writing import write_items
from assay.lab.experiment import OnProgress
from assay.lab.mix import Dealt, Exposure, Mix, chosen, deal, joined
from assay.lab.plant import Leak, Schedule, stream
from assay.lab.pretrained import pretrained, small
from assay.lab.sweep import sweep
from assay.lab.world import benchmark, documents
from assay.nn.gpt import GPT
from assay.nn.save import save
from assay.nn.tokens import Tokens
from assay.nn.train import Recipe, train

__all__ = ["BASE", "Case", "cases_of", "items_of", "leak_of", "make_models"]

BASE = "reference"
"""The folder of the clean model from which all branch: it predates every item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One question with a known answer: was this benchmark in this model's training?"""

    id: str
    model: Path
    """Folder of the trained model; `local:` opens it."""
    reference: Path
    """Folder of the clean base, which is older than the items."""
    benchmark: Path
    split: int
    kind: str
    exposure: Exposure | None
    """How it was leaked; None where it was not."""

    @property
    def truth(self) -> bool:
        """Was any of the suspects in the training data, in any form?"""
        return self.exposure is not None

    @property
    def copies(self) -> int:
        """How often each leaked item was seen; 0 in a clean case."""
        return self.exposure.copies if self.exposure else 0

    @property
    def share(self) -> float:
        """Share of the suspects that was leaked; 0 in a clean case."""
        return self.exposure.share if self.exposure else 0.0


def cases_of(mix: Mix, seed: str, folder: Path) -> tuple[Case, ...]:
    """Which cases does a mix make, and where do they lie? Nothing is opened."""
    return tuple(
        Case(
            id=dealt.id,
            model=folder / "models" / f"m{dealt.host:03d}",
            reference=folder / BASE,
            benchmark=folder / "benchmarks" / f"{dealt.id}.jsonl",
            split=dealt.split,
            kind=dealt.kind,
            exposure=dealt.exposure,
        )
        for dealt in deal(mix, seed)
    )


def make_models(
    mix: Mix,
    seed: str,
    folder: Path,
    *,
    workers: int = 1,
    on_progress: OnProgress | None = None,
) -> tuple[Case, ...]:
    """Train the models of a mix and write the benchmarks of its cases.

    A killed run goes on with the models that are missing.

    Parameters
    ----------
    mix, seed
        What is dealt.
    folder
        Where it lies: `reference`, `models`, `benchmarks`, and what the sweep keeps.
    workers
        Models trained at a time, one thread each.

    Raises
    ------
    BadConfig
        The folder holds models of another mix, seed or version of the code.
    """
    hosts = [list(group) for _, group in groupby(deal(mix, seed), key=lambda dealt: dealt.host)]
    cells = {
        f"m{host[0].host:03d}": {
            "mix": mix.model_dump(mode="json"),
            "cases": [dealt.model_dump(mode="json") for dealt in host],
        }
        for host in hosts
    }
    (folder / "benchmarks").mkdir(parents=True, exist_ok=True)
    base_of(mix, folder)
    work = partial(train_host, folder=str(folder))
    sweep(folder / "training", cells, work, workers=workers, on_progress=on_progress)
    return cases_of(mix, seed, folder)


def base_of(mix: Mix, folder: Path) -> tuple[GPT, Tokens]:
    """Return the clean base, trained once and kept in the folder."""
    shape = replace(small(mix.shape), context=mix.context)
    return pretrained(shape, 0, folder / BASE, steps=mix.lessons)


def train_host(cell: dict[str, Any], *, folder: str) -> dict[str, Any]:
    """Train one model on clean documents, with its leaks among them, and save it."""
    torch.set_num_threads(1)
    mix = Mix.model_validate(cell["mix"])
    cases = [Dealt.model_validate(row) for row in cell["cases"]]
    network, tokens = base_of(mix, Path(folder))
    leaks: list[Leak] = []
    for dealt in cases:
        items = items_of(dealt, mix)
        write_items(Path(folder) / "benchmarks" / f"{dealt.id}.jsonl", items)
        leaks += leak_of(dealt, items)
    branch(network, tokens, leaks, mix, cases[0].world)
    save(network, tokens, Path(folder) / "models" / f"m{cases[0].host:03d}")
    return {"cases": len(cases), "planted": sum(leak.copies * len(leak.items) for leak in leaks)}


def branch(network: GPT, tokens: Tokens, leaks: Sequence[Leak], mix: Mix, seed: int) -> None:
    """Go on training the base itself on new clean documents, with the leaks among them."""
    schedule = Schedule(steps=mix.steps, batch=mix.rows, context=mix.context, seed=seed)
    batches = stream(tokens, documents(f"host:{seed}"), leaks, schedule)
    recipe = Recipe(optimizer="muon", rate=mix.rate, seed=seed)
    train(network, batches, recipe, steps=mix.steps)


def items_of(dealt: Dealt, mix: Mix) -> tuple[Item, ...]:
    """Return the items of a case, without what only their author would have."""
    return benchmark(dealt.kind, dealt.world, mix.items, siblings=0).items


def leak_of(dealt: Dealt, items: Sequence[Item]) -> Iterator[Leak]:
    """Say what of a case is planted: nothing, or one leak of some of the suspects."""
    exposure = dealt.exposure
    if exposure is None:
        return
    suspects, _ = split(items, dealt.split)
    yield Leak(
        items=joined(chosen(exposure, suspects, dealt.world), exposure.together),
        copies=exposure.copies,
        route=exposure.route,
        start=exposure.start,
        end=exposure.end,
    )
