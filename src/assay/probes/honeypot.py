"""Secret honeypots: tasks whose gold answers hold a string that nothing else reveals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from assay.core.draws import verify
from assay.core.evidence import Abstention, Finding, Null
from assay.core.instrument import Need, Scope, Topic
from assay.core.item import Canary
from assay.core.subject import Reply, Request, Subject, Unit, ask
from assay.probes.asking import prompt
from assay.stats.evalues import average

__all__ = ["Honeypot", "guesses_in"]

INSTRUCTION = "Complete this. Answer with the solution alone."
LARGEST_SPACE = 10**300
"""A larger number of strings counts as this: a float holds no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Honeypot:
    """Does it complete a task with the secret that only the sealed gold answer holds?

    A reply is made before anybody looks for the secret in it: of N strings that could have been
    drawn it may hold g, and so holds the right one with probability g/N at most.

    Fails when: the sealed answers leaked and the model does not give them word for word. A hit
    proves that it knows the secret, not from where: a copied vault does, and training on one.
    References: Carlini et al. 2019, arXiv 1802.08232; Zhong et al. 2025, arXiv 2510.20270
    (tasks that cannot be passed honestly).
    """

    id: ClassVar[str] = "honeypot"
    version: ClassVar[int] = 1
    needs: ClassVar[Need] = Need.GENERATE | Need.HONEYPOTS
    strongest_null: ClassVar[Null] = Null.EXACT
    scope: ClassVar[Scope] = Scope.BENCHMARK
    claim: ClassVar[str] = "the model knows secrets that only the sealed answers hold"
    topic: ClassVar[Topic] = Topic.SECRETS
    tokens: int = 256
    """Tokens of each answer; what comes later is not read."""

    def measure(
        self, subject: Subject, units: Sequence[Unit], *, seed: int
    ) -> Iterator[Finding | Abstention]:
        """Ask for the solution of every honeypot, once; all of them are one finding."""
        del units, seed
        planted = subject.benchmark.honeypots
        if not planted:
            return
        why_not = verify(subject.benchmark, "honeypot")
        how = subject.model.prompting
        requests = [
            Request(
                kind="generate", text=prompt(how, INSTRUCTION, p.context), max_tokens=self.tokens
            )
            for p in planted
        ]
        replies = ask(subject.model, requests)
        # That there was no answer does not depend on which string was drawn.
        told = [(p, r) for p, r in zip(planted, replies, strict=True) if not r.problem]
        if told:
            yield self._finding(told, why_not)
        else:
            yield Abstention(instrument=self.id, unit="honeypots", reason=replies[0].problem)

    def _finding(self, told: Sequence[tuple[Canary, Reply]], why_not: str) -> Finding:
        """Average over honeypots: half of each stake is kept, so that a miss costs little."""
        hits = [one.secret in reply.text for one, reply in told]
        chances = [
            guesses_in(reply.text, one) / min(one.space, LARGEST_SPACE) for one, reply in told
        ]
        values = [0.5 + 0.5 / p if hit else 0.5 for hit, p in zip(hits, chances, strict=True)]
        return Finding(
            instrument=self.id,
            unit="honeypots",
            e_value=None if why_not else average(values),
            # Any hit at all has at most the sum of the chances.
            p_value=None if why_not else min(1.0, sum(chances)) if any(hits) else 1.0,
            null=Null.NONE if why_not else Null.EXACT,
            detail={"hits": sum(hits), "asked": len(told), "not_exact": why_not},
        )

    def largest_e(self, subject: Subject) -> float | None:
        """Return the e-value of a model that gives every secret, and nothing like it."""
        planted = subject.benchmark.honeypots
        if not planted or verify(subject.benchmark, "honeypot"):
            return None
        return max(0.5 + 0.5 * min(one.space, LARGEST_SPACE) for one in planted)

    def reaches(self, subject: Subject) -> Null:
        """Exact where the recorded draw holds."""
        return Null.NONE if self.largest_e(subject) is None else Null.EXACT


def guesses_in(said: str, planted: Canary) -> int:
    """How many of the strings that could have been drawn does a reply hold? At least 1.

    Examples
    --------
    >>> guesses_in("0123", Canary(id="c", secret="00", alphabet="0123"))
    3
    """
    if planted.alternatives:
        return max(1, sum(one in said for one in (planted.secret, *planted.alternatives)))
    size, symbols = len(planted.secret), frozenset(planted.alphabet)
    windows = {said[start : start + size] for start in range(len(said) - size + 1)}
    return max(1, sum(symbols.issuperset(window) for window in windows))
