"""START HERE. The one loop: measure in chunks, record, stop when it is decided, judge.

The command line, the tests and every other caller come through `run`; there is no second path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Unpack

from assay.core.errors import BoundaryError, BudgetSpent, ModelChanged, StoreError
from assay.core.evidence import Abstention, Finding, Stop, Verdict
from assay.core.instrument import Instrument, Scope
from assay.core.settings import Forecast, Options, Plan, Progress
from assay.core.subject import Model, Subject, Unit
from assay.core.trial import Trial
from assay.examination.disclosure import noted
from assay.examination.forecast import estimate
from assay.examination.prepare import prepare
from assay.examination.record import folder_of, write_run
from assay.examination.steps import Step, steps
from assay.store import Ledger, Purse, Recorded, budget_from, price_from
from assay.verdict import Board, decided, judge, key_of, needed, totals

__all__ = ["examine", "measure", "run"]

Listener = Callable[[Progress], None]
Reason = Literal[
    "full pass", "decided early", "budget spent", "nothing to measure", "model changed"
]


def examine(
    benchmark: str,
    *,
    model: str,
    on_progress: Listener | None = None,
    **options: Unpack[Options],
) -> Verdict:
    """Has this model seen this benchmark in training?

    Parameters
    ----------
    benchmark
        A name ("humaneval") or a file of items.
    model
        A model's name: "smollm2", "local:FOLDER", "local:FILE.gguf", "scripted:...".
    on_progress
        Called after every chunk and batch.
    options
        The other fields of `Plan`.

    Returns
    -------
    Verdict
        Also written to the run's folder, with all evidence.

    Raises
    ------
    UsageError
        Something that the caller can mend.
    BoundaryError
        The disk failed. A model that fails is an abstention.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> plan = {"model": "scripted:clean", "out": mkdtemp()}
    >>> examine("humaneval", instruments=("order",), **plan).status.value  # doctest: +SKIP
    'undecided'
    """
    plan = Plan.model_validate({"benchmark": benchmark, "model": model, **options})
    return run(plan, on_progress=on_progress)


def run(
    plan: Plan,
    *,
    on_progress: Listener | None = None,
    on_estimate: Callable[[Forecast], None] | None = None,
) -> Verdict:
    """Carry out a plan, from where it was left if it was begun before.

    Parameters
    ----------
    plan
        What was asked for.
    on_progress
        Called after every chunk and batch.
    on_estimate
        Called once with what the run will cost at most, before the first request; what the
        ledger holds already is counted with the rest.
    """
    folder = folder_of(plan)
    with Ledger(folder) as ledger:
        trial = prepare(plan)
        if on_estimate is not None:
            on_estimate(estimate(trial))
        return carry_out(trial, ledger, folder, on_progress or (lambda _: None))


def carry_out(trial: Trial, ledger: Ledger, folder: Path, tell: Listener) -> Verdict:
    """Measure what a trial plans, judge it, write it down."""
    ledger.begin(trial.run, trial.claim)
    sitting = Sitting(trial=trial, ledger=ledger, tell=tell)
    board, stop = measure(sitting)
    verdict = judge(
        trial,
        board,
        stop,
        costs=ledger.costs(trial.run),
        earlier=ledger.earlier(trial.run, trial.claim),
    )
    own = {key_of(t): t.e_value for t in totals(trial, board)}
    ledger.finish(trial.run, trial.claim, own)
    write_run(folder, trial, board, verdict)
    return verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """One process at work on a run."""

    trial: Trial
    ledger: Ledger
    tell: Listener

    def subject(self, asker: str, units: Sequence[Unit], on_reply: Callable[[], None]) -> Subject:
        """Return the subject, its models with their memory and their budget."""
        plain = self.trial.subject
        beside = plain.reference
        return replace(
            plain,
            model=self._recorded(plain.model, asker, units, on_reply),
            reference=self._recorded(beside, asker, units, on_reply) if beside else None,
        )

    def _recorded(
        self, model: Model, asker: str, units: Sequence[Unit], on_reply: Callable[[], None]
    ) -> Recorded:
        plan = self.trial.plan
        price = price_from(plan.price) if self._is_paid(model) else None
        purse = Purse(limit=budget_from(plan.budget), price=price)
        run = self.trial.run
        # What is sealed is noted before it is sent, and what is on record is not sent again.
        asked = noted(self.trial, model, units)
        return Recorded(asked, self.ledger, run, purse=purse, asker=asker, on_reply=on_reply)

    def _is_paid(self, model: Model) -> bool:
        """Is the price that the user gave this model's? It is not the reference's."""
        return model is self.trial.subject.model


def measure(sitting: Sitting) -> tuple[Board, Stop]:
    """Measure step by step until all is measured, decided, or the budget is spent."""
    trial, board = sitting.trial, Board()
    earlier = sitting.ledger.earlier(trial.run, trial.claim)
    planned, done, e_value = len(trial.dealt), 0, None
    enough = needed(trial)
    reason: Reason = "full pass"

    def report() -> None:
        sitting.tell(
            Progress(
                phase="measuring",
                done=done,
                total=planned,
                cost=sitting.ledger.cost(trial.run),
                e_value=e_value,
                needed=enough,
            )
        )

    for step in steps(trial):
        report()
        try:
            board.add(_outcomes(sitting, step, report))
        except BudgetSpent:
            reason = "budget spent"
            break
        except ModelChanged:
            reason = "model changed"  # the same command begins a new run, with the new one
            break
        done += len(step.units) if step.deals else 0
        # Once a step, not once a reply: what is on the board changes no oftener.
        e_value = max((t.e_value for t in totals(trial, board)), default=None)
        if not trial.plan.full and decided(trial, board, earlier):
            reason = "decided early" if done < planned else reason
            break
    report()
    if reason == "full pass" and not any(isinstance(o, Finding) for o in board.all()):
        reason, done = "nothing to measure", 0
    return board, Stop(planned=planned, measured=done, reason=reason)


def _outcomes(
    sitting: Sitting, step: Step, report: Callable[[], None]
) -> Sequence[Finding | Abstention]:
    """Return what a step finds: from the ledger, or measured now and put there."""
    ledger, trial = sitting.ledger, sitting.trial
    recorded = ledger.outcomes(trial.run, step.name)
    if recorded is not None:
        return recorded
    found: list[Finding | Abstention] = []
    whole = True
    for instrument in step.instruments:
        try:
            subject = sitting.subject(instrument.id, step.units, report)
            found += instrument.measure(subject, step.units, seed=trial.seed)
            whole = whole and not _lost(subject)
        except (StoreError, ModelChanged):
            raise  # not the model's silence: nothing that is found now could be kept
        except BoundaryError as error:
            whole = False  # not recorded: the next sitting asks again
            found += _failed(instrument, step, str(error))
    if whole:
        ledger.record_outcomes(trial.run, step.name, found)
    return found


def _lost(subject: Subject) -> int:
    """How many requests failed for the time being? The next sitting asks them again."""
    models = (subject.model, subject.reference)
    return sum(model.lost for model in models if isinstance(model, Recorded))


def _failed(instrument: Instrument, step: Step, reason: str) -> Iterator[Abstention]:
    names = [u.id for u in step.units] if instrument.scope is Scope.UNIT else ["benchmark"]
    yield from (Abstention(instrument=instrument.id, unit=n, reason=reason) for n in names)
