"""What a run was made of, written beside its verdict."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from assay.core.evidence import Null
from assay.core.instrument import Instrument
from assay.core.item import Item, digest_of
from assay.core.provenance import Dealt, InstrumentFacts, ModelFacts, Provenance, Showable
from assay.core.scores import Scores
from assay.core.subject import Model
from assay.core.trial import Trial

__all__ = ["digest_of_inputs", "environment", "provenance_of", "traits"]

COMPUTE = (
    *("assay", "numpy", "scipy", "scikit-learn", "pydantic", "pyarrow"),
    *("torch", "transformers", "inspect_ai", "openai"),
)
"""Packages whose release can change a number."""


def provenance_of(trial: Trial) -> Provenance:
    """What is this trial made of? No text of an item is in it."""
    subject, published = trial.subject, trial.suspect_ids
    return Provenance(
        run=trial.run,
        claim=trial.claim,
        inputs=digest_of_inputs(
            trial.benchmark_digest, trial.controls, trial.plan.split, trial.scores
        ),
        seed=trial.seed,
        canaries=len(subject.benchmark.canaries),
        dealt=tuple(
            Dealt(
                unit=unit.id,
                role="suspect" if unit.id in published else "control",
                has=tuple(traits(unit.item)),
            )
            for unit in trial.dealt
        ),
        model=_model(subject.model),
        reference=_model(subject.reference) if subject.reference else None,
        instruments=tuple(_instrument(trial, one) for one in trial.instruments),
        showable=_showable(trial),
        environment=environment(),
    )


def _showable(trial: Trial) -> dict[str, Showable] | None:
    may = trial.subject.sealed
    if may is None:
        return None
    items = {unit.id: unit.item.siblings for unit in trial.dealt}
    return {
        name: Showable(
            shown=tuple(items[name].index(text) for text in one.shown),
            unspent=tuple(items[name].index(text) for text in one.unspent),
        )
        for name, one in may.items()
        if name in items
    }


def digest_of_inputs(
    benchmark_digest: str, controls: tuple[Item, ...], split: int | None, scores: Scores | None
) -> str:
    """Name what is given to a run beside the model: items, controls, split, scores."""
    held = digest_of([item.model_dump(mode="json") for item in controls])
    return digest_of([benchmark_digest, held, split, *([scores.digest] if scores else [])])


def traits(item: Item) -> Iterator[str]:
    """Yield what instruments ask of an item."""
    if item.siblings:
        yield "siblings"
    if len(item.options) > 1:
        yield "options"
    if item.twins or item.sibling_answers:
        yield "twins"
    if item.correct is not None:
        yield "correct"


@cache
def environment() -> dict[str, str]:
    """Return versions of what computes here: looked up once, for it takes a while."""
    found = {"python": platform.python_version(), "platform": platform.platform()}
    for package in COMPUTE:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _model(model: Model) -> ModelFacts:
    return ModelFacts(
        name=model.name,
        digest=model.digest,
        abilities=tuple(ability.name or "" for ability in model.abilities),
        context=model.context,
        parameters=model.parameters,
        prompting=model.prompting,
        remote=model.remote,
        notes=model.notes,
    )


def _instrument(trial: Trial, instrument: Instrument) -> InstrumentFacts:
    blocked = trial.blocked.get(instrument.id, "")
    subject = trial.subject
    return InstrumentFacts(
        id=instrument.id,
        version=instrument.version,
        needs=tuple(need.name or "" for need in instrument.needs),
        strongest_null=instrument.strongest_null,
        scope=instrument.scope.value,
        topic=instrument.topic.value,
        claim=instrument.claim,
        largest_e=None if blocked else instrument.largest_e(subject),
        reaches=Null.NONE if blocked else instrument.reaches(subject),
        blocked=blocked,
        demoted=trial.demoted.get(instrument.id, ""),
    )
