"""From what the user asked for to everything that is fixed before the first measurement."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Literal

from assay.catalog import load_all
from assay.core.draws import frozen_digest, verify
from assay.core.errors import BadConfig
from assay.core.instrument import Instrument
from assay.core.item import Benchmark, Item, digest_of
from assay.core.scores import Scores
from assay.core.settings import Plan
from assay.core.subject import Model, Subject, Unit
from assay.core.trial import Trial
from assay.examination.blocking import blocked, check_disclosure, check_money
from assay.examination.disclosure import sealed_for
from assay.examination.provenance import digest_of_inputs
from assay.formats.benchmarks import open_benchmark
from assay.formats.controls import open_controls
from assay.formats.scores import ScoreFiles, open_scores
from assay.formats.splits import split
from assay.formats.wrong import with_wrong
from assay.models.names import check_model, open_model
from assay.verdict import blind_check, calibration_at, demotions

__all__ = ["check", "prepare"]

Items = tuple[Item, ...]
Kind = Literal["randomised", "other", "none"]
METHOD = 2  # bumped when the same plan would find other numbers; part of every run's identity


def check(plan: Plan) -> str:
    """Is there anything in this plan that the user has to mend? Said before a model is loaded.

    Returns
    -------
    str
        The digest of what it is given: items, controls, split and scores.

    Raises
    ------
    UsageError
        There is: a file, a name, a parameter, an impossible pair of options.
    """
    load_all(plan.instruments, plan.parameters)
    calibration_at(plan.calibration)
    check_money(plan)
    for name in filter(None, (plan.model, plan.reference)):
        check_model(name)
    whole, suspects, controls, _ = _inputs(plan)
    scores = _scores(plan, whole, suspects, controls)
    return digest_of_inputs(whole.digest, controls, plan.split, scores)


def prepare(plan: Plan, *, model: Model | None = None, reference: Model | None = None) -> Trial:
    """Open what the plan names and fix everything that chance and choice decide.

    What the user can mend (a file, a name, a parameter) fails here, before a model is loaded.

    Parameters
    ----------
    plan
        What was asked for.
    model, reference
        Take the place of the plan's own, to look at a trial without asking them anything.

    Raises
    ------
    UsageError
        As the opening of each part says.
    """
    instruments = load_all(plan.instruments, plan.parameters)
    calibration = calibration_at(plan.calibration)
    check_money(plan)
    whole, suspects, controls, kind = _inputs(plan)
    scores = _scores(plan, whole, suspects, controls)
    model = model or open_model(plan.model, arguments=plan.model_args)
    if plan.reference and reference is None:
        reference = open_model(plan.reference)
    if reference is not None and reference.digest == model.digest:
        raise BadConfig("--reference is the examined model itself; name one known to be older")
    check_disclosure(plan, model, *([reference] if reference else []))
    claim = _claim(plan, whole, controls, model, reference)
    seed = plan.seed if plan.seed is not None else int(claim[:12], 16)
    subject = Subject(
        model=model,
        benchmark=whole if kind != "randomised" else _published(whole, suspects),
        reference=reference,
        sealed=sealed_for(plan, model, (*whole.items, *controls)),
    )
    refusal = blind_check(suspects, controls, seed=seed) if kind == "other" else None
    return Trial(
        plan=plan,
        subject=subject,
        benchmark_digest=whole.digest,
        controls=controls,
        controls_kind=kind,
        dealt=_dealt(suspects, controls, seed),
        instruments=instruments,
        blocked=blocked(plan, instruments, subject, refusal),
        calibration=calibration,
        demoted=demotions(calibration, instruments),
        refusal=refusal if refusal and not refusal.passed else None,
        scores=scores,
        seed=seed,
        run=_run(claim, plan, instruments, seed),
        claim=claim,
    )


def _inputs(plan: Plan) -> tuple[Benchmark, Items, Items, Kind]:
    """Return the whole benchmark, suspects, controls and how these came about."""
    certificate = Path(plan.certificate) if plan.certificate else None
    whole = open_benchmark(plan.benchmark, fields=plan.fields, certificates=certificate)
    suspects, controls, kind = _sides(plan, whole)
    if plan.wrong:
        items, suspects, controls = with_wrong(Path(plan.wrong), whole.items, suspects, controls)
        whole = whole.model_copy(update={"items": items})
    return whole, suspects, controls, kind


def _sides(plan: Plan, whole: Benchmark) -> tuple[Items, Items, Kind]:
    """Return suspects, controls and how the controls came about."""
    if plan.split is not None and plan.controls:
        raise BadConfig("--split and --controls exclude each other: which are the controls?")
    if plan.split is not None:
        if len(whole.items) < 4:
            raise BadConfig(f"--split needs at least 4 items, {whole.name} has {len(whole.items)}")
        if whole.certificate("halves") is not None:
            raise BadConfig(
                f"--split {plan.split}: {whole.name} is a sealed benchmark; its halves were not "
                "dealt out item by item, and its public one is public whole\n"
                "  next: leave --split out"
            )
        record = whole.certificate("split")
        if record is not None and str(record.seed) != str(plan.split):
            raise BadConfig(
                f"--split {plan.split}: {whole.name} was split with the seed {record.seed}, as "
                "its certificate records; another split has no unseen half"
            )
        return *split(whole.items, plan.split), "randomised"
    if plan.controls:
        return whole.items, open_controls(plan.controls, whole, fields=plan.fields), "other"
    return whole.items, (), "none"


def _scores(plan: Plan, whole: Benchmark, suspects: Items, controls: Items) -> Scores | None:
    """Return who was right on what; None where the plan names no scores."""
    files = ScoreFiles(
        scores=plan.scores,
        siblings=plan.sibling_scores,
        others=plan.others,
        metric=plan.metric,
    )
    return open_scores(files, suspects, controls, whole.planted)


def _published(whole: Benchmark, suspects: tuple[Item, ...]) -> Benchmark:
    """Return the half that was published, with the acts recorded of the whole.

    The variants of all items were frozen together: where they are as they were, so are those of
    the half, and its own digest says so from here on.
    """
    acts = list(whole.certificates)
    if not verify(whole, "siblings"):
        half = {"digest": frozen_digest(suspects)}
        acts = [c.model_copy(update=half) if c.act == "siblings" else c for c in acts]
    return whole.model_copy(update={"items": suspects, "certificates": tuple(acts)})


def _claim(
    plan: Plan,
    whole: Benchmark,
    controls: tuple[Item, ...],
    model: Model,
    reference: Model | None,
) -> str:
    """Name the claim: the seed comes from it, so nobody shops for one (A17)."""
    held = digest_of([item.model_dump(mode="json") for item in controls])
    other = reference.digest if reference else None
    return digest_of([METHOD, whole.digest, held, plan.split, model.digest, other])


def _run(claim: str, plan: Plan, instruments: tuple[Instrument, ...], seed: int) -> str:
    """Name all that determines findings; alpha, budget and stopping only say how many there are."""
    names = [f"{instrument!r} v{instrument.version}" for instrument in instruments]
    return digest_of([claim, names, seed, plan.chunk])


def _dealt(suspects: tuple[Item, ...], controls: tuple[Item, ...], seed: int) -> tuple[Unit, ...]:
    """Shuffle suspects and controls together."""
    units = [Unit(id=item.id, item=item) for item in (*suspects, *controls)]
    random.Random(seed).shuffle(units)  # noqa: S311 - repeatable, not secret
    return tuple(units)
