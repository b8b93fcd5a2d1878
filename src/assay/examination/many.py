"""Many examinations, one after the other, and which of their claims hold together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from assay.core.comparison import Comparison
from assay.core.errors import AssayError, IntegrityError, UsageError
from assay.core.evidence import Verdict
from assay.core.provenance import Provenance
from assay.core.settings import Plan, Progress
from assay.examination.loop import run
from assay.examination.plans import Family
from assay.examination.prepare import check
from assay.examination.record import folder_of, load_run
from assay.models.names import check_model
from assay.store import write_whole
from assay.verdict import Entry, claim_e, compare

__all__ = ["Done", "Watcher", "check_all", "compare_runs", "run_all"]

FREE = {"out", "stop_at"}
"""Fields of a plan that change nothing about a claim that has already been decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One claim of many is through."""

    number: int
    of: int
    plan: Plan
    verdict: Verdict | None
    problem: str = ""
    kept: bool = False
    """It was finished before, and was not run again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """Who is told how far many examinations have come."""

    progress: Callable[[Progress], None] = lambda _: None
    done: Callable[[Done], None] = lambda _: None


def check_all(family: Family) -> dict[str, str]:
    """Is there anything to mend in any claim? Said before the first one costs anything.

    Returns
    -------
    dict
        Folder of each claim to the digest of what it gives to its model.

    Raises
    ------
    UsageError
        There is; says in which claim.
    """
    found: dict[str, str] = {}
    seen: dict[str, str] = {}  # the same items are opened once, however many models meet them
    for number, claim in enumerate(family.claims, start=1):
        key = claim.model_copy(
            update={"out": None, "model": "", "model_args": {}}
        ).model_dump_json()
        try:
            check_model(claim.model)
            seen[key] = seen.get(key) or check(claim)
        except UsageError as error:
            who = f"{family.name}, claim {number} ({claim.model} on {claim.benchmark})"
            raise UsageError(f"{who}: {error}") from error
        found[str(folder_of(claim))] = seen[key]
    return found


def run_all(family: Family, watcher: Watcher) -> Comparison:
    """Carry out every claim that is not finished, and compare them all.

    A claim that fails is told and left, and the others go on: the same call tries it again. What
    one claim finds never stops another: each e-value holds at its own stop alone.

    Raises
    ------
    IntegrityError
        A ledger is not what was written.
    """
    inputs = check_all(family)
    entries, of = [], len(family.claims)
    for number, claim in enumerate(family.claims, start=1):
        folder = folder_of(claim)
        verdict, problem = standing(claim, inputs[str(folder)]), ""
        kept = verdict is not None
        if verdict is None:
            verdict, problem = _attempt(claim, f"{number}/{of}", watcher)
        entries.append(
            Entry(
                run=str(folder),
                benchmark=claim.benchmark,
                model=claim.model,
                verdict=verdict,
                problem=problem,
            )
        )
        watcher.done(
            Done(number=number, of=of, plan=claim, verdict=verdict, problem=problem, kept=kept)
        )
    comparison = compare(entries, q=family.q, name=family.name)
    write_whole(family.out / "comparison.json", [comparison.model_dump_json(indent=2), "\n"])
    return comparison


def standing(claim: Plan, inputs: str) -> Verdict | None:
    """Return the verdict of a claim that need not be run again; None where it must.

    It must where the plan or the items changed, where nothing was measured, and where it stopped
    before the level that it now has to reach. Whether the model's weights changed on this disk is
    not looked at: that takes reading them.
    """
    folder = folder_of(claim)
    try:
        verdict, _, plan = load_run(folder)
        made = Provenance.model_validate_json((folder / "provenance.json").read_bytes())
    except (UsageError, OSError, ValueError):
        return None
    same = plan.model_dump(exclude=FREE) == claim.model_dump(exclude=FREE)
    reached = claim_e(verdict)[0] >= (claim.stop_at or 0.0) and not claim.full
    through = verdict.stop.reason in {"full pass", "budget spent"}
    early = verdict.stop.reason == "decided early" and reached
    return verdict if same and made.inputs == inputs and (through or early) else None


def _attempt(claim: Plan, place: str, watcher: Watcher) -> tuple[Verdict | None, str]:
    def told(report: Progress) -> None:
        watcher.progress(replace(report, phase=f"{place} {report.phase}"))

    try:
        return run(claim, on_progress=told), ""
    except IntegrityError:
        raise
    except AssayError as error:
        return None, str(error)


def compare_runs(folders: list[Path], *, q: float, mixed: bool, name: str) -> Comparison:
    """Which claims of these finished runs hold together?

    Parameters
    ----------
    folders
        Of runs; the newest of one claim last.
    q
        Expected share of wrong claims among the flagged.
    mixed
        Whether they may be about different benchmarks.
    name
        Of the comparison.

    Raises
    ------
    UsageError
        A folder holds no finished run, or the runs are about different benchmarks.
    """
    entries = []
    for folder in folders:
        verdict = load_run(folder)[0]
        entries.append(
            Entry(
                run=str(folder),
                benchmark=verdict.benchmark,
                model=verdict.model,
                verdict=verdict,
            )
        )
    first = entries[0].verdict
    for entry in entries:
        about = entry.verdict
        alike = not first or not about or about.benchmark_digest == first.benchmark_digest
        if not alike and not mixed:
            raise UsageError(
                f"{entry.run} is about another benchmark ({entry.benchmark}) than {folders[0]} "
                f"({entries[0].benchmark}), or about another version of it\n"
                "  next: leave it out, or add --mixed to compare claims about different benchmarks"
            )
    return compare(entries, q=q, name=name)
