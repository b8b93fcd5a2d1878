"""A quiz: which of these variants was published?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from assay.core.draws import ranked, verify
from assay.core.evidence import Abstention, Finding, Null
from assay.core.instrument import Need, Scope, Topic
from assay.core.subject import Prompting, Reply, Request, Subject, Unit, ask
from assay.probes.asking import problem
from assay.probes.grading import letter
from assay.probes.variants import drawn, own_e, own_e_max, own_rank, too_few

__all__ = ["Quiz", "question"]

HELD_BACK = "held back: no draw published a variant of it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiz:
    """Does it pick the published variant among its sealed siblings?

    Every variant stands once at every place, so a liking for a place or a letter picks all alike.
    A provider is shown the same few siblings again, and never those that another one was shown.

    Fails when: the model was trained on the text and does not know it when it sees it, as small
    ones may not; a provider trained on what earlier runs asked it about the published text alone.
    References: Golchin & Surdeanu 2024, arXiv 2311.06233 (the quiz, and its bias for places);
    own over mean, Balinsky & Balinsky 2024, arXiv 2403.19082.
    """

    id: ClassVar[str] = "siblings.quiz"
    version: ClassVar[int] = 1
    needs: ClassVar[Need] = Need.ITEMS | Need.GENERATE | Need.SIBLINGS
    strongest_null: ClassVar[Null] = Null.EXACT
    scope: ClassVar[Scope] = Scope.UNIT
    claim: ClassVar[str] = "the published variants of the items were in the training data"
    topic: ClassVar[Topic] = Topic.SEEN
    shown: int = 4
    """Variants shown at once, the published one among them; 2 to 26."""
    tokens: int = 8
    """Tokens to answer with; a model that thinks aloud first needs more."""

    def measure(
        self, subject: Subject, units: Sequence[Unit], *, seed: int
    ) -> Iterator[Finding | Abstention]:
        """Ask about each unit as often as variants are shown."""
        why_not = verify(subject.benchmark, "siblings")
        published = {item.id for item in subject.benchmark.items}
        sets = [
            self._variants(subject, unit, seed) if why_not or unit.id in published else ()
            for unit in units
        ]
        how = subject.model.prompting
        replies = iter(ask(subject.model, [r for s in sets for r in self._requests(how, s)]))
        for unit, variants in zip(units, sets, strict=True):
            answers = [next(replies) for _ in variants]
            if not variants:
                withheld = not why_not and unit.id not in published
                reason = HELD_BACK if withheld else too_few(subject, unit.item)
            else:
                reason = problem(answers)
            if reason:
                yield Abstention(instrument=self.id, unit=unit.id, reason=reason)
            else:
                yield self._finding(unit, variants, answers, why_not)

    def _variants(self, subject: Subject, unit: Unit, seed: int) -> tuple[str, ...]:
        """Return what is shown, in an order that does not depend on which one was published."""
        others = drawn(subject, unit.item, self._count() - 1, seed)
        if not others:
            return ()
        return tuple(ranked((unit.item.text, *others), f"{seed}:{unit.id}:places"))

    def _count(self) -> int:
        return min(max(self.shown, 2), 26)

    def _requests(self, how: Prompting, variants: Sequence[str]) -> Iterator[Request]:
        """Ask with every variant at every place once."""
        for turn in range(len(variants)):
            text = question(how, rotated(variants, turn))
            yield Request(kind="generate", text=text, max_tokens=self.tokens)

    def _finding(
        self, unit: Unit, variants: Sequence[str], answers: Sequence[Reply], why_not: str
    ) -> Finding:
        """Count the picks; a refusal, an empty answer or two letters pick nothing."""
        picks = dict.fromkeys(variants, 0)
        for turn, answer in enumerate(answers):
            if picked := picked_of(answer, rotated(variants, turn)):
                picks[picked] += 1
        own = picks.pop(unit.item.text)
        rank, exact = own_rank(own, list(picks.values())), not why_not
        return Finding(
            instrument=self.id,
            unit=unit.id,
            score=own / len(variants),
            e_value=own_e(own, [own, *picks.values()]) if exact else None,
            p_value=rank / len(variants) if exact else None,
            null=Null.EXACT if exact else Null.NONE,
            detail={
                "rank": rank,
                "of": len(variants),
                "picks": own,
                "picked": own + sum(picks.values()),
                "not_exact": why_not,
            },
        )

    def largest_e(self, subject: Subject) -> float | None:
        """Return the e-value of an item that is picked every time."""
        if verify(subject.benchmark, "siblings"):
            return None
        may = (subject.showable(item) for item in subject.benchmark.items)
        most = max((len(one.shown) + len(one.unspent) for one in may), default=0)
        return own_e_max(1 + min(most, self._count() - 1)) if most else None

    def reaches(self, subject: Subject) -> Null:
        """Exact where the recorded draw holds."""
        return Null.NONE if self.largest_e(subject) is None else Null.EXACT


def question(how: Prompting, texts: Sequence[str]) -> str:
    """Ask which one of the texts was published.

    Examples
    --------
    >>> print(question("raw", ["1 + 1 =", "2 + 2 ="]).splitlines()[-1])
    The text that was published, and that you know, is Text
    """
    listed = "".join(f"Text {chr(65 + i)}:\n{text}\n\n" for i, text in enumerate(texts))
    last = chr(64 + len(texts))
    about = (
        f"One of these {len(texts)} texts was published in a benchmark. The others are rewritten "
        "versions of it that were never published."
    )
    if how == "raw":
        return f"{about}\n\n{listed}The text that was published, and that you know, is Text"
    return (
        f"{about} Which one have you seen before? Guess if you are not sure.\n\n{listed}"
        f"Answer with its letter alone, A to {last}."
    )


def rotated(variants: Sequence[str], turn: int) -> tuple[str, ...]:
    """Return the variants in the places that they have in this turn."""
    return (*variants[turn:], *variants[:turn])


def picked_of(answer: Reply, shown: Sequence[str]) -> str:
    """Which text does an answer pick? Empty when none, or when that is in doubt."""
    lines = answer.text.strip().splitlines()
    if answer.ending == "refusal" or not lines:
        return ""
    named = letter(lines[0], len(shown))
    return shown[ord(named) - 65] if named else ""
