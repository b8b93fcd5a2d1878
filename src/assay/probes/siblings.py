"""Sealed siblings: variants of an item of which chance published one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from assay.core.draws import verify
from assay.core.evidence import Abstention, Finding, Null
from assay.core.instrument import Need, Scope, Topic
from assay.core.subject import Ability, Model, Subject, Unit
from assay.probes.ranking import rank_finding, score_groups
from assay.stats.evalues import rank_e_max

__all__ = ["Siblings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Siblings:
    """Where does the published variant rank among its sealed siblings, by log-probability?

    With a reference model on this machine (--reference) by how much likelier each variant is than
    to the reference, which takes out how natural it is. The rank stays exact, whatever the
    reference is like, as long as it does not know the draw either.

    Fails when: a variant was edited or redrawn after the draw; the sealed variants leaked too; the
    model memorised the item's content without preferring its wording; the reference saw what was
    published, too (it should be older: then little is left to see).
    References: rank tests on a recorded draw, Dwass 1957; data watermarks, arXiv 2402.10892.
    """

    id: ClassVar[str] = "siblings"
    version: ClassVar[int] = 2
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
        beside = _beside(subject)
        scores = _scored(subject.model, beside, [g if len(g) > 1 else () for g in groups])
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


def _beside(subject: Subject) -> Model | None:
    """Return the reference, if it can be asked: what is sealed goes to no other provider."""
    given = subject.reference
    able = given is not None and not given.remote and Ability.LOGPROBS in given.abilities
    return given if able else None


def _scored(
    model: Model, beside: Model | None, groups: Sequence[Sequence[str]]
) -> list[tuple[list[float], str]]:
    """Score groups of texts, less what the reference makes of each; or why there are no scores."""
    own = score_groups(model, groups)
    if beside is None:
        return own
    pairs = zip(own, score_groups(beside, groups), strict=True)
    return [_less(one, other) for one, other in pairs]


def _less(one: tuple[list[float], str], other: tuple[list[float], str]) -> tuple[list[float], str]:
    if one[1] or other[1]:
        return [], one[1] or f"the reference: {other[1]}"
    return [a - b for a, b in zip(one[0], other[0], strict=True)], ""
