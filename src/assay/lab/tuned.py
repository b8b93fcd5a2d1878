"""One model fine-tuned on half of one benchmark, and what is measured of it after each epoch."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, cast

import torch

from assay.core.errors import BadFormat
from assay.core.evidence import Finding, Verdict
from assay.core.settings import Plan
from assay.core.subject import Model
from assay.examination import load_run
from assay.examination.loop import carry_out
from assay.examination.prepare import prepare
from assay.formats.benchmarks import open_benchmark
from assay.formats.splits import split
from assay.formats.writing import write_items
from assay.lab.pretrained import pretrained, small
from assay.lab.remembering import remembering
from assay.lab.tuning import Tuning, tune
from assay.lab.verbatim import recited
from assay.lab.world import KINDS, benchmark
from assay.models.local import LocalModel
from assay.models.names import open_model
from assay.stats.intervals import auc, auc_interval
from assay.store import Ledger
from assay.store.files import write_whole

__all__ = ["tuned"]

Cell = dict[str, Any]
Row = dict[str, Any]
ROWS = "rows.json"
HELD_BACK = 20
"""Held-back items that are recited too: what a model writes without having read it."""
STEPS = 250
"""Batches that a made-up world's model reads before it is fine-tuned: it must end in seconds."""


def tuned(cell: Cell, *, folder: str) -> dict[str, list[Row]]:
    """Fine-tune one model and measure it after each epoch that the cell names.

    Rows that are measured stand in the folder; a killed cell goes on behind the last of them.

    Parameters
    ----------
    cell
        `name`, `model`, `benchmark`, `rate`, `seed`, `epochs` and `tail` (tokens to be recited);
        for a model of the lab also `items`.
    folder
        Under which the cell's own folder lies.

    Returns
    -------
    dict
        "rows": one row for the untouched model, epoch 0, and one for each epoch.
    """
    torch.set_num_threads(1)
    place = Path(folder) / cell["name"]
    place.mkdir(parents=True, exist_ok=True)
    rows = _read(place / ROWS)
    wanted = {0, *cell["epochs"]} - {row["epoch"] for row in rows}
    if wanted:
        spec, bench = _subject(cell, place)
        _measure(cell, place, (spec, bench), rows)
    return {"rows": rows}


def _measure(cell: Cell, place: Path, subject: tuple[str, str], rows: list[Row]) -> None:
    """Add the rows that are missing, each to the file as soon as it is there."""
    spec, bench = subject
    done = {row["epoch"] for row in rows}
    untouched = _local(spec)
    older = remembering(untouched)
    if 0 not in done:
        plan = _plan(cell, bench, spec, place / "run-0")
        rows.append({"epoch": 0, **_row(cell, plan, (untouched, older), None)})
        write_whole(place / ROWS, [json.dumps(rows, indent=1)])
    items, _ = split(open_benchmark(bench).items, cell["seed"])
    texts, tuning = [i.text for i in items], Tuning(rate=cell["rate"], seed=cell["seed"])
    model = _local(spec)
    for epoch in tune(model, texts, place, tuning, epochs=max(cell["epochs"])):
        if epoch in done or epoch not in cell["epochs"]:
            continue
        saved = place / f"epoch-{epoch}"
        model.save(saved)
        trained = _local(f"local:{saved}")
        plan = _plan(cell, bench, trained.name, place / f"run-{epoch}", reference=spec)
        rows.append({"epoch": epoch, **_row(cell, plan, (trained, trained), older)})
        write_whole(place / ROWS, [json.dumps(rows, indent=1)])


def _subject(cell: Cell, place: Path) -> tuple[str, str]:
    """Return the names of model and benchmark; those of the made-up world are made first."""
    if cell["benchmark"] not in KINDS:
        return cell["model"], cell["benchmark"]
    base, file = place / "base", place / "benchmark.jsonl"
    pretrained(small(cell["model"]), cell["seed"], base, steps=STEPS)
    made = benchmark(cell["benchmark"], f"finetune:{cell['seed']}", cell["items"], siblings=0)
    write_items(file, made.items)
    return f"local:{base}", str(file)


def _plan(cell: Cell, bench: str, model: str, out: Path, *, reference: str | None = None) -> Plan:
    return Plan(
        benchmark=bench,
        model=model,
        reference=reference,
        split=cell["seed"],
        instruments=("logprob",),
        out=str(out),
        alpha=0.01,
        full=True,
    )


def _row(cell: Cell, plan: Plan, model: tuple[LocalModel, Model], reference: Model | None) -> Row:
    """Examine a model, and let it recite the texts.

    Parameters
    ----------
    cell
        For the seed of the split and the length of what is recited.
    plan
        Of the examination.
    model
        The examined one twice: as it stands, and as it is asked (with a memory, or not).
    reference
        Older than the items; None for the untouched model itself.
    """
    itself, asked = model
    out = Path(str(plan.out))
    with Ledger(out) as ledger:
        trial = prepare(plan, model=asked, reference=reference)
        verdict = carry_out(trial, ledger, out, lambda _: None)
    suspects, controls = split(open_benchmark(plan.benchmark).items, cell["seed"])
    return {
        "auc": _aucs(out),
        **_verdict(verdict),
        "recited": recited(itself, [i.text for i in suspects], cell["tail"]),
        "recited_unseen": recited(itself, [i.text for i in controls[:HELD_BACK]], cell["tail"]),
    }


def _verdict(verdict: Verdict) -> Row:
    """Return what the examination says, and when it could have stopped."""
    total = verdict.totals[0]
    line = math.log(total.needed)
    stops = next((at for at, x in enumerate(total.path, start=1) if x >= line), None)
    last = total.path[-1] / math.log(10) if total.path else 0.0
    return {"verdict": verdict.status.value, "log10_e": last, "stops_at": stops}


def _aucs(out: Path) -> dict[str, list[float]]:
    """Return AUC with its 95 % interval for each score of a run: trained half against the other."""
    scores = dict[str, dict[str, list[float]]]()
    for record in load_run(out)[1]:
        if isinstance(record, Finding) and record.score is not None:
            sides = scores.setdefault(record.instrument, {"suspect": [], "control": []})
            sides[record.role].append(record.score)
    pairs = {name: (sides["suspect"], sides["control"]) for name, sides in scores.items()}
    return {name: [auc(*pair), *auc_interval(*pair)] for name, pair in pairs.items()}


def _local(spec: str) -> LocalModel:
    return cast("LocalModel", open_model(spec, threads=1, device="cpu"))


def _read(path: Path) -> list[Row]:
    if not path.is_file():
        return []
    try:
        rows: list[Row] = json.loads(path.read_bytes())
    except ValueError as error:
        raise BadFormat(str(path), None, f"not JSON: {error}", f"rm {path}") from error
    return rows
