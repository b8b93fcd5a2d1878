"""What every instrument says of cases whose truth is known, by the loop that everybody comes by."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict

from assay.catalog import ids
from assay.core.instrument import Scope
from assay.core.settings import Plan
from assay.core.subject import Cost, Model
from assay.core.trial import Trial
from assay.examination.loop import Sitting, measure
from assay.examination.prepare import prepare
from assay.lab.cases import Case
from assay.lab.experiment import OnProgress
from assay.lab.sweep import sweep
from assay.models.names import open_model
from assay.store import Ledger
from assay.verdict import Board

__all__ = ["Scored", "score_cases"]

LIKELIHOODS = ("logprob",)
WHOLE = 1_000_000
"""A chunk that holds any benchmark: nothing stops early, so nothing is looked at between chunks."""
Sides = tuple[tuple[float | None, ...], tuple[float | None, ...]]


class Scored(BaseModel):
    """The scores of one case, by instrument: of its suspects, and of its controls."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    model: str
    parameters: int
    dose: int
    """0 where it is clean."""
    tokens: int
    """Median length of an item."""
    scores: dict[str, Sides]
    versions: dict[str, int]
    costs: dict[str, Cost]

    @property
    def items(self) -> int:
        """How many items are on the smaller side."""
        return min(min(map(len, sides)) for sides in self.scores.values())

    def table(self, columns: Sequence[str]) -> tuple[Any, Any]:
        """Return the scores of suspects and of controls, shapes (m, d) and (n, d)."""
        sides = [self.scores[column] for column in columns]
        above, below = (np.array([one[k] for one in sides], dtype=float).T for k in (0, 1))
        return above, below


def score_cases(
    cases: Sequence[Case],
    folder: Path,
    *,
    broad: int,
    workers: int = 1,
    on_progress: OnProgress | None = None,
) -> tuple[Scored, ...]:
    """Score every item of every case, by all instruments that can run on it.

    Parameters
    ----------
    cases
        Trained and written, those of one model behind each other.
    folder
        Where scores are kept, so that a killed run goes on.
    broad
        So many of the models are asked by every instrument, the others for likelihoods.
    workers
        Models at a time.
    """
    hosts = [list(group) for _, group in groupby(cases, key=lambda case: case.model)]
    cells = {
        host[0].model.name: {
            # One by one: what log-probabilities make needless runs when it is asked for.
            "instruments": list(ids()) if number < broad else list(LIKELIHOODS),
            "cases": [_told(case) for case in host],
        }
        for number, host in enumerate(hosts)
    }
    work = partial(score_host, folder=str(folder.parent))
    found = sweep(folder, cells, work, workers=workers, on_progress=on_progress)
    return tuple(Scored.model_validate(row) for cell in found.values() for row in cell["cases"])


def _told(case: Case) -> dict[str, Any]:
    """Write down what of a case is needed to score it, wherever its folder lies."""
    return {
        "id": case.id,
        "model": case.model.name,
        "reference": case.reference.name,
        "split": case.split,
        "dose": case.copies,
    }


def score_host(cell: dict[str, Any], *, folder: str) -> dict[str, Any]:
    """Score the cases of one model, which is opened once."""
    torch.set_num_threads(1)
    place, rows = Path(folder), cell["cases"]
    model = open_model(f"local:{place / 'models' / rows[0]['model']}", threads=1, device="cpu")
    older = open_model(f"local:{place / rows[0]['reference']}", threads=1, device="cpu")
    found = (score_case(place, row, (model, older), cell["instruments"]) for row in rows)
    return {"cases": [one.model_dump(mode="json") for one in found]}


def score_case(
    folder: Path, row: dict[str, Any], models: tuple[Model, Model], instruments: Sequence[str]
) -> Scored:
    """Measure one case whole, from the recorded split to the scores."""
    with TemporaryDirectory() as run:
        plan = Plan(
            benchmark=str(folder / "benchmarks" / f"{row['id']}.jsonl"),
            model=models[0].name,
            reference=models[1].name,
            split=row["split"],
            instruments=tuple(instruments),
            full=True,
            chunk=WHOLE,
            out=run,
        )
        with Ledger(Path(run)) as ledger:
            trial = prepare(plan, model=models[0], reference=models[1])
            ledger.begin(trial.run, trial.claim)
            board, _ = measure(Sitting(trial=trial, ledger=ledger, tell=lambda _: None))
            costs = ledger.costs(trial.run)
    scores = dict(_scores(trial, board))
    return Scored(
        id=row["id"],
        model=row["model"],
        parameters=models[0].parameters,
        dose=row["dose"],
        tokens=_tokens(board),
        scores=scores,
        versions={i.id: i.version for i in trial.running if i.id in scores},
        costs={name: costs.get(name, Cost()) for name in scores},
    )


def _scores(trial: Trial, board: Board) -> Iterator[tuple[str, Sides]]:
    """Yield what scored every second item at least, on either side."""
    ids = sorted(trial.suspect_ids), sorted(item.id for item in trial.controls)
    for instrument in trial.running:
        if instrument.scope is not Scope.UNIT:
            continue
        above, below = (board.scores(instrument.id, side) for side in ids)
        if min(np.isfinite(above).mean(), np.isfinite(below).mean()) > 0.5:
            yield instrument.id, (_plain(above), _plain(below))


def _plain(values: Any) -> tuple[float | None, ...]:  # noqa: ANN401 - an array of scores
    return tuple(None if math.isnan(value) else float(value) for value in values)


def _tokens(board: Board) -> int:
    counts = [
        outcome.detail["tokens"]
        for outcome in board.of("logprob.loss")
        if outcome.record == "finding" and "tokens" in outcome.detail
    ]
    return int(np.median([int(str(count)) for count in counts]))
