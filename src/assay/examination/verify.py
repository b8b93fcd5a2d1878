"""Is this bundle what it says? What can be checked of it, and what must be believed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from assay.core.errors import BadConfig, IntegrityError, UsageError
from assay.core.evidence import Abstention, Evidence, Finding, Status, Total
from assay.core.provenance import Verification
from assay.core.settings import Progress
from assay.core.trial import Trial
from assay.examination.bundle import Bundle, read_bundle
from assay.examination.loop import Sitting, measure
from assay.examination.prepare import prepare
from assay.examination.replay import Replayed, bare_trial, difference
from assay.store import Ledger
from assay.store.transfer import Row, outcomes_of, restore
from assay.verdict import Board, judge, totals
from assay.verdict.combine import over_runs

__all__ = ["Inputs", "verify_run"]

WORDING = {"version", "headline", "claim", "why", "would_change", "not_shown", "flags_note"}
"""What another release may say otherwise about the same numbers."""
MODEL = "that the replies came from the model whose name and digest are given"
TEXTS = (
    "the items, their labels and the random acts behind them; what instruments could reach; the "
    "guard and the flagged items: give --benchmark FILE to have the verdict found anew"
)
MEASURED = "that the findings follow from what the model said: it takes a bundle --with-replies"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What the run was given, as whoever verifies it has it."""

    benchmark: str = ""
    controls: str | None = None
    certificate: str | None = None
    wrong: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """What the ledger of a bundle holds, once its links have been followed."""

    found: dict[tuple[str, str], Finding | Abstention]
    """Outcomes of the run's recorded steps, by instrument and unit."""
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
                verified.append(_added_up(bundle, ledger))
                trusted.append(TEXTS)
            else:
                verified += _found_anew(bundle, inputs, ledger, replies=inside.whole)
    if not inside.whole:
        trusted.append(MEASURED)
    return Verification(
        bundle=str(path),
        signer=bundle.signer,
        headline=bundle.verdict.headline,
        verified=tuple(verified),
        trusted=tuple(trusted),
    )


def _unpacked(bundle: Bundle, folder: Path) -> Inside:
    """Make the ledger anew, without what was found: that is for the replay to find."""
    found: dict[tuple[str, str], Finding | Abstention] = {}
    run, links, whole = bundle.provenance.run, 0, True
    ends = max((n for n, row in enumerate(bundle.rows()) if _ends(row, run)), default=-1)

    def rows() -> Iterator[Row]:
        nonlocal links, whole
        for number, row in enumerate(bundle.rows()):
            links += row.body is not None
            whole = whole and row.body is not None
            if row.table == "steps" and row.run == run:
                found.update({(o.instrument, o.unit): o for o in outcomes_of(row)})
            # Runs that were begun after the verdict had no part in it.
            if row.table != "runs" or number <= ends:
                yield row

    restore(rows(), folder, without=frozenset({"steps"}))
    return Inside(found=found, whole=whole, links=links)


def _ends(row: Row, run: str) -> bool:
    return row.table == "runs" and row.run == run


def _same_findings(bundle: Bundle, inside: Inside) -> str:
    """See that the findings are those of the ledger."""
    loose = 0
    for one in _outcomes(bundle):
        recorded = inside.found.get((one.instrument, one.unit))
        loose += recorded is None
        if recorded is not None and recorded != one:
            raise IntegrityError(
                f"evidence.jsonl: {one.instrument} on {one.unit} is not what the ledger holds"
            )
    if [r for r in bundle.records if isinstance(r, Evidence)] != list(bundle.verdict.evidence):
        raise IntegrityError("evidence.jsonl and verdict.json do not sum up the findings alike")
    many = len(list(_outcomes(bundle)))
    said = f"{many - loose} of {many} findings and abstentions stand so in the ledger"
    return f"{said} (requests failed in the steps of the others)" if loose else said


def _outcomes(bundle: Bundle) -> Iterator[Finding | Abstention]:
    """Yield findings and abstentions as the instruments gave them, without labels."""
    for record in bundle.records:
        if not isinstance(record, Evidence):
            yield record.model_copy(update={"role": ""})


def _board(bundle: Bundle) -> Board:
    board = Board()
    board.add(_outcomes(bundle))
    return board


def _added_up(bundle: Bundle, ledger: Ledger) -> str:
    """Find the totals anew from the findings, and see that the verdict follows from them."""
    trial, verdict = bare_trial(bundle), bundle.verdict
    try:
        again = totals(trial, _board(bundle))
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
    return "the totals and the verdict follow from the findings (added up anew)"


def _sum(total: Total, e_value: float | None = None) -> list[object]:
    """Return what a total comes to. Canaries may be added up in another order: the sum stays."""
    end = [float(len(total.path)), math.fsum(total.path[-1:])]
    value = float(total.e_value if e_value is None else e_value)
    return [total.null.value, total.topic, list(total.instruments), total.needed, value, *end]


def _found_anew(bundle: Bundle, inputs: Inputs, ledger: Ledger, *, replies: bool) -> Iterator[str]:
    """Deal, measure where the replies are there, and judge again; see that it comes to the same."""
    trial = _trial(bundle, inputs)
    yield "the benchmark is the one examined; items, labels and order of dealing come out the same"
    verdict, board, stop = bundle.verdict, _board(bundle), bundle.verdict.stop
    if replies:
        board, stop = measure(Sitting(trial=trial, ledger=ledger, tell=_watching(trial)))
        _same_outcomes(list(_outcomes(bundle)), board)
        yield f"every instrument was measured again from {ledger.cost(trial.run).calls} replies"
    costs = ledger.costs(trial.run)
    again = judge(trial, board, stop, costs=costs, earlier=ledger.earlier(trial.run, trial.claim))
    skipped = set() if verdict.version == version("assay") else WORDING
    then, now = (one.model_dump(mode="json", exclude=skipped) for one in (verdict, again))
    if wrong := difference(then, now):
        raise IntegrityError(f"the verdict comes out otherwise: {wrong}")
    yield "the verdict was found anew, number by number" + (" and word by word" * (not skipped))


def _trial(bundle: Bundle, inputs: Inputs) -> Trial:
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
        "budget": "",
    }
    reference = Replayed(made.reference, reason, measured) if made.reference else None
    trial = prepare(
        plan.model_copy(update=given),
        model=Replayed(made.model, reason, measured),
        reference=reference,
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
    return trial


def _watching(trial: Trial) -> Watch:
    models = (trial.subject.model, trial.subject.reference)
    return Watch(tuple(model for model in models if isinstance(model, Replayed)))


@dataclass(frozen=True, slots=True)
class Watch:
    """Tells the models of a replay how far it has come."""

    models: tuple[Replayed, ...]

    def __call__(self, report: Progress) -> None:
        """Tell them."""
        for model in self.models:
            model.watch(report)


def _same_outcomes(recorded: Sequence[Finding | Abstention], board: Board) -> None:
    """See that what was measured again is what was recorded; why somebody abstains may differ."""
    again = {(one.instrument, one.unit): one for one in board.all()}
    if set(again) != {(one.instrument, one.unit) for one in recorded}:
        raise IntegrityError("measured again, other units have an outcome than are recorded")
    for one in recorded:
        other = again[one.instrument, one.unit]
        silent = isinstance(one, Abstention) and isinstance(other, Abstention)
        wrong = (
            "" if silent else difference(one.model_dump(mode="json"), other.model_dump(mode="json"))
        )
        if wrong:
            raise IntegrityError(f"{one.instrument} on {one.unit}, measured again: {wrong}")
