"""What the laws of the conformance suite are checked with: quick instruments, worlds, outcomes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

from tests.conformance.world import build, published_texts, write

from assay.catalog import ids, load
from assay.core.evidence import Abstention, Finding, Verdict
from assay.core.instrument import Instrument, Need
from assay.core.settings import Plan
from assay.core.subject import Ability, Model, Prompting, Reply, Request, Subject, Unit
from assay.examination.loop import carry_out
from assay.examination.prepare import prepare
from assay.models.scripted import ScriptedModel
from assay.store import Ledger

INSTRUMENTS = ids()
"""Every line of the catalogue; nothing is ever taken out of it."""
SEED = 5
QUICK = {"shuffles": 19, "alternatives": 15}
"""Parameters that only make an instrument ask more often. The laws hold at any value."""
Outcome = Finding | Abstention


@cache
def quick(name: str) -> Instrument:
    """Load an instrument, asking as seldom as it can."""
    known: Any = load(name)  # the laws check that it is a dataclass
    found: Instrument = replace(known, **_settings(name))
    return found


@cache
def subject(*, knows: bool, items: int = 6) -> Subject:
    """Return a subject with everything that any instrument needs."""
    benchmark = build(1, items=items, siblings=19, options=3, answers=True)
    known = published_texts(benchmark) if knows else ()
    return Subject(
        model=ScriptedModel(name="examined", knows=known, strength=0.9),
        benchmark=benchmark,
        reference=ScriptedModel(name="untouched", seed=9),
    )


def units_of(given: Subject) -> tuple[Unit, ...]:
    """Return all items as units."""
    return tuple(Unit(id=item.id, item=item) for item in given.benchmark.items)


def measured(instrument: Instrument, given: Subject, *, seed: int = SEED) -> list[Outcome]:
    """Measure all items."""
    return list(instrument.measure(given, units_of(given), seed=seed))


@dataclass(kw_only=True)
class Remembering:
    """A model asked once for each text: thousands of redraws then cost what one of them does."""

    inner: Model
    replies: dict[Request, Reply] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.name: str = self.inner.name
        self.digest: str = self.inner.digest
        self.abilities: Ability = self.inner.abilities
        self.context: int = self.inner.context
        self.parameters: int = self.inner.parameters
        self.prompting: Prompting = self.inner.prompting
        self.remote: bool = self.inner.remote
        self.notes: tuple[str, ...] = self.inner.notes

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Answer from memory, else ask."""
        for index, request in enumerate(requests):
            if request not in self.replies:
                ((_, self.replies[request]),) = self.inner.answer([request])
            yield index, self.replies[request]


ABILITY = {
    Need.LOGPROBS: Ability.LOGPROBS,
    Need.VOCAB_MOMENTS: Ability.VOCAB_MOMENTS,
    Need.GENERATE: Ability.GENERATE,
}
ALL = Ability.LOGPROBS | Ability.VOCAB_MOMENTS | Ability.GENERATE


def lacking(need: Need) -> Subject:
    """Return a subject that has everything but this."""
    whole = subject(knows=False)
    if need in ABILITY:
        return replace(whole, model=ScriptedModel(abilities=ALL & ~ABILITY[need]))
    if need is Need.REFERENCE:
        return replace(whole, reference=None)
    if need is Need.CANARIES:
        return replace(whole, benchmark=whole.benchmark.model_copy(update={"canaries": ()}))
    if need is Need.HONEYPOTS:
        return replace(whole, benchmark=whole.benchmark.model_copy(update={"honeypots": ()}))
    if need is Need.ITEMS:
        return replace(whole, benchmark=whole.benchmark.model_copy(update={"items": ()}))
    blanks: dict[Need, dict[str, Any]] = {
        Need.OPTIONS: {"options": ()},
        Need.SIBLINGS: {"siblings": (), "sibling_answers": ()},
        Need.TWINS: {"sibling_answers": ()},
        Need.WRONG_ANSWERS: {"correct": None},
    }
    items = tuple(item.model_copy(update=blanks[need]) for item in whole.benchmark.items)
    return replace(whole, benchmark=whole.benchmark.model_copy(update={"items": items}))


def through_the_loop(folder: Path, name: str, given: Subject, *, model: Model) -> Verdict:
    """Examine a subject's benchmark by one instrument, as the command does, half held back."""
    path = write(folder, given.benchmark)
    plan = Plan(
        benchmark=str(path),
        model="scripted:clean",
        reference="scripted:seed=9" if given.reference else None,
        split=3,
        instruments=(name,),
        parameters={f"{name}.{key}": str(value) for key, value in _settings(name).items()},
        full=True,
    )
    trial = prepare(plan, model=model)
    with Ledger(folder / "run") as ledger:
        return carry_out(trial, ledger, folder / "run", lambda _: None)


def _settings(name: str) -> dict[str, int]:
    known: Any = load(name)
    return {f.name: QUICK[f.name] for f in fields(known) if f.name in QUICK}
