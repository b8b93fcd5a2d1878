"""START HERE. The one loop: measure in chunks, record, stop when it is decided, judge.

The command line, the tests and every other caller come through `run`; there is no second path.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Unpack

from assay.core.errors import BudgetSpent, ModelChanged
from assay.core.evidence import Finding, Stop, Verdict
from assay.core.settings import Forecast, Options, Plan, Progress
from assay.core.trial import Trial
from assay.examination.forecast import estimate
from assay.examination.prepare import prepare
from assay.examination.record import folder_of, write_run
from assay.examination.sitting import Sitting
from assay.examination.steps import steps
from assay.store import Ledger
from assay.verdict import Board, decided, judge, key_of, needed, totals

__all__ = ["Sitting", "examine", "measure", "run"]

Listener = Callable[[Progress], None]


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


def measure(sitting: Sitting) -> tuple[Board, Stop]:
    """Measure step by step until all is measured, decided, or the budget is spent."""
    trial, board = sitting.trial, Board()
    earlier = sitting.ledger.earlier(trial.run, trial.claim)
    planned, e_value, reason = len(trial.dealt), None, ""
    enough = needed(trial)

    def report() -> None:
        progress = Progress(
            phase="measuring",
            done=sitting.settled,
            total=planned,
            cost=sitting.ledger.cost(trial.run),
            e_value=e_value,
            needed=enough,
        )
        sitting.tell(progress)

    for step in chain(steps(trial), sitting.once_more()):
        report()
        try:
            board.add(sitting.outcomes(step, report))
        except BudgetSpent:
            reason = "budget spent"
            break
        except ModelChanged:
            reason = "model changed"  # the same command begins a new run, with the new one
            break
        # Once a step, not once a reply: what is on the board changes no oftener.
        e_value = max((t.e_value for t in totals(trial, board)), default=None)
        if not trial.plan.full and decided(trial, board, earlier):
            reason = "decided early" if sitting.settled < planned else ""
            break
    board.add(sitting.unanswered())
    report()
    return board, _stop(sitting, board, reason)


def _stop(sitting: Sitting, board: Board, reason: str) -> Stop:
    planned, measured = len(sitting.trial.dealt), sitting.settled
    nothing = not any(isinstance(outcome, Finding) for outcome in board.all())
    if not reason and nothing and not sitting.unanswered():
        reason, measured = "nothing to measure", 0
    reason = reason or ("full pass" if measured == planned else "answers missing")
    return Stop.model_validate({"planned": planned, "measured": measured, "reason": reason})
