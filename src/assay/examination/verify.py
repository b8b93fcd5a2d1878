"""Is this bundle what it says? What can be checked of it, and what must be believed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from assay.core.errors import IntegrityError
from assay.core.evidence import Evidence, Status, Total
from assay.core.provenance import Verification
from assay.core.trial import Trial
from assay.examination.again import Found, Inputs, deal_again, judge_again, measure_again
from assay.examination.bundle import Bundle, read_bundle
from assay.examination.replay import bare_trial, difference
from assay.store import Ledger
from assay.store.ledger import Outcome
from assay.store.transfer import Row, outcomes_of, restore
from assay.verdict import Board, calibration_at, clear, totals
from assay.verdict.combine import over_runs

__all__ = ["Inputs", "verify_run"]

MODEL = (
    "that the replies came from the model whose name and digest are given, and that no other run "
    "of the claim was kept back"
)
TEXTS = (
    "the items, their labels and the random acts behind them; what instruments could reach; the "
    "guard, the flagged items, the corrected score, and what was ruled out by another calibration "
    "than the packaged one: give --benchmark FILE to have the verdict found anew"
)
MEASURED = (
    "that the findings follow from what the model said: it takes a bundle --with-replies, and "
    "--benchmark FILE"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """What the ledger of a bundle holds, once its links have been followed."""

    steps: tuple[Found, ...]
    """What the run's recorded steps found, in their order."""
    whole: bool
    """Every reply is there."""
    links: int


def verify_run(
    path: Path, *, public: Path | None = None, inputs: Inputs | None = None
) -> Verification:
    """Check all of a bundle that can be checked here, without asking a model.

    Parameters
    ----------
    path
        The bundle.
    public
        The public key that it must be signed with.
    inputs
        The run's benchmark, and what else it was given.

    Returns
    -------
    Verification
        What was verified, and what was taken on trust.

    Raises
    ------
    IntegrityError
        Something does not fit.
    UsageError
        The bundle or an input cannot be read, or this version has other instruments.
    """
    bundle = read_bundle(path, public)
    verified = ["nothing in it was changed since it was signed"]
    trusted = [MODEL]
    if public is None:
        trusted.append(f"that key {bundle.signer[:16]} is the signer's: give --public-key FILE")
    else:
        verified.append(f"it was signed with the key in {public}")
    with TemporaryDirectory(prefix="assay-") as folder:
        inside = _unpacked(bundle, Path(folder))
        verified.append(f"the {inside.links} rows of the ledger that it holds follow one another")
        verified.append(_same_findings(bundle, inside))
        with Ledger(Path(folder)) as ledger:
            if inputs is None or not inputs.benchmark:
                verified.append(_added_up(bundle, ledger, inside))
                trusted += [TEXTS, MEASURED]
            else:
                lines = _found_anew(bundle, inputs, ledger, inside)
                verified += lines[0]
                trusted += lines[1]
    return Verification(
        bundle=str(path),
        signer=bundle.signer,
        headline=bundle.verdict.headline,
        verified=tuple(verified),
        trusted=tuple(trusted),
    )


def _unpacked(bundle: Bundle, folder: Path) -> Inside:
    """Make the ledger anew, without what was found: that is for the replay to find."""
    found: list[Found] = []
    run, links, whole = bundle.provenance.run, 0, True
    ends = max((n for n, row in enumerate(bundle.rows()) if _ends(row, run)), default=-1)

    def rows() -> Iterator[Row]:
        nonlocal links, whole
        for number, row in enumerate(bundle.rows()):
            links += row.body is not None
            whole = whole and row.body is not None
            if row.table == "steps" and row.run == run:
                found.append(outcomes_of(row))
            # Runs that were begun after the verdict had no part in it.
            if row.table != "runs" or number <= ends:
                yield row

    restore(rows(), folder, without=frozenset({"steps"}))
    return Inside(steps=tuple(found), whole=whole, links=links)


def _ends(row: Row, run: str) -> bool:
    return row.table == "runs" and row.run == run


def _same_findings(bundle: Bundle, inside: Inside) -> str:
    """See that the findings are those of the ledger."""
    loose, held = 0, {_key(one): one for found in inside.steps for one in found}
    for one in bundle.outcomes():
        recorded = held.get(_key(one))
        loose += recorded is None
        if recorded is not None and recorded != one:
            raise IntegrityError(
                f"evidence.jsonl: {one.instrument} on {one.unit} is not what the ledger holds"
            )
    if [r for r in bundle.records if isinstance(r, Evidence)] != list(bundle.verdict.evidence):
        raise IntegrityError("evidence.jsonl and verdict.json do not sum up the findings alike")
    many = len(list(bundle.outcomes()))
    said = f"{many - loose} of {many} findings and abstentions stand so in the ledger"
    return f"{said} (of the others an answer is missing)" if loose else said


def _key(outcome: Outcome) -> tuple[str, str]:
    return (outcome.instrument, outcome.unit)


def _bet_on(bundle: Bundle, inside: Inside) -> Sequence[Found]:
    """Return what each step found, as far as it went into the verdict, in the ledger's order.

    A run that once went further may have been judged at an earlier stop; what is in no step was
    not answered.
    """
    judged = {_key(one): one for one in bundle.outcomes()}
    found = [[judged.pop(_key(o)) for o in step if _key(o) in judged] for step in inside.steps]
    return [step for step in found if step] + ([list(judged.values())] if judged else [])


def _found_anew(
    bundle: Bundle, inputs: Inputs, ledger: Ledger, inside: Inside
) -> tuple[list[str], list[str]]:
    """Carry the run out again with its items; returns what fits, and what had to be believed."""
    trial = deal_again(bundle, inputs)
    fits = ["the benchmark is the one examined, its items were dealt and labelled as recorded"]
    believed = [] if inside.whole else [MEASURED]
    if inside.whole:
        gaps = measure_again(trial, bundle, ledger)
        calls = ledger.cost(trial.run).calls
        fits.append(f"every instrument was measured again, from {calls} replies")
        if gaps:
            believed.append(f"that requests failed where instruments abstain {gaps} times")
    words = judge_again(trial, bundle, ledger, _bet_on(bundle, inside))
    fits.append("the verdict was found anew, number by number" + " and word by word" * words)
    return fits, believed


def _added_up(bundle: Bundle, ledger: Ledger, inside: Inside) -> str:
    """Find the totals anew from the findings, and see that the verdict follows from them."""
    trial, verdict, board = bare_trial(bundle), bundle.verdict, Board()
    for found in _bet_on(bundle, inside):
        board.add(found)
    try:
        again = totals(trial, board)
    except (ValueError, KeyError, ArithmeticError) as error:
        raise IntegrityError(f"the findings cannot be added up ({error})") from error
    earlier = ledger.earlier(trial.run, trial.claim)
    pairs = ([_sum(t) for t in verdict.totals],
             [_sum(t, over_runs(t, earlier)) for t in again])  # fmt: skip
    if wrong := difference(*pairs):
        raise IntegrityError(f"the totals do not follow from the findings: {wrong}")
    flags = [t.may_flag and t.e_value >= t.needed for t in verdict.totals]
    if flags != [t.flags for t in verdict.totals]:
        raise IntegrityError("verdict.json: a total is flagged that does not reach what it needs")
    if (verdict.status is Status.FLAGGED) != any(flags):
        raise IntegrityError("verdict.json: the verdict does not follow from its totals")
    _ruled_out_anew(bundle, trial, board)
    return "the totals and the verdict follow from the findings (added up anew)"


def _ruled_out_anew(bundle: Bundle, trial: Trial, board: Board) -> None:
    """See that what the verdict rules out follows from the findings, where it can be told here."""
    verdict, here = bundle.verdict, calibration_at()
    found = verdict.clearance
    if (verdict.status is Status.CLEAN) != (found is not None and found.cleared):
        raise IntegrityError("verdict.json: the verdict does not follow from what it rules out")
    if found is None or here.digest != verdict.calibration or trial.controls_kind == "other":
        return
    full = verdict.stop.measured == verdict.stop.planned
    again = clear(replace(trial, calibration=here), board, fair=True, full=full)
    if wrong := difference(found.model_dump(mode="json"), again.model_dump(mode="json")):
        raise IntegrityError(f"what is ruled out does not follow from the findings: {wrong}")


def _sum(total: Total, e_value: float | None = None) -> list[object]:
    """Return what a total comes to. Canaries may be added up in another order: the sum stays."""
    end = [float(len(total.path)), math.fsum(total.path[-1:])]
    value = float(total.e_value if e_value is None else e_value)
    return [total.null.value, total.topic, list(total.instruments), total.needed, value, *end]
