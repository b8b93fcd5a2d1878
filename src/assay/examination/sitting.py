"""One sitting at a run: what is asked, what is kept, and who waits for an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from assay.core.errors import BoundaryError, ModelChanged, ModelError, StoreError
from assay.core.evidence import Abstention, Finding
from assay.core.instrument import Instrument, Scope
from assay.core.settings import Progress
from assay.core.subject import Model, Subject, Unit
from assay.core.trial import Trial
from assay.examination.disclosure import noted
from assay.examination.steps import Step, later
from assay.store import Ledger, Purse, Recorded, budget_from, price_from

__all__ = ["Sitting"]

Outcome = Finding | Abstention
ATTEMPTS = 3
"""How often those are asked again who had no answer; after the last they are missing for good."""


@dataclass(slots=True, kw_only=True)
class Sitting:
    """One process at work on a run.

    What is bet on only ever grows at its end, over all sittings of a run: a bet that was made is
    never made again with better knowledge, for the better of two bets on one label has no error
    rate. Units without an answer for the time being therefore wait. They are asked once more when
    everything else has been measured, and are bet on last.
    """

    trial: Trial
    ledger: Ledger
    tell: Callable[[Progress], None]
    settled: int = 0
    """Units that were dealt and measured, or are missing for good."""
    waiting: dict[str, list[Abstention]] = field(default_factory=dict)
    """Units that wait for an answer, and what is to be said of them meanwhile."""

    missed: list[Abstention] = field(default_factory=list)
    """What is to be said of whole-benchmark instruments without an answer for the time being."""

    def outcomes(self, step: Step, report: Callable[[], None]) -> Sequence[Outcome]:
        """Return what a step finds: from the ledger, or measured now and put there."""
        recorded = self.ledger.outcomes(self.trial.run, step.name)
        if recorded is None:
            found, lost = self._measured(step, report)
            if lost and not step.deals:
                self.missed += _passing(found)
                return ()  # not recorded: the next sitting asks again
            recorded = _in_order(step, found if step.last else _whole(found, lost=lost))
            self.ledger.record_outcomes(self.trial.run, step.name, recorded)
            self._let_wait(step, recorded, found)
        else:
            self._let_wait(step, recorded, ())
        return recorded

    def _let_wait(self, step: Step, recorded: Sequence[Outcome], found: Sequence[Outcome]) -> None:
        """Note who has an outcome now, and who waits for one."""
        if not step.deals:
            return
        have = {outcome.unit for outcome in recorded}
        for unit in step.units:
            if unit.id in have or step.last or not step.instruments:
                self.settled += 1
                self.waiting.pop(unit.id, None)
            else:
                about = _passing([outcome for outcome in found if outcome.unit == unit.id])
                self.waiting[unit.id] = about or self.waiting.get(unit.id, [])

    def once_more(self) -> Iterator[Step]:
        """Deal those who wait: again as recorded, and then in one more attempt."""
        fresh = False
        for attempt in range(1, ATTEMPTS + 1):
            units = [unit for unit in self.trial.dealt if unit.id in self.waiting]
            chunks = later(self.trial, units, attempt, last=attempt == ATTEMPTS)
            known = chunks and self.ledger.outcomes(self.trial.run, chunks[0].name) is not None
            if not units or (fresh and not known):
                return
            fresh = fresh or not known
            yield from chunks

    def unanswered(self) -> list[Outcome]:
        """Return what is to be said of those who still wait."""
        return [*self.missed, *(o for several in self.waiting.values() for o in several)]

    def _measured(self, step: Step, report: Callable[[], None]) -> tuple[list[Outcome], bool]:
        """Measure a step; also whether an answer is missing for the time being."""
        found: list[Outcome] = []
        lost = False
        for instrument in step.instruments:
            try:
                subject = self.subject(instrument.id, step.units, report)
                found += instrument.measure(subject, step.units, seed=self.trial.seed)
                lost = lost or bool(_lost(subject))
            except (StoreError, ModelChanged):
                raise  # not the model's silence: nothing that is found now could be kept
            except ModelError as error:
                lost = True
                found += _failed(instrument, step, str(error))
            except BoundaryError as error:  # an outside thing of the instrument's own
                found += _failed(instrument, step, str(error))
        return found, lost

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


def _lost(subject: Subject) -> int:
    """How many requests failed for the time being?"""
    models = (subject.model, subject.reference)
    return sum(model.lost for model in models if isinstance(model, Recorded))


def _failed(instrument: Instrument, step: Step, reason: str) -> Iterator[Abstention]:
    names = [u.id for u in step.units] if instrument.scope is Scope.UNIT else ["benchmark"]
    yield from (Abstention(instrument=instrument.id, unit=n, reason=reason) for n in names)


def _whole(found: Sequence[Outcome], *, lost: bool) -> list[Outcome]:
    """Leave out the units of which an instrument abstained, where answers are missing."""
    short = {o.unit for o in found if lost and isinstance(o, Abstention)}
    return [outcome for outcome in found if outcome.unit not in short]


def _in_order(step: Step, found: Sequence[Outcome]) -> list[Outcome]:
    """Put outcomes in the order of the units: in that order they are bet on."""
    place = {unit.id: n for n, unit in enumerate(step.units)}
    return sorted(found, key=lambda outcome: place.get(outcome.unit, -1))


def _passing(found: Sequence[Outcome]) -> list[Abstention]:
    """Say of whom there is no answer that there is none for the time being."""
    silent = (outcome for outcome in found if isinstance(outcome, Abstention))
    return [outcome.model_copy(update={"passing": True}) for outcome in silent]
