"""How new is it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import ibis
import pyarrow as pa

from assay.traffic.features.clock import DAY
from assay.traffic.signals.units import Unit, Units

__all__ = ["Newness"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Newness:
    """How few days had it existed when it asked?

    Minus the logarithm of one plus the days since its account was made, on average over the
    accounts of a unit: campaigns open accounts to use them, and lose them.

    Fails when: it is a new customer, of whom every provider has many; accounts are bought old.
    References: Cao et al. 2014, SynchroTrap, doi 10.1145/2660267.2660269, on accounts made for one
    campaign.
    """

    id: ClassVar[str] = "newness"
    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ("created",)
    unit: ClassVar[Unit] = "account"
    linkage: ClassVar[bool] = False
    too_little: ClassVar[str] = "its age is not known"

    def measure(self, units: Units) -> pa.Table:
        """Return the mean over accounts, each on its first day of those measured."""
        who = units.tables.accounts
        known = who.filter(who.created.notnull())
        made = known.created.delta(ibis.timestamp("1970-01-01 00:00:00"), unit="microsecond") // DAY
        days = units.tables.days.join(known.select("account", made=made), "account")
        age = (days.day - days.made).cast("float64")
        rows = units.keyed(days.mutate(age=(age > 0).ifelse(age, 0.0)))
        keys = dict.fromkeys((*units.by, "account"))
        each = rows.group_by(*keys).agg(age=rows.age.min())
        found: pa.Table = (
            each.group_by(*units.by).agg(value=-(each.age + 1).ln().mean()).to_pyarrow()
        )
        return found
