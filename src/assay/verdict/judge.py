"""The verdict: three answers, one error rate, and what would change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version

from assay.core.calibration import Clearance
from assay.core.evidence import (
    Evidence,
    Finding,
    GuardReport,
    Null,
    Status,
    Stop,
    Total,
    Verdict,
)
from assay.core.instrument import Instrument, Topic
from assay.core.subject import Cost
from assay.core.trial import Trial
from assay.verdict.clearing import clear
from assay.verdict.combine import Board, announced_p, over_runs, totals
from assay.verdict.correcting import corrected_score
from assay.verdict.detecting import detectable
from assay.verdict.flagging import item_flags
from assay.verdict.guarding import full_guard
from assay.verdict.instruments import evidence_of, leaked_at_least
from assay.verdict.kinds import Kind, compared_topic, kinds
from assay.verdict.wording import worded

__all__ = ["judge"]


def judge(
    trial: Trial,
    board: Board,
    stop: Stop,
    *,
    costs: Mapping[str, Cost],
    earlier: Sequence[dict[str, float]] = (),
) -> Verdict:
    """What does the evidence say?

    Parameters
    ----------
    trial
        What was fixed before the run.
    board
        What was found.
    stop
        How far the run went.
    costs
        What it spent, by instrument.
    earlier
        E-values, by kind, of other runs of the same claim: averaged with this one's (A17).

    Returns
    -------
    Verdict
        Flagged when a kind of evidence reaches what it needs and may flag; clean when nothing does
        and a leak of the stated size is ruled out (design 3.4); otherwise undecided.
    """
    full = stop.measured == stop.planned
    guards = _guards(trial, board) if trial.controls_kind == "other" and full else {}
    fair = {kind: _is_fair(trial, kind, guards) for kind in kinds(trial)}
    evidence = tuple(
        evidence_of(trial, board, i, comparable=_compares(trial, fair, i), full=full).model_copy(
            update={"cost": costs.get(i.id, Cost())}
        )
        for i in trial.instruments
    )
    rows = zip(fair.items(), totals(trial, board), strict=True)
    found = tuple(
        _decide(total, _p_value(trial, board, kind, earlier), earlier, fair=ok)
        for (kind, ok), total in rows
    )
    compared = fair.get(Kind(Null.MATCHED, Topic.SEEN, own=False), False)
    flagged = any(total.flags for total in found)
    clearance = None if flagged else clear(trial, board, fair=compared, full=full)
    items = item_flags(trial, board, comparable=compared, full=full)
    notes = (items.why_not, items.remark, _leaked_note(trial, board, full=full))
    verdict = _verdict(trial, evidence, found, _status(clearance), stop).model_copy(
        update={
            "guard": next(iter(guards.values()), trial.refusal),
            "flags": items.flags,
            "flags_q": None if items.why_not else trial.plan.q,
            "flags_note": "; ".join(filter(None, notes)),
            "runs": 1 + len(earlier),
            "cost": sum(costs.values(), Cost()),
            "clearance": clearance,
            "detectable": detectable(trial, found),
        }
    )
    return worded(trial, verdict)


def _status(clearance: Clearance | None) -> Status:
    """Return flagged where nothing was left to rule out, clean where a leak was ruled out."""
    if clearance is None:
        return Status.FLAGGED
    return Status.CLEAN if clearance.cleared else Status.UNDECIDED


def _verdict(
    trial: Trial,
    evidence: tuple[Evidence, ...],
    found: tuple[Total, ...],
    status: Status,
    stop: Stop,
) -> Verdict:
    subject = trial.subject
    return Verdict(
        status=status,
        claim="",
        headline="",
        alpha=trial.plan.alpha,
        benchmark=subject.benchmark.name,
        benchmark_digest=trial.benchmark_digest,
        model=subject.model.name,
        model_digest=subject.model.digest,
        model_notes=subject.model.notes,
        reference=subject.reference.name if subject.reference else None,
        reference_digest=subject.reference.digest if subject.reference else None,
        suspects=len(trial.suspect_ids),
        controls=len(trial.controls),
        controls_kind=trial.controls_kind,
        totals=found,
        evidence=evidence,
        stop=stop,
        seed=trial.seed,
        version=version("assay"),
        calibration=trial.calibration.digest,
        score=corrected_score(trial),
    )


def _guards(trial: Trial, board: Board) -> dict[Kind, GuardReport]:
    """Return the guard's report on every comparison with controls that chance did not pick."""
    compared = {kind: ids for kind, ids in kinds(trial).items() if not kind.own}
    reports = {kind: full_guard(trial, board, ids) for kind, ids in compared.items()}
    return {kind: report for kind, report in reports.items() if report is not None}


def _is_fair(trial: Trial, kind: Kind, guards: Mapping[Kind, GuardReport]) -> bool:
    """May this kind flag? A comparison may where chance picked the controls, or the guard let it.

    Instruments' own e-values rest on a recorded draw, or have the bias they allow built in.
    """
    if kind.own or trial.controls_kind == "randomised":
        return True
    return kind in guards and guards[kind].passed


def _compares(trial: Trial, fair: Mapping[Kind, bool], instrument: Instrument) -> bool:
    """May the instrument's scores be compared with the controls'? Not where it was demoted."""
    kind = Kind(Null.MATCHED, compared_topic(instrument), own=False)
    return instrument.id not in trial.demoted and fair.get(kind, False)


def _p_value(
    trial: Trial, board: Board, kind: Kind, earlier: Sequence[dict[str, float]]
) -> float | None:
    """Return the p-value of a comparison, in the claim's first run: later ones average e-values."""
    if kind.own or earlier:
        return None
    return announced_p(trial, board, kinds(trial)[kind])


def _decide(
    total: Total, p_value: float | None, earlier: Sequence[dict[str, float]], *, fair: bool
) -> Total:
    """Average over reruns, then compare with what is needed."""
    e_value = over_runs(total, earlier)
    sure = p_value is not None and p_value <= 1 / total.needed
    flags = fair and (e_value >= total.needed or sure)
    return total.model_copy(
        update={"e_value": e_value, "p_value": p_value, "may_flag": fair, "flags": flags}
    )


def _leaked_note(trial: Trial, board: Board, *, full: bool) -> str:
    """State how many items were surely seen: from sealed siblings, after a full pass only (A4)."""
    found = board.found.get("siblings", {}).values()
    findings = [f for f in found if isinstance(f, Finding) and f.null is Null.EXACT]
    findings = [f for f in findings if f.unit in trial.suspect_ids]
    if not findings or not full or "siblings" in trial.demoted:
        return ""
    count = leaked_at_least(findings, trial.plan.alpha)
    return f"at least {count} of {len(findings)} items with siblings were seen"
