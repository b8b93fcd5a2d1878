"""A recorded run carried out once more with its own items: dealt, measured and judged again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version

from assay.core.errors import BadConfig, IntegrityError, UsageError
from assay.core.evidence import Abstention, Finding, Stop
from assay.core.instrument import Scope
from assay.core.provenance import Provenance
from assay.core.subject import Sealed
from assay.core.trial import Trial
from assay.examination.bundle import Bundle
from assay.examination.loop import Sitting
from assay.examination.prepare import prepare
from assay.examination.replay import Replayed, difference
from assay.examination.steps import steps
from assay.store import Ledger
from assay.verdict import Board, decided, judge

__all__ = ["Found", "Inputs", "deal_again", "judge_again", "measure_again"]

WORDING = {"version", "headline", "claim", "why", "would_change", "not_shown", "flags_note"}
"""What another release may say otherwise about the same numbers."""
Outcome = Finding | Abstention
Found = Sequence[Outcome]
"""What one step found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What the run was given, as whoever verifies it has it."""

    benchmark: str = ""
    controls: str | None = None
    certificate: str | None = None
    wrong: str | None = None
    calibration: str | None = None
    scores: str | None = None
    sibling_scores: str | None = None
    others: str | None = None


FILES = ("controls", "certificate", "wrong", "calibration", "scores", "sibling_scores", "others")
"""What a run may have been given beside its benchmark; a bundle holds none of it."""


def deal_again(bundle: Bundle, inputs: Inputs) -> Trial:
    """Prepare the run's trial from its items, and see that it is the same.

    Raises
    ------
    IntegrityError
        It is another: other items, other controls, dealt otherwise.
    UsageError
        An input is missing, or this version has other instruments.
    """
    plan, made = bundle.plan, bundle.provenance
    for name in FILES:
        if getattr(plan, name) and not getattr(inputs, name):
            option = name.replace("_", "-")
            raise BadConfig(f"the run was given a file of {option}\n  next: add --{option} FILE")
    if bool(plan.reference) != bool(made.reference):  # or else a model would be opened
        raise IntegrityError("plan.json and provenance.json do not agree on a reference model")
    given = {
        "benchmark": inputs.benchmark,
        **{name: getattr(inputs, name) for name in FILES},
        "budget": "",  # nothing is asked
    }
    trial = prepare(
        plan.model_copy(update=given),
        model=Replayed(made.model),
        reference=Replayed(made.reference) if made.reference else None,
    )
    _same_trial(trial, bundle, inputs)
    return _as_then(trial, made)


def _same_trial(trial: Trial, bundle: Bundle, inputs: Inputs) -> None:
    """See that a trial was dealt as recorded, with the same instruments, calibration and scores."""
    made, verdict = bundle.provenance, bundle.verdict
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
    if trial.calibration.digest != verdict.calibration:
        raise UsageError(
            "the calibration here is not the one that the run was judged with\n"
            f"  next: verify it with assay {made.environment.get('assay', 'of that day')}, "
            "or give the run's with --calibration FILE"
        )
    given = trial.scores.digest if trial.scores else None
    if given != (verdict.score.digest if verdict.score else None):
        raise IntegrityError("the scores are not those that the run was given")
    dealt = [(u.id, "suspect" if u.id in trial.suspect_ids else "control") for u in trial.dealt]
    if dealt != [(one.unit, one.role) for one in made.dealt]:
        raise IntegrityError("provenance.json: the items were not dealt so")


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


def measure_again(trial: Trial, bundle: Bundle, ledger: Ledger) -> int:
    """Measure from the ledger's replies, and see that it comes to what was recorded.

    Parameters
    ----------
    trial
        As dealt again.
    bundle
        What was recorded.
    ledger
        Its replies.

    Returns
    -------
    int
        Of how many abstentions no reply shows that they had to be: a request failed then.

    Raises
    ------
    IntegrityError
        It comes to something else.
    """
    sitting = Sitting(trial=trial, ledger=ledger, tell=lambda _: None)
    again = {(one.instrument, one.unit): one for one in _measured(sitting)}
    believed = 0
    for one in bundle.outcomes():
        other = again.get((one.instrument, one.unit))
        if isinstance(one, Finding):
            _same(one, other)
        else:
            believed += not isinstance(other, Abstention)
    return believed


def _measured(sitting: Sitting) -> Iterator[Outcome]:
    """Yield what every instrument finds on everything: it is asked of the record alone."""
    for step in steps(sitting.trial):
        for instrument in step.instruments:
            subject = sitting.subject(instrument.id, step.units, lambda: None)
            yield from instrument.measure(subject, step.units, seed=sitting.trial.seed)


def _same(one: Outcome, other: Outcome | None) -> None:
    """See that an outcome is what was recorded."""
    then = one.model_dump(mode="json")
    now = other.model_dump(mode="json") if other else None
    if wrong := difference(then, now):
        raise IntegrityError(f"{one.instrument} on {one.unit}, measured again: {wrong}")


def judge_again(trial: Trial, bundle: Bundle, ledger: Ledger, found: Sequence[Found]) -> bool:
    """Stop where the rule says, judge, and see that the verdict comes out the same.

    Parameters
    ----------
    trial, bundle, ledger
        As dealt again; what was recorded; the claim's other runs.
    found
        What each step found, in the order in which it was bet on.

    Returns
    -------
    bool
        Whether its words were compared too: another release may say the same otherwise.

    Raises
    ------
    IntegrityError
        It comes out otherwise.
    """
    stop, earlier = bundle.verdict.stop, ledger.earlier(trial.run, trial.claim)
    board = _stopped(trial, stop, earlier, found)
    again = judge(trial, board, stop, costs=ledger.costs(trial.run), earlier=earlier)
    skipped = set() if bundle.verdict.version == version("assay") else WORDING
    then, now = (v.model_dump(mode="json", exclude=skipped) for v in (bundle.verdict, again))
    if wrong := difference(then, now):
        raise IntegrityError(f"the verdict comes out otherwise: {wrong}")
    return not skipped


def _stopped(
    trial: Trial, stop: Stop, earlier: Sequence[dict[str, float]], found: Sequence[Found]
) -> Board:
    """Return the board, and see that the run went on until it was decided, and no further."""
    board, decisive = Board(), []
    for outcomes in found:
        board.add(outcomes)
        if not all(_waits(one) for one in outcomes):  # nothing is bet on those who wait
            decisive.append(decided(trial, board, earlier))
    if not trial.plan.full and any(decisive[:-1]):
        raise IntegrityError("the run went on after it was decided")
    if stop.reason == "decided early" and not any(decisive[-1:]):
        raise IntegrityError("the run stopped as decided, and was not")
    per_unit = {i.id for i in trial.running if i.scope is Scope.UNIT}
    dealt = {unit.id for unit in trial.dealt}
    settled = {o.unit for o in board.all() if o.instrument in per_unit and not _waits(o)} & dealt
    counted = stop.reason == "nothing to measure" or not per_unit or len(settled) == stop.measured
    if stop.planned != len(dealt) or not counted:
        raise IntegrityError("verdict.json does not say how far the run went")
    return board


def _waits(outcome: Outcome) -> bool:
    """Is an answer missing only for the time being?"""
    return isinstance(outcome, Abstention) and outcome.passing
