"""What is examined, and the protocol that every model speaks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Flag, auto
from typing import Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

from assay.core.item import Benchmark, Item, digest_of

__all__ = [
    "Ability",
    "Cost",
    "Ending",
    "Model",
    "Price",
    "Prompting",
    "Reply",
    "Request",
    "Sealed",
    "Subject",
    "Unit",
    "ask",
]

Prompting = Literal["raw", "chat"]
"""Does a prompt reach the model as it stands, or inside a chat template?"""
Ending = Literal["", "stop", "length", "refusal"]
"""How a generated answer ended; empty where it is not known, or nothing was generated."""


class Ability(Flag):
    """What a model can do, found by asking it, never by its provider's name."""

    NONE = 0
    GENERATE = auto()
    LOGPROBS = auto()
    VOCAB_MOMENTS = auto()


class Request(BaseModel):
    """One question to a model. Its JSON, the model's digest and the seed are its cache key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["score", "generate"]
    text: str
    """To score: the text whose tokens are scored. To generate: the prompt."""
    moments: bool = False
    """Also the mean and variance of log-probability over the vocabulary, per token."""
    max_tokens: int = 0
    """Tokens to generate at most."""
    temperature: float = 0.0
    """0 is greedy; above it one sample is drawn, another one for each seed."""
    seed: int = 0

    @property
    def digest(self) -> str:
        """SHA-256 of the request."""
        return digest_of(self.model_dump(mode="json"))


class Reply(BaseModel):
    """What the model said.

    `logprobs[i]` is log p(token i+1 | tokens 0..i) in nats: a text of T tokens has T-1 of them
    unless the tokeniser puts a start token first. `means` and `variances` are those of log p over
    the vocabulary under the model's own distribution at the same places; empty unless asked for.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str = ""
    logprobs: tuple[float, ...] = ()
    means: tuple[float, ...] = ()
    variances: tuple[float, ...] = ()
    tokens_in: int = 0
    tokens_out: int = 0
    ending: Ending = ""
    served: str = ""
    """The name that the server gives the model that answered; empty for local weights."""
    fingerprint: str = ""
    """What the server says of the configuration that answered, where it says it."""
    problem: str = ""
    """Why there is no answer to this one request. A refusal or an empty answer is an answer."""
    transient: bool = False
    """The problem may be gone next time: it is not recorded, and the next sitting asks again."""
    batch: int = 0
    """Replies computed together carry one number; they are recorded together or not at all."""
    closes: bool = False
    """The last of its batch: it can be recorded without waiting for the next batch to begin."""


@runtime_checkable
class Model(Protocol):
    """Anything that answers: local weights, an API, a script."""

    @property
    def name(self) -> str:
        """The name the user gave."""

    @property
    def digest(self) -> str:
        """SHA-256 of what determines its answers (weights, tokeniser, precision)."""

    @property
    def abilities(self) -> Ability:
        """What it can do."""

    @property
    def context(self) -> int:
        """Context window in tokens."""

    @property
    def parameters(self) -> int:
        """How many weights it has, shared ones counted once; 0 where that is not known."""

    @property
    def prompting(self) -> Prompting:
        """Whether prompts are continued as they stand or answered in a chat."""

    @property
    def remote(self) -> bool:
        """Whether what it is asked leaves this machine."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of its results should know: what was served, and how it was asked."""

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Answer every request once, in any order, each with its index in `requests`.

        The order and the batches must be a function of the requests alone, and leaving out
        the requests of the first batches must leave the later batches unchanged: a resumed
        run then computes the same numbers as an undisturbed one.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What a finding is about. Whether it is suspect or control is not for instruments to see."""

    id: str
    item: Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """Which of an item's sealed siblings may the examined model be shown?"""

    shown: tuple[str, ...] = ()
    """Those that its provider was sent before: they are spent, and are shown first."""
    unspent: tuple[str, ...] = ()
    """Those that nobody was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is examined: a model on a benchmark, beside an optional reference model."""

    model: Model
    benchmark: Benchmark
    reference: Model | None = None
    sealed: Mapping[str, Sealed] | None = None
    """By item, what a model elsewhere may be shown; None where nothing leaves this machine."""

    def showable(self, item: Item) -> Sealed:
        """Which sealed siblings of this item may the examined model be shown?"""
        if self.sealed is None:
            return Sealed(unspent=item.siblings)
        return self.sealed.get(item.id, Sealed())


class Cost(BaseModel):
    """What was spent: requests, tokens, and money where prices are known."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    calls: int = 0
    tokens: int = 0
    nanodollars: int = 0
    """Billionths of a US dollar: whole numbers add up exactly."""

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            calls=self.calls + other.calls,
            tokens=self.tokens + other.tokens,
            nanodollars=self.nanodollars + other.nanodollars,
        )

    @property
    def dollars(self) -> float:
        """US dollars."""
        return self.nanodollars / 1e9


class Price(BaseModel):
    """What a provider asks for, in US dollars per million tokens."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tokens_in: float = Field(ge=0, allow_inf_nan=False)
    tokens_out: float = Field(ge=0, allow_inf_nan=False)

    def nanodollars(self, tokens_in: int, tokens_out: int) -> int:
        """Price of so many tokens, rounded up to a billionth of a dollar."""
        return math.ceil(1000 * (tokens_in * self.tokens_in + tokens_out * self.tokens_out))


def ask(model: Model, requests: Sequence[Request]) -> list[Reply]:
    """Return the replies in the order of the requests.

    Parameters
    ----------
    model
        Answers in any order.
    requests
        What to ask, shape (n,).

    Returns
    -------
    list
        n replies.
    """
    found = dict(model.answer(requests))
    return [found[index] for index in range(len(requests))]
