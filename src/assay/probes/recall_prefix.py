"""Continuations: cut an item in two, and see whether the model knows how it goes on.

By itself the share of words that a model continues rightly depends on the text far more than on
memory. Against a reference model most of that is taken out: where the reference goes wrong though
it came near, an examined model that gets it right either writes better or has read it. Controls
tell the two apart.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from assay.core.evidence import Abstention, Finding
from assay.core.instrument import Need
from assay.core.subject import Ability, Model, Reply, Request, Subject, Unit, ask
from assay.probes.asking import Asking, problem, prompt, room, words_of
from assay.text.pieces import Piece, evenly, led, pieces

__all__ = ["RecallPrefix", "RecallPrefixRatio"]

INSTRUCTION = (
    "Below is the beginning of a text. Go on exactly where it breaks off, word for word as it is "
    "published. Write only what comes next: do not repeat the beginning, explain nothing."
)
FIRST = 4
"""Words that stand before the first cut: with fewer there is nothing to recognise."""
CANDIDATES = 256
"""Cuts, at most, at which the reference is tried: those that come first."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A text up to a place, and the words that follow there."""

    before: str
    after: tuple[str, ...]


def cuts(text: str, wanted: int) -> list[int]:
    """Before which pieces is the text cut? Their numbers, evenly over all that may be chosen."""
    places = range(FIRST, len(pieces(text)))
    return [places[i] for i in evenly(len(places), wanted)]


def cut(text: str, parts: Sequence[Piece], number: int, words: int) -> Cut:
    """Cut a text before one of its pieces."""
    after = tuple(piece.word for piece in parts[number : number + words])
    return Cut(text[: parts[number].cut], after)


def continued(model: Model, chosen: Sequence[Sequence[Cut]], words: int) -> Iterator[list[Reply]]:
    """Ask a model to go on at every cut of every text; one list of replies for each text."""
    how, tokens = model.prompting, room(words, model.prompting)
    texts = [prompt(how, INSTRUCTION, one.before) for group in chosen for one in group]
    asked = [Request(kind="generate", text=text, max_tokens=tokens) for text in texts]
    replies = iter(ask(model, asked))
    return ([next(replies) for _ in group] for group in chosen)


def match(reply: Reply, model: Model, one: Cut) -> float:
    """Which share of the words after the cut does the answer begin with? 0 for a refusal."""
    return led(words_of(reply, model.prompting, one.before), one.after) / len(one.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallPrefix(Asking):
    """Does the model continue the item verbatim beyond what it does for controls?

    Fails when: the model was trained on the item a few times only, for it recognises a text long
    before it can recite it; the model, or a filter before it, will not write on; the controls are
    easier or harder to continue for a reason other than memory.
    References: Carlini et al. 2023, arXiv 2202.07646; Golchin & Surdeanu 2024, arXiv 2308.08493.
    """

    id: ClassVar[str] = "recall.prefix"
    cuts: int = 16
    """Places at which each item is cut, at most."""
    words: int = 4
    """Words to be continued at each."""

    def measure(
        self, subject: Subject, units: Sequence[Unit], *, seed: int
    ) -> Iterator[Finding | Abstention]:
        """Cut every unit's text at places that lie evenly over it."""
        del seed  # nothing is drawn
        chosen = [self._cuts(unit.item.text) for unit in units]
        replies = continued(subject.model, chosen, self.words)
        for unit, group, answers in zip(units, chosen, replies, strict=True):
            why = problem(answers) or ("" if group else "the text is too short to be cut")
            if why:
                yield Abstention(instrument=self.id, unit=unit.id, reason=why)
            else:
                yield self.finding(subject.model, unit, group, answers)

    def _cuts(self, text: str) -> list[Cut]:
        parts = pieces(text)
        return [cut(text, parts, number, self.words) for number in cuts(text, self.cuts)]

    def finding(
        self, model: Model, unit: Unit, group: Sequence[Cut], answers: Sequence[Reply]
    ) -> Finding:
        """Score a unit by the mean match of its answers."""
        matches = [match(reply, model, one) for reply, one in zip(answers, group, strict=True)]
        whole = sum(value == 1 for value in matches)
        detail = {
            "cuts": len(group),
            "continued": whole,
            "refused": sum(reply.ending == "refusal" for reply in answers),
        }
        score = math.fsum(matches) / len(matches)
        return Finding(instrument=self.id, unit=unit.id, score=score, detail=detail)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallPrefixRatio(RecallPrefix):
    """Does it continue the item verbatim where a reference model goes wrong?

    The reference tries every place of the text. Chosen are those at which its own next word is
    wrong and the right one was likeliest to it: there little is missing, and memory shows first.

    Fails when: the reference saw the items too; or the model learned more than the reference
    about what the items have and the controls have not; the two models have so little in common
    that one's near misses are not the other's.
    References: Carlini et al. 2023, arXiv 2202.07646; Mireshghallah et al. 2022, arXiv 2203.03929.
    """

    id: ClassVar[str] = "recall.prefix.ref"
    needs: ClassVar[Need] = Need.ITEMS | Need.GENERATE | Need.REFERENCE
    words: int = 2
    """Words to be continued at each."""

    def measure(
        self, subject: Subject, units: Sequence[Unit], *, seed: int
    ) -> Iterator[Finding | Abstention]:
        """Cut every unit's text where the reference comes near and goes wrong."""
        del seed  # nothing is drawn
        reference = subject.reference
        if reference is None or Ability.GENERATE not in reference.abilities:
            why = "the reference model cannot generate" if reference else "no reference model"
            yield from (Abstention(instrument=self.id, unit=u.id, reason=why) for u in units)
            return
        chosen = near_misses(reference, [u.item.text for u in units], self.cuts, self.words)
        replies = continued(subject.model, chosen, self.words)
        for unit, group, answers in zip(units, chosen, replies, strict=True):
            why = problem(answers) or ("" if group else "the reference model goes wrong nowhere")
            if why:
                yield Abstention(instrument=self.id, unit=unit.id, reason=why)
            else:
                yield self.finding(subject.model, unit, group, answers)


def near_misses(reference: Model, texts: Sequence[str], wanted: int, words: int) -> list[list[Cut]]:
    """Where does the reference write another word, and was the right one likeliest to it?

    Parameters
    ----------
    reference
        Gives log-probabilities and generates.
    texts
        Shape (n,).
    wanted
        Cuts a text, at most.
    words
        Words to be continued at each.

    Returns
    -------
    list of list
        n lists, each in the order of the text.
    """
    able = Ability.VOCAB_MOMENTS in reference.abilities
    # The request that the log-probability instruments send: it is answered once for all.
    whole = ask(reference, [Request(kind="score", text=t, moments=able) for t in texts])
    parts = [pieces(text) for text in texts]
    tried = [range(FIRST, min(len(own), FIRST + CANDIDATES)) for own in parts]
    asked = [
        Request(
            kind="generate",
            text=prompt(reference.prompting, INSTRUCTION, text[: own[number].cut]),
            max_tokens=1,
        )
        for text, own, numbers in zip(texts, parts, tried, strict=True)
        for number in numbers
    ]
    answers = iter(ask(reference, asked))
    found = []
    for text, own, numbers, score in zip(texts, parts, tried, whole, strict=True):
        replies = {number: next(answers) for number in numbers}
        missed = [n for n in numbers if _misses(replies[n], text[own[n].cut :])]
        near = _nearest(missed, replies, score, wanted) if missed else []
        found.append([cut(text, own, number, words) for number in near])
    return found


def _misses(reply: Reply, after: str) -> bool:
    """Does the text go on otherwise than with this one token?

    A token of blanks alone says nothing of the word, but it is the right one where they stand.
    """
    if reply.problem:
        return False
    token = reply.text.strip()
    if token:
        return not after.strip().startswith(token)
    return not (reply.text and after.startswith(reply.text))


def _nearest(missed: list[int], replies: dict[int, Reply], score: Reply, wanted: int) -> list[int]:
    """Choose the misses at which the right word was likeliest.

    How many tokens lie before a cut the answer there tells, and so which tokens of the whole text
    are the word's. A cut that lies inside a token counts as many as the next one, and is left out.
    Where the counts are not those of the text, in a chat, misses are taken evenly.
    """
    counts = {n: reply.tokens_in for n, reply in replies.items()}
    if len(score.logprobs) != score.tokens_in - 1 or max(counts.values()) > score.tokens_in:
        return [missed[i] for i in evenly(len(missed), wanted)]
    likely = {
        n: math.fsum(score.logprobs[counts[n] - 1 : counts[n + 1] - 1])
        for n in missed
        if counts[n] < counts.get(n + 1, 0)
    }
    return sorted(sorted(likely, key=lambda n: -likely[n])[:wanted])
