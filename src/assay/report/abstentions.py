"""Who gave no number, and why: the same reason is said once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from assay.core.evidence import Abstention, Verdict
from assay.report.blocks import Record
from assay.report.printable import shorten

__all__ = ["Silence", "abstentions"]

REASONS_SHOWN = 20
"""Different reasons of units that are listed: a server may word each failure anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A reason to give no number, and whose it was."""

    names: tuple[str, ...]
    reason: str
    units: int = 0
    """Units concerned; 0 where it is the whole instrument."""


def abstentions(verdict: Verdict, records: Sequence[Record]) -> list[Silence]:
    """Why are there no numbers? Whole instruments first, then units, most frequent first."""
    whole: dict[str, list[str]] = {}
    for one in verdict.evidence:
        if one.abstention:
            whole.setdefault(one.abstention, []).append(shorten(one.instrument))
    found = [Silence(names=tuple(names), reason=reason) for reason, names in whole.items()]
    said = {(e.instrument, e.abstention) for e in verdict.evidence}
    units = Counter((r.instrument, r.reason) for r in records if isinstance(r, Abstention))
    single = [
        Silence(names=(name,), reason=reason, units=count)
        for (name, reason), count in units.most_common()
        if (name, reason) not in said
    ]
    rest = single[REASONS_SHOWN:]
    if rest:
        names = tuple(dict.fromkeys(name for one in rest for name in one.names))[:5]
        single[REASONS_SHOWN:] = [
            Silence(names=names, reason=f"{len(rest):,} other reasons, all in evidence.jsonl",
                    units=sum(one.units for one in rest))
        ]  # fmt: skip
    return found + single
