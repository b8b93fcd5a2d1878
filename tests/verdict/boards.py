"""Trials and boards made by hand, so that every rule can be seen by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from tests.conformance.world import build

from assay.catalog import load
from assay.core.evidence import Abstention, Finding, GuardReport, Null, Stop, Verdict
from assay.core.item import Benchmark, Item
from assay.core.settings import Plan
from assay.core.subject import Subject, Unit
from assay.core.trial import Trial
from assay.models.scripted import ScriptedModel
from assay.verdict import Board, judge

Kind = Literal["randomised", "other", "none"]


def trial(
    instruments: Sequence[str],
    *,
    benchmark: Benchmark | None = None,
    controls: int = 0,
    kind: Kind = "none",
    refusal: GuardReport | None = None,
    alpha: float = 0.01,
) -> Trial:
    """Return a trial of these instruments; suspects and controls are dealt in turn."""
    whole = benchmark or build(1, items=8, siblings=19, options=3)
    held = tuple(Item(id=f"c{n}", statement=f"Control {n}.") for n in range(controls))
    units = [Unit(id=i.id, item=i) for i in whole.items]
    beside = [Unit(id=i.id, item=i) for i in held]
    pairs = zip(units, beside, strict=False)
    dealt = [unit for pair in pairs for unit in pair]
    dealt += units[len(beside) :] + beside[len(units) :]
    return Trial(
        plan=Plan(benchmark="b", model="m", alpha=alpha),
        subject=Subject(model=ScriptedModel(), benchmark=whole, reference=ScriptedModel(seed=9)),
        benchmark_digest=whole.digest,
        controls=held,
        controls_kind=kind,
        dealt=tuple(dealt),
        instruments=tuple(load(name) for name in instruments),
        refusal=refusal,
        seed=1,
        run="run",
        claim="claim",
    )


def plain(items: int) -> Benchmark:
    """Return a benchmark in which nothing was planted."""
    return Benchmark(
        name="plain",
        items=tuple(Item(id=f"s{n}", statement=f"Suspect {n}.") for n in range(items)),
    )


def exact(instrument: str, values: Mapping[str, float]) -> list[Finding]:
    """Return findings with these e-values."""
    return [
        Finding(
            instrument=instrument,
            unit=unit,
            e_value=value,
            p_value=0.5,
            null=Null.EXACT,
            detail={"rank": 1, "of": 10},
        )
        for unit, value in values.items()
    ]


def scored(instrument: str, given: Trial, *, gap: float) -> list[Finding]:
    """Return scores, those of suspects higher by so much; the rest is a fixed zigzag."""
    return [
        Finding(
            instrument=instrument,
            unit=unit.id,
            score=(place * 7 % 11) / 11 + gap * (unit.id in given.suspect_ids),
        )
        for place, unit in enumerate(given.dealt)
    ]


def silent(instrument: str, units: Sequence[str]) -> list[Abstention]:
    """Return abstentions."""
    return [Abstention(instrument=instrument, unit=u, reason="cut off") for u in units]


def board(*outcomes: Sequence[Finding | Abstention]) -> Board:
    """Return a board with all of these."""
    made = Board()
    for some in outcomes:
        made.add(some)
    return made


def judged(
    given: Trial,
    found: Board,
    *,
    measured: int | None = None,
    earlier: Sequence[dict[str, float]] = (),
) -> Verdict:
    """Judge, after a full pass where nothing else is said."""
    planned = len(given.dealt)
    done = planned if measured is None else measured
    reason: Literal["full pass", "decided early"] = "full pass"
    if done < planned:
        reason = "decided early"
    stop = Stop(planned=planned, measured=done, reason=reason)
    return judge(given, found, stop, costs={}, earlier=earlier)


def with_controls(given: Trial, kind: Kind) -> Trial:
    """Return the same trial with controls of another kind."""
    return replace(given, controls_kind=kind)
