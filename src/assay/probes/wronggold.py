"""Published answers that are wrong: whoever gives them did not work them out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from assay.core.evidence import Abstention, Finding, Null
from assay.core.instrument import Need, Scope, Topic
from assay.core.item import Item
from assay.core.subject import Subject, Unit, ask
from assay.probes.asking import problem
from assay.probes.grading import Key, asked, gives, key_of
from assay.probes.questions import excerpt, request
from assay.probes.unstaked import Unstaked

__all__ = ["WrongGold"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongGold(Unstaked):
    """Where the published answer is known to be wrong, does it give that wrong answer?

    One item with a wrong answer proves little: the mistake may be one that many make. So the score
    is compared with that on controls whose answers are wrong too (the held-back half, or items
    with planted errors). How rare the mistake is among independent solvers is shown beside it; no
    random act chose the model among them, so that this alone never flags.

    Fails when: the wrong answer is the natural mistake; the right answer is what is wrong.
    References: Vendrow et al. 2025, arXiv 2502.03461 (errors in benchmarks); Gema et al. 2024,
    arXiv 2406.04127.
    """

    id: ClassVar[str] = "wronggold"
    version: ClassVar[int] = 1
    needs: ClassVar[Need] = Need.ITEMS | Need.GENERATE | Need.WRONG_ANSWERS
    strongest_null: ClassVar[Null] = Null.MATCHED
    scope: ClassVar[Scope] = Scope.UNIT
    claim: ClassVar[str] = "it gives answers that are known to be wrong, as they were published"
    topic: ClassVar[Topic] = Topic.ANSWERS
    tokens: int = 256
    """Tokens to answer with."""

    def measure(
        self, subject: Subject, units: Sequence[Unit], *, seed: int
    ) -> Iterator[Finding | Abstention]:
        """Ask each unit's question. A refusal and an empty answer score 0, as any other answer."""
        del seed  # nothing is drawn
        model = subject.model
        keys = [wrong_key(unit.item) for unit in units]
        sent = [
            request(model, question_of(unit.item), self.tokens)
            for unit, key in zip(units, keys, strict=True)
            if isinstance(key, Key)
        ]
        replies = iter(ask(model, sent))
        for unit, key in zip(units, keys, strict=True):
            reply = next(replies) if isinstance(key, Key) else None
            reason = key if isinstance(key, str) else problem([reply] if reply else [])
            if isinstance(key, str) or reply is None or reason:
                yield Abstention(instrument=self.id, unit=unit.id, reason=reason or "not asked")
                continue
            given = gives(key, reply, model.prompting)
            detail = rarity(unit.item, key) | {"said": excerpt(reply), "true": key.wanted}
            yield Finding(
                instrument=self.id,
                unit=unit.id,
                score=float(given),
                detail=detail | {"gives_published": given, "ending": reply.ending},
            )


def question_of(item: Item) -> str:
    """Return the text that stands before the published answer."""
    return asked(item.text, item.answer or "")


def wrong_key(item: Item) -> Key | str:
    """What counts as giving the published wrong answer? A text says why nothing does."""
    if item.correct is None or item.answer is None:
        return "its published answer is not known to be wrong"
    question = question_of(item)
    key = key_of(question, item.answer)
    if isinstance(key, Key) and same(key_of(question, item.correct), key):
        return "the right answer reads like the published one"
    return key


def rarity(item: Item, key: Key) -> dict[str, str | int | float | bool | None]:
    """How many independent solvers' wrong answers are the published one?

    If the model were one more solver, drawn at random among those that went wrong, giving the
    published answer would have the e-value `if_exchangeable`. It is not: it is shown, no more.

    Examples
    --------
    >>> item = Item(id="a", statement="1 + 1 =", answer="3", correct="2", wrong_answers=("3", "11"))
    >>> rarity(item, Key("number", "3"))
    {'solvers': 2, 'solvers_agree': 1, 'if_exchangeable': 1.5}
    """
    given = [key_of(question_of(item), wrong) for wrong in item.wrong_answers]
    agree = sum(same(other, key) for other in given)
    found: dict[str, str | int | float | bool | None] = {"solvers": len(given)}
    if given:
        found |= {"solvers_agree": agree, "if_exchangeable": (len(given) + 1) / (agree + 1)}
    return found


def same(other: Key | str, key: Key) -> bool:
    """Do two answers read the same?"""
    return isinstance(other, Key) and (other.kind, other.wanted) == (key.kind, key.wanted)
