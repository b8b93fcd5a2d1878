"""New, and at its limits at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import ibis
import pyarrow as pa

from assay.traffic.features.clock import DAY
from assay.traffic.signals.units import Unit, Units

__all__ = ["NewAtLimits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAtLimits:
    """How much of its quota did it use on one of its first days? Nothing, if it is not new.

    Fails when: a customer moves over from another provider: one in five honest new clients is at
    half its later maximum by the second day; accounts are bought old.
    References: CISA, NSA and FBI 2026, AA26-251A; Xiang et al. 2025, arXiv 2505.09999.
    """

    id: ClassVar[str] = "new-at-limits"
    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ("created", "quota")
    unit: ClassVar[Unit] = "account"
    linkage: ClassVar[bool] = False
    too_little: ClassVar[str] = "its quota or age is not known"
    first: int = 2
    """Days of age up to which an account is new."""

    def measure(self, units: Units) -> pa.Table:
        """Return the largest share in its first days, averaged over the accounts of a unit."""
        who = units.tables.accounts
        known = who.filter(who.created.notnull() & (who.quota > 0))
        made = known.created.delta(ibis.timestamp("1970-01-01 00:00:00"), unit="microsecond") // DAY
        days = units.tables.days.join(known.select("account", "quota", made=made), "account")
        new = (days.day - days.made <= self.first) & (days.day >= days.made)
        rows = units.keyed(days.mutate(share=new.ifelse(days.requests / days.quota, 0.0)))
        keys = dict.fromkeys((*units.by, "account"))
        each = rows.group_by(*keys).agg(share=rows.share.max())
        found: pa.Table = each.group_by(*units.by).agg(value=each.share.mean()).to_pyarrow()
        return found
