"""Canaries: strings planted in what was published, to be looked for later."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from assay.core.draws import verify
from assay.core.evidence import Abstention, Finding, Null
from assay.core.instrument import Need, Scope, Topic
from assay.core.item import Canary as Planted
from assay.core.subject import Ability, Request, Subject, Unit, ask
from assay.probes.ranking import score_groups
from assay.stats.evalues import average, rank_e, rank_e_max

__all__ = ["Canary"]

Test = tuple[float, float, dict[str, int | bool]]
"""E-value, p-value and details of one way of looking for a canary."""
LARGEST_SPACE = 10**300
"""A larger number of strings counts as this: a float holds no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """Does the model complete the planted string, or prefer it to the others it could have been?

    Fails when: training filtered documents with canaries; the canary is public, for then web pages
    that quote it are enough.
    References: Carlini et al. 2019, arXiv 1802.08232; Srivastava et al. 2022, arXiv 2206.04615.
    """

    id: ClassVar[str] = "canary"
    version: ClassVar[int] = 1
    needs: ClassVar[Need] = Need.CANARIES
    strongest_null: ClassVar[Null] = Null.EXACT
    scope: ClassVar[Scope] = Scope.BENCHMARK
    claim: ClassVar[str] = "the file that holds the canary was in the training data"
    topic: ClassVar[Topic] = Topic.SEEN
    alternatives: int = 199
    """Other strings to rank it among; all of them where fewer exist."""

    def measure(
        self, subject: Subject, units: Sequence[Unit], *, seed: int
    ) -> Iterator[Finding | Abstention]:
        """Look for every canary of the benchmark."""
        del units
        why_not = verify(subject.benchmark, "canary")
        for canary in subject.benchmark.canaries:
            unit = f"canary:{canary.id}"
            tests = (self._ranked(subject, canary, seed), self._completed(subject, canary))
            # Whether a test can be made does not depend on which string was drawn, so that one
            # that cannot may be left out.
            made = [test for test in tests if not isinstance(test, str)]
            if made:
                yield self._finding(unit, canary, why_not, made)
            else:
                reason = "; ".join(str(test) for test in tests)
                yield Abstention(instrument=self.id, unit=unit, reason=reason)

    def _finding(
        self,
        unit: str,
        canary: Planted,
        why_not: str,
        tests: Sequence[Test],
    ) -> Finding:
        """Join ranking and completion; a public canary is shown, never counted."""
        exact = not why_not and not canary.public
        detail: dict[str, str | int | float | bool | None] = {"public": canary.public}
        for _, _, what in tests:
            detail |= what
        detail["not_exact"] = why_not or ("the canary is public" if canary.public else "")
        return Finding(
            instrument=self.id,
            unit=unit,
            e_value=average([e for e, _, _ in tests]) if exact else None,
            # The smaller of k p-values, times k, is a p-value whatever their dependence.
            p_value=min(1.0, len(tests) * min(p for _, p, _ in tests)) if exact else None,
            null=Null.EXACT if exact else Null.NONE,
            detail=detail,
        )

    def _ranked(self, subject: Subject, canary: Planted, seed: int) -> Test | str:
        """Rank the secret among all alternatives, or among as many as are drawn."""
        if Ability.LOGPROBS not in subject.model.abilities:
            return "the model gives no log-probabilities"
        if not self._drawn(canary):
            return "too few strings to rank it among"
        others = self._others(canary, seed)
        texts = [canary.context + secret for secret in (canary.secret, *others)]
        ((scores, problem),) = score_groups(subject.model, [texts])
        if problem:
            return problem
        rank = 1 + sum(s >= scores[0] for s in scores[1:])
        return rank_e(rank, len(scores)), rank / len(scores), {"rank": rank, "of": len(scores)}

    def _drawn(self, canary: Planted) -> int:
        """How many other strings is it ranked among?"""
        if canary.alternatives:
            return min(self.alternatives, len(canary.alternatives))
        return self.alternatives if canary.space > self.alternatives else 0

    def _others(self, canary: Planted, seed: int) -> list[str]:
        draw = random.Random(f"{seed}:{canary.id}")  # noqa: S311 - not a secret
        if canary.alternatives:
            return draw.sample(sorted(canary.alternatives), self._drawn(canary))
        symbols = sorted(set(canary.alphabet))
        found: dict[str, None] = {}
        while len(found) < self.alternatives:
            other = "".join(draw.choice(symbols) for _ in canary.secret)
            if other != canary.secret:
                found[other] = None
        return list(found)

    def _completed(self, subject: Subject, canary: Planted) -> Test | str:
        """Ask once for what follows the context; a guess hits one time in N."""
        if Ability.GENERATE not in subject.model.abilities:
            return "the model cannot generate"
        if not canary.context:
            return "nothing stands before the canary that the model could go on from"
        size = len(canary.secret.encode())
        request = Request(kind="generate", text=canary.context, max_tokens=size + 2)
        (reply,) = ask(subject.model, [request])
        if reply.problem:
            return reply.problem
        said = reply.text.lstrip()
        hit = said.startswith(canary.secret)
        # One reply may begin with several of the strings ("12" and "123"): a guess at each.
        guesses = max(1, sum(said.startswith(s) for s in (canary.secret, *canary.alternatives)))
        space = min(canary.space, LARGEST_SPACE)
        # Half the stake is kept, so that a miss does not bankrupt the product.
        e_value = 0.5 + (0.5 * space / guesses if hit else 0.0)
        return e_value, guesses / space if hit else 1.0, {"completed": hit}

    def largest_e(self, subject: Subject) -> float | None:
        """Return the e-value of a secret that ranks first and is completed."""
        if verify(subject.benchmark, "canary"):
            return None
        secret = [c for c in subject.benchmark.canaries if not c.public]
        return max((e for c in secret if (e := self._best(subject, c))), default=None)

    def _best(self, subject: Subject, canary: Planted) -> float | None:
        tests = []
        if Ability.LOGPROBS in subject.model.abilities and self._drawn(canary):
            tests.append(rank_e_max(self._drawn(canary) + 1))
        if Ability.GENERATE in subject.model.abilities and canary.context:
            tests.append(0.5 + 0.5 * min(canary.space, LARGEST_SPACE))
        # A test that fails on the day leaves the whole weight to the other.
        return max(tests, default=None)

    def reaches(self, subject: Subject) -> Null:
        """Exact where the recorded draw holds."""
        return Null.NONE if self.largest_e(subject) is None else Null.EXACT
