"""The published order of the items."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from assay.core.draws import verify
from assay.core.evidence import Abstention, Finding, Null
from assay.core.instrument import Need, Scope, Topic
from assay.core.subject import Request, Subject, Unit, ask
from assay.probes.ranking import trouble
from assay.stats.evalues import rank_e, rank_e_max
from assay.text.normalise import strip_index

__all__ = ["Order", "adjacency_p"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Is the published item order likelier than shuffled ones?

    Fails when: the training data was shuffled; the published order was not drawn at random.
    References: Oren et al. 2024, arXiv 2310.17623.
    """

    id: ClassVar[str] = "order"
    version: ClassVar[int] = 1
    needs: ClassVar[Need] = Need.ITEMS | Need.LOGPROBS
    strongest_null: ClassVar[Null] = Null.EXACT
    scope: ClassVar[Scope] = Scope.BENCHMARK
    claim: ClassVar[str] = "the file of items was in the training data in its published order"
    topic: ClassVar[Topic] = Topic.SEEN
    shuffles: int = 99
    """One joint rank over all shards; the p-value's floor is 1/(shuffles + 1)."""
    shard: int = 8
    """Items that stand in one context window."""
    uncertified: bool = False
    """Also measure an order that no record says was drawn; shown, never flags."""

    def measure(
        self, subject: Subject, units: Sequence[Unit], *, seed: int
    ) -> Iterator[Finding | Abstention]:
        """Rank the published order among shuffles within shards."""
        texts = [strip_index(unit.item.text) for unit in units]
        why_not = verify(subject.benchmark, "order")
        if len(texts) < 2:
            yield self._abstain("fewer than two items have no order")
        elif why_not and not self.uncertified:
            p = adjacency_p([unit.item.statement for unit in units], seed=seed)
            yield self._abstain(
                f"{why_not}; by text alone, neighbours are as alike as in {p:.1%} of shuffles"
            )
        else:
            yield self._ranked(subject, texts, seed, why_not)

    def _abstain(self, reason: str) -> Abstention:
        return Abstention(instrument=self.id, unit="benchmark", reason=reason)

    def _ranked(
        self, subject: Subject, texts: Sequence[str], seed: int, why_not: str
    ) -> Finding | Abstention:
        shards = [texts[i : i + self.shard] for i in range(0, len(texts), self.shard)]
        shards = [s for s in shards if len(s) > 1]
        draw = random.Random(seed)  # noqa: S311 - not a secret
        requests = [Request(kind="score", text="\n\n".join(shard)) for shard in shards]
        for _ in range(self.shuffles):
            shuffled = ("\n\n".join(draw.sample(shard, len(shard))) for shard in shards)
            requests += [Request(kind="score", text=text) for text in shuffled]
        replies = ask(subject.model, requests)
        # A shard that does not fit the window is left out in every order alike.
        width = len(shards)
        fits = [
            not any(trouble(replies[row * width + k]) for row in range(self.shuffles + 1))
            for k in range(width)
        ]
        if not any(fits):
            problem = next(filter(None, map(trouble, replies)))
            return self._abstain(f"no shard fits the context window: {problem}")
        sums = [
            math.fsum(math.fsum(replies[row * width + k].logprobs) for k in range(width) if fits[k])
            for row in range(self.shuffles + 1)
        ]
        rank = 1 + sum(s >= sums[0] for s in sums[1:])
        return self._finding(rank, sum(fits), why_not)

    def _finding(self, rank: int, shards: int, why_not: str) -> Finding:
        n, exact = self.shuffles + 1, not why_not
        return Finding(
            instrument=self.id,
            unit="benchmark",
            e_value=rank_e(rank, n) if exact else None,
            p_value=rank / n if exact else None,
            null=Null.EXACT if exact else Null.NONE,
            detail={"rank": rank, "of": n, "shards": shards, "not_exact": why_not},
        )

    def largest_e(self, subject: Subject) -> float | None:
        """Return the e-value of the first rank."""
        return None if verify(subject.benchmark, "order") else rank_e_max(self.shuffles + 1)

    def reaches(self, subject: Subject) -> Null:
        """Exact where the recorded draw holds."""
        return Null.NONE if self.largest_e(subject) is None else Null.EXACT


def adjacency_p(statements: Sequence[str], *, seed: int, shuffles: int = 199) -> float:
    """In what share of shuffles are neighbours at least as alike as in this order?

    A small share says that the order is natural: a model may find it likely without memory.

    Parameters
    ----------
    statements
        Texts in their order, shape (n,).
    seed
        Of the shuffles.
    shuffles
        How many.

    Returns
    -------
    float
        (1 + shuffles at least as alike) / (1 + shuffles), where likeness is the summed Jaccard
        index of the word sets of neighbours.
    """
    words = [frozenset(text.lower().split()) for text in statements]

    def likeness(order: Sequence[int]) -> float:
        return math.fsum(
            len(words[a] & words[b]) / max(1, len(words[a] | words[b])) for a, b in pairwise(order)
        )

    draw = random.Random(seed)  # noqa: S311 - not a secret
    places = list(range(len(words)))
    observed = likeness(places)
    hits = sum(likeness(draw.sample(places, len(places))) >= observed for _ in range(shuffles))
    return (1 + hits) / (1 + shuffles)
