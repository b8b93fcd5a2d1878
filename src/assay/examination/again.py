"""A recorded run carried out once more with its own items: dealt, measured and judged again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version

from assay.core.errors import BadConfig, IntegrityError, UsageError
from assay.core.evidence import Abstention, Finding, Stop
from assay.core.instrument import Scope
from assay.core.provenance import Provenance
from assay.core.settings import Progress
from assay.core.subject import Sealed
from assay.core.trial import Trial
from assay.examination.bundle import Bundle
from assay.examination.loop import Sitting, measure
from assay.examination.prepare import prepare
from assay.examination.replay import Replayed, difference
from assay.examination.steps import Step, steps
from assay.store import Ledger
from assay.verdict import Board, judge

__all__ = ["Inputs", "Recorded", "deal_again", "judge_again", "measure_again"]

WORDING = {"version", "headline", "claim", "why", "would_change", "not_shown", "flags_note"}
"""What another release may say otherwise about the same numbers."""
Outcome = Finding | Abstention
Recorded = Mapping[tuple[str, str], Outcome]
"""Outcomes by instrument and unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What the run was given, as whoever verifies it has it."""

    benchmark: str = ""
    controls: str | None = None
    certificate: str | None = None
    wrong: str | None = None


def deal_again(bundle: Bundle, inputs: Inputs) -> Trial:
    """Prepare the run's trial from its items, and see that it is the same.

    Raises
    ------
    IntegrityError
        It is another: other items, other controls, dealt otherwise.
    UsageError
        An input is missing, or this version has other instruments.
    """
    plan, made, verdict = bundle.plan, bundle.provenance, bundle.verdict
    for name in ("controls", "certificate", "wrong"):
        if getattr(plan, name) and not getattr(inputs, name):
            raise BadConfig(f"the run was given a file of {name}\n  next: add --{name} FILE")
    reason, measured = verdict.stop.reason, verdict.stop.measured
    given = {
        "benchmark": inputs.benchmark,
        "controls": inputs.controls,
        "certificate": inputs.certificate,
        "wrong": inputs.wrong,
        "budget": "",  # nothing is asked
    }
    trial = prepare(
        plan.model_copy(update=given),
        model=Replayed(made.model, reason, measured),
        reference=Replayed(made.reference, reason, measured) if made.reference else None,
    )
    if trial.benchmark_digest != verdict.benchmark_digest:
        raise IntegrityError(f"{inputs.benchmark} is not the benchmark that was examined")
    if trial.claim != made.claim:
        raise IntegrityError("controls, split or reference are not those of the run")
    if trial.run != made.run:
        then = made.environment.get("assay", "another version")
        raise UsageError(
            f"the instruments here are not those of the run, which assay {then} made\n"
            f"  next: verify it with assay {then}"
        )
    dealt = [(u.id, "suspect" if u.id in trial.suspect_ids else "control") for u in trial.dealt]
    if dealt != [(one.unit, one.role) for one in made.dealt]:
        raise IntegrityError("provenance.json: the items were not dealt so")
    return _as_then(trial, made)


def _as_then(trial: Trial, made: Provenance) -> Trial:
    """Return the trial with what depended on the day: what had been spent on the provider."""
    if not made.model.remote:
        return trial
    items = {unit.id: unit.item.siblings for unit in trial.dealt}
    try:
        sealed = {
            name: Sealed(
                shown=tuple(items[name][place] for place in may.shown),
                unspent=tuple(items[name][place] for place in may.unspent),
            )
            for name, may in (made.showable or {}).items()
        }
    except LookupError as error:
        raise IntegrityError("provenance.json: there are no such siblings") from error
    return replace(
        trial,
        subject=replace(trial.subject, sealed=sealed),
        blocked={one.id: one.blocked for one in made.instruments if one.blocked},
    )


def measure_again(
    trial: Trial, bundle: Bundle, ledger: Ledger, recorded: Recorded
) -> tuple[Board, Stop, int]:
    """Measure from the ledger's replies, and see that it comes to what was recorded.

    Parameters
    ----------
    trial
        As dealt again.
    bundle
        What was recorded.
    ledger
        Its replies, and nothing that was found.
    recorded
        The outcomes of steps in which no request failed.

    Returns
    -------
    tuple
        What was found, how far it went, and in how many steps abstentions had to be believed.

    Raises
    ------
    IntegrityError
        It comes to something else.
    """
    models = (trial.subject.model, trial.subject.reference)
    replayed = [model for model in models if isinstance(model, Replayed)]

    def tell(report: Progress) -> None:
        for model in replayed:
            model.watch(report)

    sitting = Sitting(trial=trial, ledger=ledger, tell=tell)
    believed = _believe(sitting, list(bundle.outcomes()), recorded)
    board, stop = measure(sitting)
    again = {(one.instrument, one.unit): one for one in board.all()}
    if set(again) != {(one.instrument, one.unit) for one in bundle.outcomes()}:
        raise IntegrityError("measured again, other units have an outcome than are recorded")
    for one in bundle.outcomes():
        _same(one, again[one.instrument, one.unit])
    return board, stop, believed


def _believe(sitting: Sitting, outcomes: Sequence[Outcome], recorded: Recorded) -> int:
    """Take over the abstentions of steps in which requests failed: no reply shows a failure.

    What was found in such a step has to come out of its replies all the same.
    """
    believed = 0
    for step in steps(sitting.trial):
        held = [one for one in outcomes if _belongs(one, step)]
        if all(isinstance(o, Finding) or (o.instrument, o.unit) in recorded for o in held):
            continue
        again = {
            (one.instrument, one.unit): one
            for instrument in step.instruments
            for one in instrument.measure(
                sitting.subject(instrument.id, step.units, lambda: None),
                step.units,
                seed=sitting.trial.seed,
            )
        }
        for one in held:
            if isinstance(one, Finding):
                _same(one, again.get((one.instrument, one.unit)))
        sitting.ledger.record_outcomes(sitting.trial.run, step.name, held)
        believed += 1
    return believed


def _belongs(outcome: Outcome, step: Step) -> bool:
    """Is this an outcome of this step? A whole-benchmark instrument has but one."""
    one = next((i for i in step.instruments if i.id == outcome.instrument), None)
    if one is None:
        return False
    return one.scope is Scope.BENCHMARK or any(u.id == outcome.unit for u in step.units)


def _same(one: Outcome, other: Outcome | None) -> None:
    """See that an outcome is what was recorded; why somebody abstains may be worded otherwise."""
    if isinstance(one, Abstention) and isinstance(other, Abstention):
        return
    then = one.model_dump(mode="json")
    now = other.model_dump(mode="json") if other else None
    if wrong := difference(then, now):
        raise IntegrityError(f"{one.instrument} on {one.unit}, measured again: {wrong}")


def judge_again(trial: Trial, bundle: Bundle, ledger: Ledger, board: Board, stop: Stop) -> bool:
    """Judge, and see that the verdict comes out the same.

    Returns
    -------
    bool
        Whether its words were compared too: another release may say the same otherwise.

    Raises
    ------
    IntegrityError
        It comes out otherwise.
    """
    again = judge(
        trial,
        board,
        stop,
        costs=ledger.costs(trial.run),
        earlier=ledger.earlier(trial.run, trial.claim),
    )
    skipped = set() if bundle.verdict.version == version("assay") else WORDING
    then, now = (v.model_dump(mode="json", exclude=skipped) for v in (bundle.verdict, again))
    if wrong := difference(then, now):
        raise IntegrityError(f"the verdict comes out otherwise: {wrong}")
    return not skipped
