"""Runs of a model that favours neither half, through the real loop.

The model is the same in all of them; the split, the order of dealing and the faults are drawn
anew. What is fixed before a run is fixed here as `prepare` does it, which would read the same file
and the same packages a thousand times.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.faults.spoiled import Spoiled
from tests.faults.worlds import stories, written

from assay.core.evidence import Stop, Total
from assay.core.settings import Plan
from assay.core.subject import Reply, Unit
from assay.core.trial import Trial
from assay.examination.loop import Sitting, measure
from assay.examination.prepare import prepare
from assay.formats.splits import split
from assay.models.scripted import ScriptedModel
from assay.store import Ledger
from assay.verdict import totals

__all__ = ["ITEMS", "Runs", "Sat"]

ITEMS = stories(40, seed=1)
KNOWS = tuple(item.text for item in ITEMS[::4])
"""The model has read one item in four; in which half they come to lie, the split decides."""
KNOWN: dict[str, Reply] = {}
"""What the model would say, whatever the run: it is asked once."""
FEW = {"recall.prefix.cuts": "2"}
"""It asks as often as it has places to cut a text at; what is tested holds for any number."""
Sat = tuple[tuple[Total, ...], Stop]
"""What a sitting came to."""


@dataclass(kw_only=True)
class Runs:
    """Many runs under one fault.

    Parameters
    ----------
    spoil
        What befalls the model: parameters of `Spoiled`.
    instruments
        Which.
    sittings
        How often the same command is given; the faults of each are drawn anew.
    budget
        As of the plan.
    leaked
        Whether the model has read the suspects, and them alone.
    """

    spoil: dict[str, Any] = field(default_factory=dict)
    instruments: tuple[str, ...] = ("continues", "logprob.loss", "logprob.zlib")
    sittings: int = 1
    budget: str = ""
    leaked: bool = False

    def carried_out(self, seeds: range) -> Iterator[list[Sat]]:
        """Carry out one run a seed; what each of its sittings came to."""
        for seed in seeds:
            with tempfile.TemporaryDirectory() as out, Ledger(Path(out)) as ledger:
                trial, model = self.dealt(seed)
                yield [self._sat(trial, model, ledger, n) for n in range(self.sittings)]

    def _sat(self, trial: Trial, model: Spoiled, ledger: Ledger, number: int) -> Sat:
        model.seed, model.asked = 1000 * trial.seed + number, 0
        board, stop = measure(Sitting(trial=trial, ledger=ledger, tell=lambda _: None))
        return totals(trial, board), stop

    def dealt(self, seed: int) -> tuple[Trial, Spoiled]:
        """Split and shuffle anew, with a model that knows nothing of it."""
        suspects, controls = split(ITEMS, seed)
        published = self._prepared.subject.benchmark.model_copy(update={"items": suspects})
        units = [Unit(id=item.id, item=item) for item in ITEMS]
        random.Random(seed).shuffle(units)  # noqa: S311 - repeatable, not secret
        texts = tuple(item.text for item in suspects)
        model = replace(self._model, is_suspect=lambda text: any(t.startswith(text) for t in texts))
        if self.leaked:
            model.inner, model.known = ScriptedModel(seed=5, knows=texts, strength=0.7), {}
        trial = replace(
            self._prepared,
            subject=replace(self._prepared.subject, benchmark=published, model=model),
            controls=controls,
            dealt=tuple(units),
            seed=seed,
        )
        return trial, model

    @cached_property
    def _model(self) -> Spoiled:
        inner = ScriptedModel(seed=5, knows=KNOWS, strength=0.7)
        return Spoiled(inner=inner, known=KNOWN, **self.spoil)

    @cached_property
    def _prepared(self) -> Trial:
        with tempfile.TemporaryDirectory() as folder:
            path = written(Path(folder), ITEMS)
            plan = Plan(
                benchmark=str(path),
                model="scripted:clean",
                split=0,
                instruments=self.instruments,
                parameters=FEW if "recall.prefix" in self.instruments else {},
                budget=self.budget,
                full=True,
                chunk=20,
            )
            return prepare(plan, model=self._model)
