"""Many claims, one error budget: e-BH over what each claim's runs ended with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

from assay.core.comparison import Compared, Comparison, Part
from assay.core.evidence import Verdict
from assay.core.subject import Cost
from assay.stats.evalues import e_bh
from assay.verdict.wording import number

__all__ = ["Entry", "claim_e", "compare"]

METHOD = (
    "e-BH (Wang & Ramdas 2022) over the claims; a claim's e-value is the mean of its totals, "
    "whatever the dependence between claims"
)
NOT_SHOWN = (
    "runs that were left out are not accounted for: choose them before looking at their verdicts",
    "larger e-values do not mean that more was seen: they grow with the items that were measured",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A run that takes part in a comparison: its verdict, or why it has none."""

    run: str
    """Its folder."""
    benchmark: str
    model: str
    verdict: Verdict | None = None
    problem: str = ""

    @property
    def claim(self) -> tuple[str, str]:
        """What it is about: runs of one model on one benchmark are one claim."""
        if self.verdict is None:
            return ("no verdict", self.run)
        return (self.verdict.benchmark_digest, self.verdict.model_digest)


def compare(entries: Sequence[Entry], *, q: float, name: str = "comparison") -> Comparison:
    """Which claims hold, when of those that are flagged a share of at most q may be wrong?

    Parameters
    ----------
    entries
        One or more; several about one claim are averaged, and count once.
    q
        Expected share of wrong claims among the flagged, 0 to 1. With one claim it is its error
        rate.
    name
        For whoever reads it.

    Returns
    -------
    Comparison
        A claim without a verdict counts as one that found nothing.

    References
    ----------
    Wang & Ramdas 2022, False discovery rate control with e-values, arXiv 2009.02824.
    """
    groups: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.claim, []).append(entry)
    claims = [_compared(group) for group in groups.values()]
    values = [0.0 if claim.e_value is None else claim.e_value for claim in claims]
    flagged = [bool(one) for one in e_bh(values, q)]
    claims = [
        claim.model_copy(update={"flagged": one})
        for claim, one in zip(claims, flagged, strict=True)
    ]
    claims.sort(key=lambda c: (c.e_value is None, -(c.e_value or 0.0), c.model, c.benchmark))
    alone = len(claims) / q
    return Comparison(
        name=name,
        q=q,
        claims=tuple(claims),
        needed=alone / max(1, sum(flagged)),
        needed_alone=alone,
        method=METHOD,
        headline=_headline(claims, q),
        would_change=tuple(_would_change(claims, alone)),
        not_shown=NOT_SHOWN,
        cost=sum((claim.cost for claim in claims), Cost()),
        version=version("assay"),
    )


def claim_e(verdict: Verdict) -> tuple[float, tuple[Part, ...]]:
    """Return the e-value of a run's claim, and what each of its totals puts in.

    The mean, with equal weights fixed before the run, of what is an e-value each: it tests that
    nothing of what the totals are about holds. A total that may not flag counts 0, not 1: whether
    it may can depend on what was measured, and "its e-value, or else 1" would then be expected to
    exceed 1. For the same reason one that never took a step counts 0.
    """
    parts = tuple(
        Part(
            null=total.null,
            topic=total.topic,
            e_value=total.e_value,
            counts=total.may_flag and bool(total.path),
        )
        for total in verdict.totals
    )
    counted = (part.e_value for part in parts if part.counts)
    return (math.fsum(counted) / len(parts) if parts else 0.0), parts


def _compared(group: Sequence[Entry]) -> Compared:
    """Sum up the runs of one claim; the newest speaks for them, all are averaged."""
    runs = tuple(entry.run for entry in group)
    judged = [entry.verdict for entry in group if entry.verdict is not None]
    last = group[-1]
    if not judged:
        return Compared(model=last.model, benchmark=last.benchmark, runs=runs, problem=last.problem)
    found = [claim_e(verdict) for verdict in judged]
    newest = judged[-1]
    return Compared(
        model=newest.model,
        model_digest=newest.model_digest,
        benchmark=newest.benchmark,
        benchmark_digest=newest.benchmark_digest,
        reference=newest.reference,
        e_value=math.fsum(e for e, _ in found) / len(found),
        status=newest.status,
        claim=newest.claim,
        alpha=newest.alpha,
        parts=tuple(part for _, parts in found for part in parts),
        suspects=newest.suspects,
        controls=newest.controls,
        controls_kind=newest.controls_kind,
        measured=newest.stop.measured,
        planned=newest.stop.planned,
        stopped_early=any(verdict.stop.reason == "decided early" for verdict in judged),
        runs=runs,
        cost=sum((verdict.cost for verdict in judged), Cost()),
    )


def _headline(claims: Sequence[Compared], q: float) -> str:
    flagged = [claim for claim in claims if claim.flagged]
    of = f"{len(claims)} claim{'s' if len(claims) != 1 else ''}"
    if not flagged:
        return f"None of {of} is flagged at a false-discovery rate of {q:g}."
    named = ", ".join(f"{claim.model} on {claim.benchmark}" for claim in flagged[:3])
    more = f" and {len(flagged) - 3} more" if len(flagged) > 3 else ""
    return f"{len(flagged)} of {of} flagged at a false-discovery rate of {q:g}: {named}{more}."


def _would_change(claims: Sequence[Compared], alone: float) -> list[str]:
    lines = []
    early = [c for c in claims if c.stopped_early and not c.flagged]
    if early:
        lines.append(
            f"{len(early)} run{'s' if len(early) != 1 else ''} stopped once decided alone, before "
            "reaching what it takes among so many: go on with all that stopped early, not with a "
            f"choice of them (--full, or --stop-at {number(alone)})"
        )
    failed = [c for c in claims if c.problem]
    if failed:
        lines.append(
            f"{len(failed)} without a verdict, counted as having found nothing: "
            f"{failed[0].model} on {failed[0].benchmark}: {failed[0].problem}"
        )
    return lines
