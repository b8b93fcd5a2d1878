"""The published order of answer options."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import ClassVar

from assay.core.draws import verify
from assay.core.evidence import Abstention, Finding, Null
from assay.core.instrument import Need, Scope, Topic
from assay.core.item import Item
from assay.core.subject import Subject, Unit
from assay.probes.ranking import rank_finding, score_groups
from assay.stats.evalues import rank_e_max

__all__ = ["Options"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Is the published order of the options likelier than the others?

    Fails when: the published order is a natural one (by size, "all of the above" last) and no
    shuffle was recorded; training saw the options in other orders.
    References: Ni et al. 2024, arXiv 2409.01790; Oren et al. 2024, arXiv 2310.17623.
    """

    id: ClassVar[str] = "options"
    version: ClassVar[int] = 1
    needs: ClassVar[Need] = Need.ITEMS | Need.LOGPROBS | Need.OPTIONS
    strongest_null: ClassVar[Null] = Null.EXACT
    scope: ClassVar[Scope] = Scope.UNIT
    claim: ClassVar[str] = "the items were in the training data with their published options"
    topic: ClassVar[Topic] = Topic.SEEN
    orders: int = 23
    """Other orders at most; all of them for up to four options."""

    def measure(
        self, subject: Subject, units: Sequence[Unit], *, seed: int
    ) -> Iterator[Finding | Abstention]:
        """Rank each unit's published order."""
        why_not = verify(subject.benchmark, "options")
        groups = [self._texts(unit.item, seed) for unit in units]
        scores = score_groups(subject.model, groups)
        for unit, group, (values, problem) in zip(units, groups, scores, strict=True):
            if problem or len(group) < 2:
                reason = problem or "fewer than two different options"
                yield Abstention(instrument=self.id, unit=unit.id, reason=reason)
            else:
                yield rank_finding(self.id, unit.id, values, why_not)

    def _texts(self, item: Item, seed: int) -> list[str]:
        """Return the item's text in its published order and in others, without the answer.

        A printed answer often names a place ("B"), which another order would make wrong.
        """
        if len(set(item.options)) < 2 or len(set(item.options)) < len(item.options):
            return []
        bare = item.model_copy(update={"answer": None})
        if math.factorial(len(item.options)) <= self.orders + 1:
            return [bare.with_options(order) for order in permutations(item.options)]
        draw = random.Random(f"{seed}:{item.id}")  # noqa: S311 - not a secret
        orders = {item.options: None}
        while len(orders) <= self.orders:
            orders[tuple(draw.sample(item.options, len(item.options)))] = None
        return [bare.with_options(order) for order in orders]

    def largest_e(self, subject: Subject) -> float | None:
        """Return the e-value of the first rank among the most orders."""
        sizes = [len(i.options) for i in subject.benchmark.items if len(i.options) > 1]
        if verify(subject.benchmark, "options") or not sizes:
            return None
        return rank_e_max(min(math.factorial(max(sizes)), self.orders + 1))

    def reaches(self, subject: Subject) -> Null:
        """Exact where the recorded draw holds."""
        return Null.NONE if self.largest_e(subject) is None else Null.EXACT
