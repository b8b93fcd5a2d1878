"""The gap: better on what was published than on its like?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from assay.core.draws import verify
from assay.core.evidence import Abstention, Finding, Null
from assay.core.instrument import Need, Scope, Topic
from assay.core.item import Item
from assay.core.subject import Subject, Unit, ask
from assay.probes.asking import problem
from assay.probes.grading import asked
from assay.probes.questions import Question, graded, keys_of, request
from assay.probes.quiz import HELD_BACK
from assay.probes.variants import drawn, own_e, own_e_max, own_rank, too_few

__all__ = ["Gap"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Is it better on the published items than on their twins?

    With sealed siblings that have answers, chance decided which variant was published, and no
    difference in difficulty can mimic a gain (`assay.probes.variants` has the argument). Other
    twins are as hard only as their author made them: their gain is compared with the controls'.

    Fails when: what was memorised helps with the siblings too (the gain is then a lower bound); the
    model solves all variants or none; answers that are code, which would have to be run.
    References: Zhang et al. 2024, arXiv 2405.00332 (GSM1k); Mirzadeh et al. 2024, arXiv 2410.05229.
    """

    id: ClassVar[str] = "gap"
    version: ClassVar[int] = 1
    needs: ClassVar[Need] = Need.ITEMS | Need.GENERATE | Need.TWINS
    strongest_null: ClassVar[Null] = Null.EXACT
    scope: ClassVar[Scope] = Scope.UNIT
    claim: ClassVar[str] = "the score on the published items is higher than on their like"
    topic: ClassVar[Topic] = Topic.GAIN
    asks: int = 4
    """Questions for each item at most: the published one and its twins."""
    tokens: int = 256
    """Tokens to answer with."""

    def measure(
        self, subject: Subject, units: Sequence[Unit], *, seed: int
    ) -> Iterator[Finding | Abstention]:
        """Ask each unit's question and its twins', and compare."""
        why_not = self._why_not(subject)
        found = [self._questions(subject, unit, seed, why_not) for unit in units]
        keyed = [keys_of(one) if not isinstance(one, str) else one for one in found]
        sets = [
            q if not isinstance(q, str) and not isinstance(k, str) else []
            for q, k in zip(found, keyed, strict=True)
        ]
        model = subject.model
        replies = iter(ask(model, [request(model, q, self.tokens) for s in sets for q, _ in s]))
        for unit, keys, questions in zip(units, keyed, sets, strict=True):
            answers = [next(replies) for _ in questions]
            reason = keys if isinstance(keys, str) else problem(answers)
            if isinstance(keys, str) or reason:
                yield Abstention(instrument=self.id, unit=unit.id, reason=reason or "nothing asked")
            else:
                yield self._finding(unit, graded(model, keys, answers), why_not)

    def _why_not(self, subject: Subject) -> str:
        """Why is the comparison with siblings not exact? Empty when it is."""
        why = verify(subject.benchmark, "siblings")
        if not why and not any(self._siblings(subject, i) for i in subject.benchmark.items):
            return "no sealed sibling with an answer may be asked"
        return why

    def _siblings(self, subject: Subject, item: Item) -> int:
        """How many answered siblings may be asked for an item?"""
        may = subject.showable(item)
        have = item.answer is not None and len(item.sibling_answers) == len(item.siblings)
        return min(self._others(), len(may.shown) + len(may.unspent)) if have else 0

    def _others(self) -> int:
        return max(self.asks, 2) - 1

    def _questions(
        self, subject: Subject, unit: Unit, seed: int, why_not: str
    ) -> list[Question] | str:
        """Return the published question and its like, or why there are none."""
        item = unit.item
        if item.answer is None:
            return "no published answer"
        published = (asked(item.text, item.answer), item.answer)
        if why_not and item.twins:
            twins = [(f"{t.statement.rstrip()}\n", t.answer) for t in item.twins]
            return [published, *twins[: self._others()]]
        if not why_not and item.id not in {i.id for i in subject.benchmark.items}:
            return HELD_BACK
        if not item.sibling_answers:
            return "no siblings with answers" if not why_not else "no twins"
        if not self._siblings(subject, item):
            return too_few(subject, item)
        answers = dict(zip(item.siblings, item.sibling_answers, strict=True))
        chosen = drawn(subject, item, self._others(), seed)
        return [published, *((asked(text, answers[text]), answers[text]) for text in chosen)]

    def _finding(self, unit: Unit, right: Sequence[int], why_not: str) -> Finding:
        """Compare the published one, the first, with the others."""
        own, others = right[0], right[1:]
        mean, rank = math.fsum(others) / len(others), own_rank(own, others)
        return Finding(
            instrument=self.id,
            unit=unit.id,
            score=own - mean,
            e_value=None if why_not else own_e(own, right),
            p_value=None if why_not else rank / len(right),
            null=Null.NONE if why_not else Null.EXACT,
            detail={
                "correct": own,
                "likes_correct": mean,
                "likes": len(others),
                "not_exact": why_not,
            },
        )

    def largest_e(self, subject: Subject) -> float | None:
        """Return the e-value of an item of which the published variant alone is solved."""
        if self._why_not(subject):
            return None
        return own_e_max(1 + max(self._siblings(subject, i) for i in subject.benchmark.items))

    def reaches(self, subject: Subject) -> Null:
        """Exact where the recorded draw holds and the siblings have answers."""
        return Null.NONE if self.largest_e(subject) is None else Null.EXACT
