"""Canaries: strings planted in what was published, to be looked for later."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from assay.core.draws import verify
from assay.core.evidence import Abstention, Finding, Null
from assay.core.instrument import Need, Scope
from assay.core.item import Canary as Planted
from assay.core.subject import Ability, Request, Subject, Unit, ask
from assay.probes.ranking import score_groups
from assay.stats.evalues import average, rank_e, rank_e_max

__all__ = ["Canary"]


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
            tests = []
            if Ability.LOGPROBS in subject.model.abilities:
                tests.append(self._ranked(subject, canary, seed))
            if Ability.GENERATE in subject.model.abilities:
                tests.append(self._completed(subject, canary))
            if not tests:
                reason = "the model neither scores nor generates"
                yield Abstention(instrument=self.id, unit=unit, reason=reason)
                continue
            yield self._finding(unit, canary, why_not, tests)

    def _finding(
        self,
        unit: str,
        canary: Planted,
        why_not: str,
        tests: Sequence[tuple[float, float, dict[str, int | bool]]],
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

    def _ranked(
        self, subject: Subject, canary: Planted, seed: int
    ) -> tuple[float, float, dict[str, int | bool]]:
        """Rank the secret among all alternatives, or among as many as are drawn."""
        others = self._others(canary, seed)
        texts = [canary.context + secret for secret in (canary.secret, *others)]
        ((scores, problem),) = score_groups(subject.model, [texts])
        if problem or not others:
            return 1.0, 1.0, {"rank": 0, "of": 0}
        rank = 1 + sum(s >= scores[0] for s in scores[1:])
        return rank_e(rank, len(scores)), rank / len(scores), {"rank": rank, "of": len(scores)}

    def _others(self, canary: Planted, seed: int) -> list[str]:
        draw = random.Random(f"{seed}:{canary.id}")  # noqa: S311 - not a secret
        if canary.alternatives:
            count = min(self.alternatives, len(canary.alternatives))
            return draw.sample(sorted(canary.alternatives), count)
        symbols = sorted(set(canary.alphabet))
        if canary.space <= self.alternatives:
            return []
        found: dict[str, None] = {}
        while len(found) < self.alternatives:
            other = "".join(draw.choice(symbols) for _ in canary.secret)
            if other != canary.secret:
                found[other] = None
        return list(found)

    def _completed(
        self, subject: Subject, canary: Planted
    ) -> tuple[float, float, dict[str, int | bool]]:
        """Ask once for what follows the context; a guess hits one time in N."""
        size = len(canary.secret.encode())
        request = Request(kind="generate", text=canary.context, max_tokens=size + 2)
        (reply,) = ask(subject.model, [request]) if canary.context else (None,)
        hit = reply is not None and reply.text.lstrip().startswith(canary.secret)
        # Half the stake is kept, so that a miss does not bankrupt the product.
        e_value = 0.5 + (0.5 * canary.space if hit else 0.0)
        return e_value, 1 / canary.space if hit else 1.0, {"completed": hit}

    def largest_e(self, subject: Subject) -> float | None:
        """Return the e-value of a secret that ranks first and is completed."""
        secret = [c for c in subject.benchmark.canaries if not c.public]
        if verify(subject.benchmark, "canary") or not secret:
            return None
        if Ability.GENERATE in subject.model.abilities:
            return float(max(c.space for c in secret)) / 2
        return rank_e_max(self.alternatives + 1)
