"""A run once more, from what was recorded: no model is asked."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Flag
from typing import TypeVar, cast

from assay.core.errors import IntegrityError
from assay.core.evidence import Abstention, Finding, Null
from assay.core.instrument import Instrument, Need, Scope, Topic
from assay.core.item import Benchmark, Canary, Item, Twin
from assay.core.provenance import Dealt, InstrumentFacts, ModelFacts
from assay.core.subject import Ability, Prompting, Reply, Request, Subject, Unit
from assay.core.trial import Trial
from assay.examination.bundle import Bundle

__all__ = ["Replayed", "bare_trial", "difference"]

Named = TypeVar("Named", bound=Flag)
NO_TEXT = "-"
ROUNDING = 1e-6
"""Relative: other releases of NumPy and SciPy round sums and logarithms otherwise."""


class Replayed:
    """A model that says what it was, and answers nothing: its replies are in the ledger.

    Whatever it was, nothing that it is asked leaves this machine.
    """

    def __init__(self, facts: ModelFacts) -> None:
        self.name: str = facts.name
        self.digest: str = facts.digest
        self.context: int = facts.context
        self.parameters: int = facts.parameters
        self.prompting: Prompting = facts.prompting
        self.remote: bool = False
        self.notes: tuple[str, ...] = facts.notes
        self.abilities = Ability.NONE
        for name in facts.abilities:
            self.abilities |= _member(Ability, name)

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Say of each request that no reply to it is recorded."""
        for index in range(len(requests)):
            yield index, Reply(problem="no reply to it is recorded", transient=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """An instrument as it was recorded: enough to combine what it found."""

    id: str
    version: int
    needs: Need
    strongest_null: Null
    scope: Scope
    topic: Topic
    claim: str
    most: float | None
    null: Null

    def measure(
        self, subject: Subject, units: Sequence[Unit], *, seed: int
    ) -> Iterator[Finding | Abstention]:
        """Measure nothing."""
        del subject, units, seed
        yield from ()

    def largest_e(self, subject: Subject) -> float | None:
        """Return what was recorded."""
        del subject
        return self.most

    def reaches(self, subject: Subject) -> Null:
        """Return what was recorded."""
        del subject
        return self.null


def bare_trial(bundle: Bundle) -> Trial:
    """Return the trial of a bundle without a word of its items: enough to add up again.

    Raises
    ------
    IntegrityError
        The bundle contradicts itself.
    """
    made, verdict = bundle.provenance, bundle.verdict
    units = tuple(Unit(id=one.unit, item=_item(one)) for one in made.dealt)
    sides = {role: [u.item for u, d in zip(units, made.dealt, strict=True) if d.role == role]
             for role in ("suspect", "control")}  # fmt: skip
    counted = (len(sides["suspect"]), len(sides["control"]), made.seed, made.model.digest)
    if counted != (verdict.suspects, verdict.controls, verdict.seed, verdict.model_digest):
        raise IntegrityError("provenance.json and verdict.json are not of one run")
    benchmark = Benchmark(
        name=verdict.benchmark,
        items=tuple(sides["suspect"]),
        canaries=tuple(Canary(id=str(n), secret=NO_TEXT) for n in range(made.canaries)),
    )
    return Trial(
        plan=bundle.plan,
        subject=Subject(
            model=Replayed(made.model),
            benchmark=benchmark,
            reference=Replayed(made.reference) if made.reference else None,
        ),
        benchmark_digest=verdict.benchmark_digest,
        controls=tuple(sides["control"]),
        controls_kind=verdict.controls_kind,
        dealt=units,
        instruments=tuple(cast("Instrument", _instrument(one)) for one in made.instruments),
        blocked={one.id: one.blocked for one in made.instruments if one.blocked},
        demoted={one.id: one.demoted for one in made.instruments if one.demoted},
        seed=made.seed,
        run=made.run,
        claim=made.claim,
    )


def _item(dealt: Dealt) -> Item:
    """Return an item of which only that is known which instruments can ask it."""
    has = set(dealt.has)
    return Item(
        id=dealt.unit,
        statement=NO_TEXT,
        siblings=(NO_TEXT,) if "siblings" in has else (),
        options=(NO_TEXT, NO_TEXT) if "options" in has else (),
        twins=(Twin(statement=NO_TEXT, answer=NO_TEXT),) if "twins" in has else (),
        correct=NO_TEXT if "correct" in has else None,
    )


def _instrument(facts: InstrumentFacts) -> Recalled:
    needs = Need.NONE
    for name in facts.needs:
        needs |= _member(Need, name)
    try:
        scope, topic = Scope(facts.scope), Topic(facts.topic)
    except ValueError as error:
        raise IntegrityError(f"provenance.json: {facts.id}: {error}") from error
    return Recalled(
        id=facts.id,
        version=facts.version,
        needs=needs,
        strongest_null=facts.strongest_null,
        scope=scope,
        topic=topic,
        claim=facts.claim,
        most=facts.largest_e,
        null=facts.reaches,
    )


def _member(kind: type[Named], name: str) -> Named:
    try:
        return kind[name]
    except KeyError as error:
        raise IntegrityError(f"provenance.json: there is no {kind.__name__} {name!r}") from error


def difference(recorded: object, again: object, where: str = "") -> str:
    """Where do two records differ by more than rounding? Empty where they do not.

    Examples
    --------
    >>> difference({"e": [1.0, 2.0]}, {"e": [1.0, 3.0]})
    'e.1: recorded 2.0, found 3.0'
    """
    if isinstance(recorded, dict) and isinstance(again, dict) and set(recorded) == set(again):
        pairs = ((f"{where}{key}.", recorded[key], again[key]) for key in recorded)
        return next((d for at, a, b in pairs if (d := difference(a, b, at))), "")
    if isinstance(recorded, list) and isinstance(again, list) and len(recorded) == len(again):
        numbered = enumerate(zip(recorded, again, strict=True))
        return next((d for n, (a, b) in numbered if (d := difference(a, b, f"{where}{n}."))), "")
    if isinstance(recorded, float) and isinstance(again, float | int):
        alike = math.isclose(recorded, again, rel_tol=ROUNDING, abs_tol=1e-9)
    else:
        alike = recorded == again
    shown = f"recorded {str(recorded)[:80]}, found {str(again)[:80]}"
    return "" if alike else f"{where.rstrip('.')}: {shown}"
