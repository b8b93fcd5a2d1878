"""What do instruments see that only read what a model writes, beside those that read its numbers?

    python bench/blackbox_power.py FOLDER INSTRUMENTS SEED=MODEL [SEED=MODEL ...]

For each pair one full examination of HumanEval, split by SEED, of MODEL ("smollm2",
"local:...", or "inspect:...,base_url=..."), against the untouched SmolLM2. INSTRUMENTS have commas
between them: "recall.prefix,mask,peaked", "logprob". Two black-box totals are made of what was
measured: "against" the reference (`recall.prefix.ref` alone: where there is a reference, the
differences to it are bet on), and "alone" (`recall.prefix`, `mask` and `peaked` in one bet, as in
a run without a reference).
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from assay.core.evidence import Total
from assay.core.settings import Plan
from assay.core.subject import Model
from assay.core.trial import Trial, missing_need
from assay.examination.loop import Sitting, measure
from assay.examination.prepare import prepare
from assay.lab.remembering import remembering
from assay.models.names import open_model
from assay.stats.intervals import auc
from assay.store import Ledger
from assay.verdict import Board, totals

REFERENCE = "smollm2"
ALPHA = 0.01
BLACK_BOX = ("recall.prefix", "mask", "peaked")
AGAINST = ("recall.prefix.ref",)


def only(trial: Trial, names: Sequence[str], *, reference: bool) -> Trial:
    """Return the trial as if it had been planned with these instruments alone."""
    chosen = tuple(i for i in trial.running if i.id in names)
    subject = trial.subject if reference else replace(trial.subject, reference=None)
    return replace(trial, instruments=chosen, subject=subject)


def area(trial: Trial, board: Board, name: str) -> float:
    """How often does a suspect score higher than a control? Ties count half."""
    units = [u.id for u in trial.dealt]
    scores = board.scores(name, units)
    suspect = np.array([u in trial.suspect_ids for u in units])
    there = np.isfinite(scores)
    sides = scores[suspect & there], scores[~suspect & there]
    return round(auc(*sides), 3) if all(map(len, sides)) else 0.5


def row(total: Total) -> dict[str, object]:
    """Return a verdict's figures: e-value, and after how many items it would have stopped."""
    line = np.log(total.needed)
    stops = next((i + 1 for i, x in enumerate(total.path) if x >= line), None)
    return {"log10 e": round(float(total.path[-1] / np.log(10)), 2), "stops at": stops}


def opened(name: str) -> tuple[Model, str]:
    """Open "smollm2", "local:FOLDER" or "inspect:...,base_url=http://..."."""
    spec, *arguments = name.split(",")
    given = dict(a.split("=", 1) for a in arguments)
    return open_model(spec, threads=1, arguments=given), spec


def prepared(seed: int, name: str, reference: Model, names: Sequence[str]) -> Trial:
    """Prepare an examination of HumanEval, split by this seed, with exactly these instruments."""
    model, spec = opened(name)
    plan = Plan(
        benchmark="humaneval",
        model=spec,
        split=seed,
        full=True,
        alpha=ALPHA,
        allow_disclosure=True,
        instruments=tuple(names),
    )
    trial = prepare(plan, model=model)
    subject = replace(trial.subject, reference=reference)
    reasons = {i.id: missing_need(i.needs, subject) for i in trial.instruments}
    blocked = {name: reason for name, reason in reasons.items() if reason}
    return replace(trial, subject=subject, blocked=blocked)


def examined(folder: Path, trial: Trial) -> dict[str, object]:
    """Examine one model; return its row."""
    started = time.process_time()
    place = re.sub(r"\W+", "-", f"{trial.plan.split} {trial.plan.model}")
    with Ledger(folder / place) as ledger:
        board, _ = measure(Sitting(trial=trial, ledger=ledger, tell=lambda _: None))
        calls = {k: c.calls for k, c in ledger.costs(trial.run).items()}
    units = [u.id for u in trial.dealt]
    found: dict[str, object] = {
        "seed": trial.plan.split,
        "model": trial.plan.model,
        "seconds": round(time.process_time() - started),
        "calls": calls,
        "auc": {i.id: area(trial, board, i.id) for i in trial.running},
    }
    for label, names, beside in (("against", AGAINST, True), ("alone", BLACK_BOX, False)):
        if set(names) & {i.id for i in trial.running}:
            (total,) = totals(only(trial, names, reference=beside), board)
            found[label] = row(total)
    found["suspect"] = [u in trial.suspect_ids for u in units]
    found["scores"] = {i.id: board.scores(i.id, units).tolist() for i in trial.running}
    return found


def main(folder: Path, names: Sequence[str], pairs: Sequence[str]) -> None:
    """Print a line a model; the scores go to FOLDER/rows.jsonl."""
    folder.mkdir(parents=True, exist_ok=True)
    reference = remembering(opened(REFERENCE)[0])
    for pair in pairs:
        seed, _, name = pair.partition("=")
        # A reference under another name than the examined one, where they are the same weights.
        found = examined(folder, prepared(int(seed), name, reference, names))
        with (folder / "rows.jsonl").open("a") as out:
            out.write(f"{json.dumps(found)}\n")
        shown = {k: v for k, v in found.items() if k not in {"suspect", "scores"}}
        print(json.dumps(shown), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2].split(","), sys.argv[3:])
