"""Gaps: take a word or an answer option out of an item, and see whether the model puts it back."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from assay.core.evidence import Abstention, Finding
from assay.core.item import Item
from assay.core.subject import Prompting, Reply, Request, Subject, Unit, ask
from assay.probes.asking import Asking, problem, room, words_of
from assay.text.pieces import Piece, led, pieces

__all__ = ["Mask"]

INSTRUCTION = (
    "In the text below, one word or one answer option was replaced by ____. Reply with exactly "
    "what stood there in the published text, and nothing else."
)
BLANK = " ____"
LETTERS = 4
"""A word with fewer letters is too easily guessed, or stands everywhere."""
WORDS = 8
"""Words of an option that are compared, at most."""
LEAST_OPTIONS = 3
"""With two options the one that is shown tells too much of the other."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A text with a gap, and what belongs there."""

    before: str
    after: str
    words: tuple[str, ...]

    def prompt(self, how: Prompting) -> str:
        """Return what to send.

        A model that continues texts sees the text with its gap, then the text once more up to
        the gap: what stands behind it is known to both kinds of model.
        """
        whole = f"{self.before}{BLANK}{self.after}"
        return f"{INSTRUCTION}\n\n{whole}" if how == "chat" else f"{whole}\n\n{self.before}"


def option_gaps(item: Item) -> list[Gap]:
    """Take out each option in turn that is not the answer: every place has its turn."""
    known = (item.answer or "").strip()
    place = ord(known) - ord("A") if len(known) == 1 else -1
    bare = item.model_copy(update={"answer": None})
    found = []
    for i, option in enumerate(item.options):
        if option.strip() == known or i == place:
            continue
        head = bare.with_options(item.options[:i])
        before = f"{head}\n{chr(65 + i)}."
        after = bare.text[len(before) + 1 + len(option) :]
        words = tuple(piece.word for piece in pieces(option))[:WORDS]
        found.append(Gap(before, after, words))
    return [gap for gap in found if gap.words]


def word_gaps(text: str, wanted: int) -> list[Gap]:
    """Take out, one at a time, the longest words that stand in the text once.

    Long words are rare words, and whoever reads the rest of the text does not find them there.
    """
    parts = pieces(text)
    folded = text.casefold()
    often = Counter(piece.word.casefold() for piece in parts)
    once = [
        p
        for p in parts[1:]
        if len(p.word) >= LETTERS
        and p.word.isalpha()
        and often[word := p.word.casefold()] == folded.count(word) == 1
    ]
    chosen = sorted(once, key=lambda p: (-len(p.word), p.cut))[:wanted]
    return [_gap(text, piece) for piece in sorted(chosen, key=lambda p: p.cut)]


def _gap(text: str, piece: Piece) -> Gap:
    end = text.index(piece.word, piece.cut) + len(piece.word)
    return Gap(text[: piece.cut], text[end:], (piece.word,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mask(Asking):
    """Does the model fill a masked option or rare word better than it does for controls?

    Of an item with answer options each wrong one is masked in turn, in the published order, so
    that a taste for one place helps no item. Of any other item the longest words are masked that
    stand in it once.

    Fails when: the model was trained on the item a few times only; what is masked follows from
    the rest, or is likelier in the items than in the controls for a reason other than memory.
    References: Deng et al. 2024, arXiv 2311.09783; Golchin & Surdeanu 2025, arXiv 2311.06233.
    """

    id: ClassVar[str] = "mask"
    gaps: int = 4
    """Words masked in an item without options, at most."""

    def measure(
        self, subject: Subject, units: Sequence[Unit], *, seed: int
    ) -> Iterator[Finding | Abstention]:
        """Fill every gap of every unit."""
        del seed  # nothing is drawn
        how = subject.model.prompting
        chosen = [self._gaps(unit.item) for unit in units]
        replies = iter(ask(subject.model, [_request(g, how) for group in chosen for g in group]))
        for unit, group in zip(units, chosen, strict=True):
            answers = [next(replies) for _ in group]
            why = problem(answers) or ("" if group else "nothing in it can be masked")
            if why:
                yield Abstention(instrument=self.id, unit=unit.id, reason=why)
                continue
            filled = [_filled(a, how, g) for a, g in zip(answers, group, strict=True)]
            detail = {"gaps": len(group), "filled": sum(share == 1 for share in filled)}
            score = math.fsum(filled) / len(filled)
            yield Finding(instrument=self.id, unit=unit.id, score=score, detail=detail)

    def _gaps(self, item: Item) -> list[Gap]:
        if len(set(item.options)) >= LEAST_OPTIONS:
            return option_gaps(item)
        return word_gaps(item.text, self.gaps)


def _request(gap: Gap, how: Prompting) -> Request:
    return Request(kind="generate", text=gap.prompt(how), max_tokens=room(len(gap.words), how))


def _filled(reply: Reply, how: Prompting, gap: Gap) -> float:
    """Which share of what belongs there does the answer begin with? 0 for a refusal."""
    return led(words_of(reply, how, gap.before), gap.words) / len(gap.words)
