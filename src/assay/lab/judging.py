"""Every case of a sealed suite, examined as any user would, and by three peers on the same numbers.

A worker sees one model at a time, its benchmarks and their recorded splits. Of what is true it
knows nothing: that is read when every verdict has been written.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import numpy as np

from assay.core.errors import ModelError
from assay.core.item import Item
from assay.core.settings import Plan
from assay.core.subject import Model, Reply, Request, ask
from assay.core.trial import Trial
from assay.examination.loop import carry_out
from assay.examination.prepare import prepare
from assay.lab.cases import BASE
from assay.lab.experiment import OnProgress
from assay.lab.mix import drawn
from assay.lab.peers import (
    LEVELS,
    dataset_inference,
    features,
    fixed_threshold,
    minkpp,
    permutation_test,
    swaps,
)
from assay.lab.suite import Suite, read_suite, read_truth
from assay.lab.sweep import sweep
from assay.lab.tally import ASSAY, Judged, Said
from assay.models.names import open_model
from assay.store import Ledger
from assay.verdict.calibrated import calibration_at

__all__ = ["MINKPP", "PEERS", "TERMS", "judge_suite"]

MINKPP = "Min-K%++"
PEERS = (MINKPP, *LEVELS)
TERMS = Plan(
    benchmark="",
    model="",
    instruments=("logprob",),
    alpha=0.02,
    tolerance=0.5,
    dose=16,
    full=True,  # clean is said after a full pass only
)
"""On which every case is examined: fixed before the suite was dealt."""


def judge_suite(
    folder: Path,
    out: Path | None = None,
    *,
    reference: bool = True,
    workers: int = 1,
    on_progress: OnProgress | None = None,
) -> tuple[Judged, ...]:
    """What do Assay and its peers say of every case, and what is true?

    Parameters
    ----------
    folder
        A suite, as `make_suite` wrote it.
    out
        Where verdicts are kept, so that a killed run goes on; a folder of the suite if None.
    reference
        Whether the clean base, which is older than the items, is there to compare with.
    workers
        Models judged at a time.

    Raises
    ------
    UsageError
        The suite is not whole, or not of this version.
    """
    suite = read_suite(folder)
    cells = {
        f"m{host:03d}": {
            "host": host,
            "reference": reference,
            "terms": TERMS.model_dump(mode="json"),
            "calibration": calibration_at(TERMS.calibration).digest,
            "cases": [case.model_dump() for case in cases],
            "suite": suite.files["truth.jsonl"],
        }
        for host, cases in groupby(suite.cases, key=lambda case: case.host)
    }
    work = partial(judge_host, folder=str(folder))
    out = out or folder / ("judging" if reference else "judging-alone")
    found = sweep(out, cells, work, workers=workers, on_progress=on_progress)
    return _told(folder, suite, [row for cell in found.values() for row in cell["cases"]])


def judge_host(cell: dict[str, Any], *, folder: str) -> dict[str, Any]:
    """Examine all benchmarks of one model, which is opened once."""
    place, host = Path(folder), f"m{cell['host']:03d}"
    model = open_model(f"local:{place / 'models' / host}", threads=1, device="cpu")
    reference = None
    if cell["reference"]:
        reference = open_model(f"local:{place / BASE}", threads=1, device="cpu")
    return {"cases": [judge_case(place, case, model, reference) for case in cell["cases"]]}


def judge_case(
    folder: Path, case: dict[str, Any], model: Model, reference: Model | None
) -> dict[str, Any]:
    """Examine one benchmark by the ordinary loop, then ask the peers of what it recorded."""
    began = time.monotonic()
    with TemporaryDirectory() as run:
        asked = {
            "benchmark": str(folder / "benchmarks" / f"{case['id']}.jsonl"),
            "model": model.name,
            "reference": reference.name if reference else None,
            "split": case["split"],
            "out": run,
        }
        plan = TERMS.model_copy(update=asked)
        with Ledger(Path(run)) as ledger:
            trial = prepare(plan, model=model, reference=reference)
            verdict = carry_out(trial, ledger, Path(run), lambda _: None)
            seconds = time.monotonic() - began
            peers = _peers(trial, ledger)
    return {
        "id": case["id"],
        "host": case["host"],
        "kind": case["kind"],
        "reference": reference is not None,
        "status": verdict.status.value,
        "e_value": max((total.e_value for total in verdict.totals), default=0.0),
        "scores": peers | {"seconds": round(seconds, 3)},
    }


def _peers(trial: Trial, ledger: Ledger) -> dict[str, float]:
    """Ask the peers: mean Min-K%++ score, and two p-values."""
    suspects = trial.subject.benchmark.items
    models = [trial.subject.model, trial.subject.reference]
    known = {
        model.digest: {item.id: _recorded(trial, ledger, model, item) for item in items}
        for model in models
        if model is not None
        for items in [(*suspects, *trial.controls)]
    }
    plain = known[trial.subject.model.digest]

    def table(items: Sequence[Item]) -> np.ndarray[Any, np.dtype[np.float64]]:
        return np.array(
            [_features(item, [one[item.id] for one in known.values()]) for item in items]
        )

    pairs = swaps([item.text for item in suspects])
    requests = [Request(kind="score", text=text) for pair in pairs for text in pair]
    replies = ask(trial.subject.model, requests)
    return {
        MINKPP: math.fsum(minkpp(plain[item.id]) for item in suspects) / len(suspects),
        "permutation": permutation_test(list(zip(replies[::2], replies[1::2], strict=True))),
        "dataset inference": dataset_inference(
            table(suspects), table(trial.controls), seed=drawn("halves", trial.claim)
        ),
    }


def _recorded(trial: Trial, ledger: Ledger, model: Model, item: Item) -> Reply:
    """Return what the examination recorded of an item: the peers look at the same numbers."""
    request = Request(kind="score", text=item.text, moments=True)
    reply = ledger.reply(trial.run, model.digest, request.digest)
    if reply is None or not reply.logprobs:
        raise ModelError(f"{model.name} did not score {item.id!r}: its window is too short")
    return reply


def _features(item: Item, replies: Sequence[Reply]) -> list[float]:
    """Lay the model's numbers and their differences to the reference's side by side."""
    own, *others = (features(item.text, reply) for reply in replies)
    return own + [a - b for other in others for a, b in zip(own, other, strict=True)]


def _told(folder: Path, suite: Suite, rows: Sequence[dict[str, Any]]) -> tuple[Judged, ...]:
    """Break the seal and lay truth beside the verdicts."""
    truth = read_truth(folder, suite)
    judged = []
    for row in rows:
        exposure, scores = truth[row["id"]], row["scores"]
        said: dict[str, Said] = {
            name: "flagged" if scores[name] < level else "clean" for name, level in LEVELS.items()
        }
        judged.append(
            Judged(
                id=row["id"],
                host=row["host"],
                kind=row["kind"],
                exposure=exposure.name if exposure else "",
                calibrated=exposure is not None and exposure.calibrated,
                reference=row["reference"],
                said={ASSAY: cast("Said", row["status"]), **said},
                e_value=row["e_value"],
                scores=scores,
            )
        )
    return tuple(with_thresholds(judged))


def with_thresholds(cases: Sequence[Judged]) -> list[Judged]:
    """Add what Min-K%++ says, by a threshold from the known benchmarks of the other kinds."""
    cuts = {}
    for kind in {case.kind for case in cases}:
        others = [case for case in cases if case.kind != kind] or cases
        cuts[kind] = fixed_threshold(
            np.array([case.scores[MINKPP] for case in others]),
            np.array([case.leaked for case in others]),
        )
    found = []
    for case in cases:
        says: Said = "flagged" if case.scores[MINKPP] > cuts[case.kind] else "clean"
        found.append(case.model_copy(update={"said": case.said | {MINKPP: says}}))
    return found
