"""The verdict: three answers, one error rate, and what would change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from assay.core.evidence import (
    Evidence,
    Finding,
    Flag,
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
from assay.stats.conformal import bh, p_values
from assay.verdict.combine import Board, measured_units, missing_by_label, over_runs, totals
from assay.verdict.guarding import full_guard
from assay.verdict.instruments import evidence_of, leaked_at_least
from assay.verdict.kinds import Kind, compared_topic, kinds, matched_columns
from assay.verdict.wording import claim, headline, not_shown, reasons, would_change

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
        Flagged when a kind of evidence reaches what it needs and may flag; otherwise undecided.
        Clean takes a calibrated power, and there is no calibration yet (design 3.4).
    """
    full = stop.measured == stop.planned
    guards = _guards(trial, board) if trial.controls_kind == "other" and full else {}
    fair = {kind: _is_fair(trial, kind, guards) for kind in kinds(trial)}
    evidence = tuple(
        evidence_of(trial, board, i, comparable=_compares(fair, i), full=full).model_copy(
            update={"cost": costs.get(i.id, Cost())}
        )
        for i in trial.instruments
    )
    found = tuple(
        _decide(total, earlier, fair=fair[kind])
        for kind, total in zip(kinds(trial), totals(trial, board), strict=True)
    )
    guard = next(iter(guards.values()), trial.refusal)
    status = Status.FLAGGED if any(t.flags for t in found) else Status.UNDECIDED
    comparable = any(fair[k] for k in fair if not k.own and k.topic is Topic.SEEN)
    flags, note = _item_flags(trial, board, comparable=comparable, full=full)
    verdict = _verdict(trial, evidence, found, status, stop)
    return verdict.model_copy(
        update={
            "guard": guard,
            "flags": flags,
            "flags_q": None if note else trial.plan.q,
            "flags_note": "; ".join(filter(None, (note, _leaked_note(trial, board, full=full)))),
            "runs": 1 + len(earlier),
            "cost": sum(costs.values(), Cost()),
            "headline": headline(trial, status, found, stop),
            "why": reasons(trial, status, found, evidence, guard),
            "would_change": would_change(trial, status, found, evidence),
            "not_shown": not_shown(trial, evidence),
        }
    )


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
        claim=claim(found),
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


def _compares(fair: Mapping[Kind, bool], instrument: Instrument) -> bool:
    """May the instrument's scores be compared with the controls'?"""
    return fair.get(Kind(Null.MATCHED, compared_topic(instrument), own=False), False)


def _decide(total: Total, earlier: Sequence[dict[str, float]], *, fair: bool) -> Total:
    """Average over reruns, then compare with what is needed."""
    e_value = over_runs(total, earlier)
    flags = fair and e_value >= total.needed
    return total.model_copy(update={"e_value": e_value, "may_flag": fair, "flags": flags})


def _item_flags(
    trial: Trial, board: Board, *, comparable: bool, full: bool
) -> tuple[tuple[Flag, ...], str]:
    """Return the items that are flagged themselves, or why none were tested (A3, A4).

    Benjamini-Hochberg on conformal p-values of the columns' mean normal score. The score treats
    suspects and controls alike, so that they stay exchangeable.
    """
    columns = matched_columns(trial)
    if why := _no_item_flags(trial, board, comparable=comparable, full=full):
        return (), why
    units = measured_units(trial, board, columns)
    table = np.column_stack([board.scores(column, units) for column in columns])
    keep: NDArray[np.bool_] = np.isfinite(table.sum(axis=1))
    ranks = stats.rankdata(table[keep], axis=0) / (keep.sum() + 1)
    score = np.asarray(stats.norm.ppf(ranks)).mean(axis=1)
    ids = [unit for unit, kept in zip(units, keep, strict=True) if kept]
    labels = np.array([unit in trial.suspect_ids for unit in ids], dtype=np.bool_)
    if not labels.any() or labels.all():
        return (), "only one side could be measured"
    p = p_values(score[labels], score[~labels])
    rejected = bh(p, trial.plan.q)
    suspects = [unit for unit, label in zip(ids, labels, strict=True) if label]
    rows = zip(suspects, p, score[labels], rejected, strict=True)
    found = [Flag(unit=u, p_value=float(a), score=float(s)) for u, a, s, r in rows if r]
    return tuple(sorted(found, key=lambda flag: (flag.p_value, -flag.score))), ""


def _no_item_flags(trial: Trial, board: Board, *, comparable: bool, full: bool) -> str:
    """Why may single items not be tested? Empty when they may."""
    if trial.refusal is not None:
        return "the guard refused the controls"
    if not matched_columns(trial) or trial.controls_kind == "none":
        return "no controls to compare single items with"
    if not comparable:
        return "the controls may not support a flag"
    if not full:
        return "the run stopped early: items are tested after a full pass only (--full)"
    return missing_by_label(trial, board, matched_columns(trial))


def _leaked_note(trial: Trial, board: Board, *, full: bool) -> str:
    """State how many items were surely seen: from sealed siblings, after a full pass only (A4)."""
    found = board.found.get("siblings", {}).values()
    findings = [f for f in found if isinstance(f, Finding) and f.null is Null.EXACT]
    findings = [f for f in findings if f.unit in trial.suspect_ids]
    if not findings or not full:
        return ""
    count = leaked_at_least(findings, trial.plan.alpha)
    return f"at least {count} of {len(findings)} items with siblings were seen"
