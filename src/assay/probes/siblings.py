"""Sealed siblings: variants of an item of which chance published one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from assay.core.draws import verify
from assay.core.evidence import Abstention, Finding, Null
from assay.core.instrument import Need, Scope, Topic
from assay.core.subject import Subject, Unit
from assay.probes.ranking import rank_finding, score_groups
from assay.stats.evalues import rank_e_max

__all__ = ["Siblings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Siblings:
    """Where does the published variant rank among its sealed siblings, by log-probability?

    Fails when: a variant was edited or redrawn after the draw; the sealed variants leaked too; the
    model memorised the item's content without preferring its wording.
    References: rank tests on a recorded draw, Dwass 1957; data watermarks, arXiv 2402.10892.
    """

    id: ClassVar[str] = "siblings"
    version: ClassVar[int] = 1
    needs: ClassVar[Need] = Need.ITEMS | Need.LOGPROBS | Need.SIBLINGS
    strongest_null: ClassVar[Null] = Null.EXACT
    scope: ClassVar[Scope] = Scope.UNIT
    claim: ClassVar[str] = "the published variants of the items were in the training data"
    topic: ClassVar[Topic] = Topic.SEEN

    def measure(
        self, subject: Subject, units: Sequence[Unit], *, seed: int
    ) -> Iterator[Finding | Abstention]:
        """Rank each unit's published variant."""
        del seed  # nothing is drawn
        why_not = verify(subject.benchmark, "siblings")
        groups = [(unit.item.text, *unit.item.siblings) for unit in units]
        scores = score_groups(subject.model, [g if len(g) > 1 else () for g in groups])
        for unit, (values, problem) in zip(units, scores, strict=True):
            if problem:
                yield Abstention(instrument=self.id, unit=unit.id, reason=problem)
            elif not unit.item.siblings:
                yield Abstention(instrument=self.id, unit=unit.id, reason="no sealed siblings")
            else:
                yield rank_finding(self.id, unit.id, values, why_not)

    def largest_e(self, subject: Subject) -> float | None:
        """Return the e-value of the first rank, for the item with most siblings."""
        counts = [len(item.siblings) + 1 for item in subject.benchmark.items if item.siblings]
        return (
            None if verify(subject.benchmark, "siblings") or not counts else rank_e_max(max(counts))
        )

    def reaches(self, subject: Subject) -> Null:
        """Exact where the recorded draw holds."""
        return Null.NONE if self.largest_e(subject) is None else Null.EXACT
