"""The run's folder: what stands in it, and reading it again."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from assay.core.errors import BadFormat, UsageError
from assay.core.evidence import Abstention, Evidence, Finding, Verdict
from assay.core.settings import Plan
from assay.core.trial import Trial
from assay.examination.provenance import provenance_of
from assay.store import write_whole
from assay.verdict import Board

__all__ = ["folder_of", "load_run", "write_run"]

Record = Finding | Abstention | Evidence
LINE: TypeAdapter[Record] = TypeAdapter(Record)


def folder_of(plan: Plan) -> Path:
    """Return the run's folder: as given, or named after benchmark and model.

    Reruns of a claim land in one folder, so that its ledger can count them.
    """
    if plan.out:
        return Path(plan.out)
    names = (plan.benchmark, plan.model)
    clean = (re.sub(r"[^A-Za-z0-9._-]+", "-", Path(n).name).strip("-.")[:40] for n in names)
    mark = hashlib.sha256("\n".join(names).encode("utf-8", "surrogatepass")).hexdigest()[:6]
    return Path("runs") / "-".join([*filter(None, clean), mark])


def write_run(folder: Path, trial: Trial, board: Board, verdict: Verdict) -> None:
    """Write what a run leaves beside its ledger, each file whole or not at all."""
    dealt = {unit.id: place for place, unit in enumerate(trial.dealt)}
    order = {instrument.id: place for place, instrument in enumerate(trial.instruments)}
    outcomes = sorted(
        board.all(), key=lambda o: (order[o.instrument], dealt.get(o.unit, -1), o.unit)
    )
    named = (o.model_copy(update={"role": _role(trial, o.unit, dealt)}) for o in outcomes)
    lines = [f"{record.model_dump_json()}\n" for record in (*named, *verdict.evidence)]
    write_whole(folder / "plan.json", [trial.plan.model_dump_json(indent=2), "\n"])
    write_whole(folder / "provenance.json", [provenance_of(trial).model_dump_json(indent=1), "\n"])
    write_whole(folder / "evidence.jsonl", lines)
    write_whole(folder / "verdict.json", [verdict.model_dump_json(indent=2), "\n"])


def _role(trial: Trial, unit: str, dealt: dict[str, int]) -> str:
    """Return what a unit is; nothing for one that is no item (a canary, the whole benchmark)."""
    if unit in trial.suspect_ids:
        return "suspect"
    return "control" if unit in dealt else ""


def load_run(folder: Path) -> tuple[Verdict, tuple[Record, ...], Plan]:
    """Read a finished run: its verdict, its records, and the plan that it carried out.

    Raises
    ------
    UsageError
        There is none, or its files are not what Assay wrote.
    """
    try:
        verdict = Verdict.model_validate_json((folder / "verdict.json").read_bytes())
        plan = Plan.model_validate_json((folder / "plan.json").read_bytes())
        lines = (folder / "evidence.jsonl").read_bytes().splitlines()
    except OSError as error:
        raise UsageError(
            f"no finished run in {folder} ({error})\n"
            f"  next: assay examine BENCH --model M --out {folder}"
        ) from error
    except ValidationError as error:
        raise BadFormat(
            str(folder / "verdict.json"), None, _short(error), "run it again"
        ) from error
    records = []
    for number, line in enumerate(lines, start=1):
        try:
            records.append(LINE.validate_json(line))
        except ValidationError as error:
            path = str(folder / "evidence.jsonl")
            raise BadFormat(path, number, _short(error), "run it again") from error
    return verdict, tuple(records), plan


def _short(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
