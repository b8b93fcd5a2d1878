"""In which order is what measured? A function of the trial alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assay.core.instrument import Instrument, Scope
from assay.core.subject import Unit
from assay.core.trial import Trial

__all__ = ["Step", "later", "steps"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Units that are measured together, by instruments in turn."""

    name: str
    units: tuple[Unit, ...]
    instruments: tuple[Instrument, ...]
    deals: bool
    """Whether its units count as dealt: those of a whole-benchmark instrument do not."""
    last: bool = False
    """Whether who has no answer now is missing for good."""


def steps(trial: Trial) -> Iterator[Step]:
    """Deal the work: cheap whole-benchmark instruments, then units in chunks, then the others."""
    per_unit = [i for i in trial.running if i.scope is Scope.UNIT]
    whole = [i for i in trial.running if i.scope is Scope.BENCHMARK]
    first = [
        i for i in whole if per_unit and trial.running.index(i) < trial.running.index(per_unit[0])
    ]
    suspects = tuple(Unit(id=item.id, item=item) for item in trial.subject.benchmark.items)
    for instrument in first:
        yield Step(name=instrument.id, units=suspects, instruments=(instrument,), deals=False)
    size = trial.plan.chunk
    for start in range(0, len(trial.dealt), size):
        units = trial.dealt[start : start + size]
        yield Step(name=f"chunk {start}", units=units, instruments=tuple(per_unit), deals=True)
    for instrument in (i for i in whole if i not in first):
        yield Step(name=instrument.id, units=suspects, instruments=(instrument,), deals=False)


def later(trial: Trial, units: Sequence[Unit], attempt: int, *, last: bool) -> list[Step]:
    """Deal units that had no answer once more, in chunks."""
    per_unit = tuple(i for i in trial.running if i.scope is Scope.UNIT)
    size = trial.plan.chunk
    return [
        Step(
            name=f"again {attempt}, {start}",
            units=tuple(units[start : start + size]),
            instruments=per_unit,
            deals=True,
            last=last,
        )
        for start in range(0, len(units), size)
    ]
