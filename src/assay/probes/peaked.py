"""Peaked answers: a text that is known by heart comes out the same however it is drawn."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from assay.core.evidence import Abstention, Finding
from assay.core.item import Item
from assay.core.subject import Prompting, Reply, Request, Subject, Unit, ask
from assay.probes.asking import Asking, problem, room, words_of
from assay.text.pieces import apart

__all__ = ["Peaked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peaked(Asking):
    """Are the model's samples closer to its greedy answer than they are for controls?

    The item is asked as in the benchmark, without its answer: once for the likeliest answer, then
    at random. The score is the share of samples within a small edit distance of the likeliest.

    Fails when: the model was trained on the item a few times only, or in another form than it is
    asked in; its answers are sure without memory; the server draws at another temperature.
    References: Dong et al. 2024, arXiv 2402.15938; on small models near chance, arXiv 2603.03203.
    """

    id: ClassVar[str] = "peaked"
    samples: int = 10
    words: int = 12
    """Words of each answer that are compared."""
    temperature: float = 0.8
    alpha: float = 0.2
    """Largest edit distance that counts as close, as a share of the words compared."""

    def measure(
        self, subject: Subject, units: Sequence[Unit], *, seed: int
    ) -> Iterator[Finding | Abstention]:
        """Draw answers to every unit."""
        how = subject.model.prompting
        groups = [self._requests(unit, how, seed) for unit in units]
        replies = iter(ask(subject.model, [one for group in groups for one in group]))
        for unit, group in zip(units, groups, strict=True):
            answers = [next(replies) for _ in group]
            if why := problem(answers):
                yield Abstention(instrument=self.id, unit=unit.id, reason=why)
            else:
                yield self._finding(unit, answers, how)

    def _requests(self, unit: Unit, how: Prompting, seed: int) -> list[Request]:
        text, tokens = question(unit.item), room(self.words, how)
        greedy = Request(kind="generate", text=text, max_tokens=tokens)
        draw = random.Random(f"{seed}:{unit.id}")  # noqa: S311 - not a secret
        seeds = [draw.randrange(2**31) for _ in range(self.samples)]
        return [greedy] + [
            greedy.model_copy(update={"temperature": self.temperature, "seed": one})
            for one in seeds
        ]

    def _finding(self, unit: Unit, answers: Sequence[Reply], how: Prompting) -> Finding:
        likeliest, *drawn = (words_of(a, how, unit.item.statement)[: self.words] for a in answers)
        # An empty answer or a refusal is close to nothing, be they all alike.
        near = sum(
            bool(likeliest and one)
            and apart(likeliest, one) <= self.alpha * max(len(likeliest), len(one))
            for one in drawn
        )
        detail = {"samples": len(drawn), "near": near}
        return Finding(instrument=self.id, unit=unit.id, score=near / len(drawn), detail=detail)


def question(item: Item) -> str:
    """Return the item as a benchmark asks it."""
    return item.model_copy(update={"answer": None}).text
