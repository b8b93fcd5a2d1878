"""A model that is a few rules instead of weights: deterministic, and it knows what you say.

For tests, examples and documentation. It scores by a fixed rule, as a language model that never saw
the text would, and better wherever a text that it `knows` goes on as it remembers.
"""

from __future__ import annotations

import hashlib
import math
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from assay.core.errors import ModelError, StoreError, boundary
from assay.core.item import digest_of
from assay.core.subject import Ability, Prompting, Reply, Request

__all__ = ["ScriptedModel", "pieces"]

PIECE = re.compile(r"\s?\w{1,4}|\s|[^\w\s]")
LETTERED = re.compile(r"^Text ([A-Z]):\n", re.MULTILINE)
LOOKS_BACK = 3
"""Tokens of context that decide the next token's distribution."""
VOCABULARY = 1000
EXPONENTS = tuple(0.7 + 0.1 * i for i in range(8))
"""Steepness of the Zipf law, one of which each context draws: some places are easier to guess."""
REMEMBERS = (64, 32, 16)
"""Lengths in characters of a prompt's end by which a known text is recognised."""
WORDS = ("the", "of", "a", "model", "has", "one", "more", "small", "number", "and", "then", "so")


def pieces(text: str) -> tuple[str, ...]:
    """Cut a text into tokens of at most four letters; joined, they are the text again.

    Examples
    --------
    >>> pieces("Hi, world")
    ('Hi', ',', ' worl', 'd')
    """
    return tuple(PIECE.findall(text))


@dataclass(frozen=True, slots=True)
class Place:
    """The distribution of the next token: a Zipf law over ranks, mixed with what is remembered."""

    exponent: float
    key: str
    shares: dict[str, float]

    def rank(self, token: str) -> int:
        """Which rank, 1 to VOCABULARY, does this token have here? Log-uniform, by hash."""
        return math.ceil(math.exp(unit(self.key, token) * math.log(VOCABULARY)))

    def logp(self, token: str) -> float:
        """Log-probability of the token, in nats."""
        base = math.exp(zipf(self.exponent, self.rank(token)))
        return math.log((1 - sum(self.shares.values())) * base + self.shares.get(token, 0.0))

    def moments(self) -> tuple[float, float]:
        """Mean and variance of log p over the vocabulary, under p itself."""
        _, first, second = ZIPF[self.exponent]
        rest = 1 - sum(self.shares.values())
        shift = math.log(rest)
        # Every rank scaled by `rest` has log p + shift; the remembered ranks are then replaced.
        mean = rest * (first + shift)
        square = rest * (second + 2 * shift * first + shift**2)
        at_rank: dict[int, float] = {}
        for token, share in self.shares.items():
            at_rank[self.rank(token)] = at_rank.get(self.rank(token), 0.0) + share
        for rank, share in at_rank.items():
            was = zipf(self.exponent, rank) + shift
            now = math.log(math.exp(was) + share)
            mean += math.exp(now) * now - math.exp(was) * was
            square += math.exp(now) * now**2 - math.exp(was) * was**2
        return mean, square - mean**2


@dataclass(kw_only=True)
class ScriptedModel:
    """What would a model say that knows exactly these texts?

    Parameters
    ----------
    knows
        Texts it has memorised; a token that follows its context in one of them is likelier.
    strength
        Share of probability, 0 to below 1, that goes to what is remembered. Above 0.5 it
        continues a known text word for word, and names the one that it knows of lettered texts.
    seed
        Another seed is another model.
    context
        Window in tokens; longer texts are refused.
    parameters
        Weights that it says it has.
    abilities
        What it admits to being able to do.
    together
        Requests per batch.
    log
        A file to which one line per answered request is appended: the request's digest.
    delay
        Seconds to wait before each reply.
    fail_after
        Raise ModelError instead of giving the reply after this many; None never fails.
    prompting, remote, notes
        As of every model.

    Examples
    --------
    >>> model = ScriptedModel(knows=("the cat sat on the mat",), strength=0.9)
    >>> asked = [Request(kind="score", text=t) for t in ("the cat sat on", "the dog sat on")]
    >>> known, unknown = (sum(reply.logprobs) for _, reply in model.answer(asked))
    >>> known > unknown
    True
    """

    name: str = "scripted"
    knows: tuple[str, ...] = ()
    strength: float = 0.8
    seed: int = 0
    context: int = 8192
    parameters: int = 0
    abilities: Ability = Ability.GENERATE | Ability.LOGPROBS | Ability.VOCAB_MOMENTS
    together: int = 1
    log: Path | None = None
    delay: float = 0.0
    fail_after: int | None = None
    prompting: Prompting = "raw"
    remote: bool = False
    notes: tuple[str, ...] = ()
    answered: int = field(default=0, init=False)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what determines its answers."""
        return digest_of([*self.knows, self.strength, self.seed, self.context])

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Answer in the order asked, `together` requests per batch."""
        for start in range(0, len(requests), self.together):
            number = start // self.together + 1
            batch = list(enumerate(requests))[start : start + self.together]
            # The whole batch is computed before any of it is handed out, as with weights.
            replies = [(i, self._reply(request, number)) for i, request in batch]
            yield from replies[:-1]
            index, last = replies[-1]
            yield index, last.model_copy(update={"closes": True})

    def _reply(self, request: Request, number: int) -> Reply:
        if self.fail_after is not None and self.answered >= self.fail_after:
            msg = f"{self.name} fails after {self.fail_after} replies, as it was told to"
            raise ModelError(msg)
        if self.delay:  # a sleep of 0 still gives up the processor
            time.sleep(self.delay)
        reply = self._score(request) if request.kind == "score" else self._generate(request)
        self.answered += 1
        if self.log is not None:
            with boundary(StoreError, f"writing {self.log}"), self.log.open("a") as log:
                log.write(f"{request.digest}\n")
        return reply.model_copy(update={"batch": number})

    def _score(self, request: Request) -> Reply:
        tokens = pieces(request.text)
        if problem := self._problem(len(tokens), at_least=2):
            return Reply(problem=problem, tokens_in=len(tokens))
        places = [self._place(tokens, i) for i in range(1, len(tokens))]
        moments = [place.moments() for place in places] if request.moments else []
        return Reply(
            logprobs=tuple(p.logp(t) for p, t in zip(places, tokens[1:], strict=True)),
            means=tuple(mean for mean, _ in moments),
            variances=tuple(variance for _, variance in moments),
            tokens_in=len(tokens),
        )

    def _problem(self, count: int, *, at_least: int) -> str:
        if count > self.context:
            return f"{count} tokens, window {self.context}"
        return "" if count >= at_least else f"{count} tokens: nothing to go on"

    def _place(self, tokens: Sequence[str], i: int) -> Place:
        before = tuple(tokens[max(0, i - LOOKS_BACK) : i])
        key = "\0".join((str(self.seed), *before))
        nexts = self._remembered.get(before, ())
        shares = {token: self.strength / len(nexts) for token in nexts}
        return Place(EXPONENTS[int(unit(key, "") * len(EXPONENTS))], key, shares)

    @cached_property
    def _remembered(self) -> dict[tuple[str, ...], tuple[str, ...]]:
        """What may follow each context in the known texts."""
        found: dict[tuple[str, ...], dict[str, None]] = {}
        for text in self.knows:
            tokens = pieces(text)
            for i in range(1, len(tokens)):
                before = tokens[max(0, i - LOOKS_BACK) : i]
                found.setdefault(before, {})[tokens[i]] = None
        return {before: tuple(nexts) for before, nexts in found.items()}

    def _generate(self, request: Request) -> Reply:
        count = len(pieces(request.text))
        if problem := self._problem(count + request.max_tokens, at_least=1):
            return Reply(problem=problem, tokens_in=count)
        draw = f"/{request.seed}" if request.temperature else ""  # greedy: one for all seeds
        known = self._recognised(request.text) or self._recall(request.text)
        new = pieces(known)[: request.max_tokens] or tuple(
            f" {WORDS[int(unit(str(self.seed), f'{request.text}{i}{draw}') * len(WORDS))]}"
            for i in range(request.max_tokens)
        )
        return Reply(text="".join(new), tokens_in=count, tokens_out=len(new))

    def _recognised(self, prompt: str) -> str:
        """Which of the texts that a prompt letters ("Text A:") is known? Empty unless one is."""
        if self.strength <= 0.5:
            return ""
        parts = LETTERED.split(prompt)
        texts = {letter: text.rpartition("\n\n")[0] for letter, text in pairs(parts[1:])}
        known = [n for n, t in texts.items() if t and any(t in text for text in self.knows)]
        return f" {known[0]}" if len(known) == 1 else ""

    def _recall(self, prompt: str) -> str:
        """How does the known text go on that holds the prompt's end? Empty when none does."""
        if self.strength <= 0.5:
            return ""
        for length in REMEMBERS:
            end = prompt[-length:]
            for text in self.knows:
                found = text.find(end) if end.strip() else -1
                if found >= 0:
                    return text[found + len(end) :]
        return ""


def pairs(parts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Take names and what stands under them by twos."""
    return zip(parts[::2], parts[1::2], strict=True)


def unit(*parts: str) -> float:
    """Return a number in (0, 1) that depends on the parts alone."""
    hashed = hashlib.blake2b("\1".join(parts).encode("utf-8", "surrogatepass"), digest_size=7)
    return (int.from_bytes(hashed.digest()) + 0.5) / 2**56


def zipf(exponent: float, rank: int) -> float:
    """Log-probability of a rank under the Zipf law of this exponent."""
    return -exponent * math.log(rank) - ZIPF[exponent][0]


def _constants(exponent: float) -> tuple[float, float, float]:
    """Log of the normaliser, and the first two moments of log p under p."""
    logs = [-exponent * math.log(rank) for rank in range(1, VOCABULARY + 1)]
    norm = math.log(math.fsum(map(math.exp, logs)))
    logp = [x - norm for x in logs]
    first = math.fsum(math.exp(x) * x for x in logp)
    return norm, first, math.fsum(math.exp(x) * x * x for x in logp)


ZIPF = {exponent: _constants(exponent) for exponent in EXPONENTS}
