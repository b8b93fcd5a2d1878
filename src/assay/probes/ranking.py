"""The rank of what was published among what could have been."""

from __future__ import annotations

import math
from collections.abc import Sequence

from assay.core.evidence import Abstention, Finding, Null
from assay.core.subject import Model, Reply, Request, ask
from assay.stats.evalues import rank_e

__all__ = ["per_byte", "rank_finding", "score_groups", "trouble"]


def per_byte(text: str, reply: Reply) -> float:
    """Log-probability of a text per byte, in nats: variants of several lengths compare fairly."""
    return math.fsum(reply.logprobs) / len(text.encode("utf-8", "surrogatepass"))


def trouble(reply: Reply) -> str:
    """Why can this reply not be ranked? Empty when it can: what is not a number has no rank."""
    if not reply.logprobs:
        return reply.problem or "no token to score"
    finite = all(map(math.isfinite, reply.logprobs))
    return "" if finite else "the model sent numbers that are not finite"


def score_groups(model: Model, groups: Sequence[Sequence[str]]) -> list[tuple[list[float], str]]:
    """Score several groups of texts in one go.

    Parameters
    ----------
    model
        Gives log-probabilities.
    groups
        Texts; the first of each group is the published one.

    Returns
    -------
    list
        For each group its scores per byte, and why there are none (empty when there are).
    """
    flat = [Request(kind="score", text=text) for group in groups for text in group]
    replies = iter(ask(model, flat))
    found = []
    for group in groups:
        answers = [next(replies) for _ in group]
        problem = next(filter(None, map(trouble, answers)), "")
        scores = [] if problem else [per_byte(t, a) for t, a in zip(group, answers, strict=True)]
        found.append((scores, problem))
    return found


def rank_finding(
    instrument: str, unit: str, scores: Sequence[float], why_not_exact: str
) -> Finding | Abstention:
    """Turn scores, the published variant's first, into a finding.

    A tie counts against the published variant, so ties cannot flag. The score is the share of
    alternatives that the published variant beats: a fair column against controls where no
    certificate makes the rank exact.
    """
    if len(scores) < 2:
        return Abstention(instrument=instrument, unit=unit, reason="nothing to rank it among")
    rank = 1 + sum(s >= scores[0] for s in scores[1:])
    exact = not why_not_exact
    return Finding(
        instrument=instrument,
        unit=unit,
        score=1 - (rank - 1) / (len(scores) - 1),
        e_value=rank_e(rank, len(scores)) if exact else None,
        p_value=rank / len(scores) if exact else None,
        null=Null.EXACT if exact else Null.NONE,
        detail={"rank": rank, "of": len(scores), "not_exact": why_not_exact},
    )
