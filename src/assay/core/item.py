"""Benchmark items, controls and the random acts behind them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Benchmark", "Canary", "Certificate", "Item", "Twin", "digest_of"]

FROZEN = ConfigDict(frozen=True, extra="forbid")


def digest_of(value: object) -> str:
    """SHA-256, in hex, of a value's canonical JSON (sorted keys, no spaces, UTF-8).

    Examples
    --------
    >>> digest_of({"b": 1, "a": 2}) == digest_of({"a": 2, "b": 1})
    True
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Twin(BaseModel):
    """A rewrite of an item, with its own answer."""

    model_config = FROZEN

    statement: str = Field(min_length=1)
    answer: str = Field(min_length=1)


class Item(BaseModel):
    """One benchmark item, as published."""

    model_config = FROZEN

    id: str = Field(min_length=1)
    statement: str = Field(min_length=1)
    answer: str | None = None
    """The published solution or final answer."""
    options: tuple[str, ...] = ()
    """Answer options in their published order."""
    published: date | None = None
    stratum: str = ""
    """Items are exchangeable at most within one stratum (a repository, a subject)."""
    siblings: tuple[str, ...] = ()
    """The sealed variants that were *not* published, each a whole text like `text`."""
    sibling_answers: tuple[str, ...] = ()
    """The answer that each sealed variant ends with, in their order; empty when they have none."""
    twins: tuple[Twin, ...] = ()
    """Unsealed rewrites that ask the same of whoever can solve the item."""
    correct: str | None = None
    """The right answer, where `answer` is known to be wrong."""
    wrong_answers: tuple[str, ...] = ()
    """Wrong answers that independent solvers gave, one per solver, repeats included."""

    @property
    def text(self) -> str:
        """Statement, options and answer as one text: what training would have seen."""
        return self.with_options(self.options)

    def with_options(self, options: Sequence[str]) -> str:
        """Return the text with the options in another order.

        Code continues its prompt; everything else is set off by line breaks.
        """
        parts = [self.statement]
        if options:
            parts.append("\n".join(f"{chr(65 + i)}. {o}" for i, o in enumerate(options)))
        if self.answer is None:
            return "\n".join(parts)
        joint = "" if self.statement.endswith("\n") and not options else "\n"
        return "\n".join(parts) + joint + self.answer


class Canary(BaseModel):
    """A string that was planted in the published benchmark to be looked for later."""

    model_config = FROZEN

    id: str = Field(min_length=1)
    context: str = ""
    """What stands before the secret wherever it was published."""
    secret: str = Field(min_length=1)
    alternatives: tuple[str, ...] = ()
    """All the other strings that could have been drawn; empty when `alphabet` says how."""
    alphabet: str = ""
    """Symbols from which each place of the secret was drawn, uniformly and independently."""
    public: bool = False
    """True when the secret also stands on web pages, so that knowing it proves little."""

    @property
    def space(self) -> int:
        """How many strings could have been drawn: N."""
        if self.alternatives:
            return len(self.alternatives) + 1
        return len(set(self.alphabet)) ** len(self.secret) if self.alphabet else 1


class Certificate(BaseModel):
    """The record of a random act that was committed before the benchmark was published."""

    model_config = FROZEN

    act: Literal["order", "options", "split", "halves", "siblings", "canary", "ids", "honeypot"]
    """`split` deals items out as `--split` does; `halves` are a sealed benchmark's, whose tasks go
    together: they are no randomised comparison."""
    seed: int | str
    """What the draw was made with; re-drawing with it must give what was published."""
    committed: date
    digest: str = ""
    """What was frozen before the draw (SHA-256); for siblings, of all variants."""
    note: str = ""


class Benchmark(BaseModel):
    """Items in their published order, with what was planted and recorded."""

    model_config = FROZEN

    name: str
    items: tuple[Item, ...]
    canaries: tuple[Canary, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    honeypots: tuple[Canary, ...] = ()
    """Secrets that only the gold answers of planted tasks hold; `context` is the statement."""
    planted: tuple[Item, ...] = ()
    """All honeypots as they stand among the items: graded like these, and in no score."""
    source: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 of the content, independent of its name and of where it lay."""
        without = {"name", "source", "planted"} | (set() if self.honeypots else {"honeypots"})
        content: dict[str, Any] = self.model_dump(mode="json", exclude=without)
        return digest_of(content)

    def certificate(self, act: str) -> Certificate | None:
        """Return the record of a random act of this kind, if there is one."""
        return next((c for c in self.certificates if c.act == act), None)
