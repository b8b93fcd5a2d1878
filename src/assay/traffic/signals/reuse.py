"""One template, many accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import ibis
import pyarrow as pa

from assay.traffic.signals.units import Unit, Units

__all__ = ["Reuse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reuse:
    """Are its templates those of many accounts, yet not everybody's?

    A template of A among N accounts (by day: of those that ask that day) weighs ln A times ln N/A:
    nothing where it is one account's own
    or everybody's (a program's default prompt), most in between. The mean over requests, so that
    busy accounts gain nothing by being busy.

    Fails when: each request or account has a first block of its own; keys of one company, or users
    of one program that is new, share a template honestly.
    References: Cao et al. 2014, SynchroTrap, doi 10.1145/2660267.2660269.
    """

    id: ClassVar[str] = "reuse"
    version: ClassVar[int] = 2
    needs: ClassVar[tuple[str, ...]] = ("template",)
    unit: ClassVar[Unit] = "account"
    linkage: ClassVar[bool] = False
    too_little: ClassVar[str] = "fewer than 10 requests with a template"
    least: int = 10

    def measure(self, units: Units) -> pa.Table:
        """Return the mean weight of the templates asked with."""
        table = units.tables.templates.filter(units.tables.templates.template.notnull())
        when = ("day", "template") if units.daily else ("template",)
        # Grouped twice: a distinct count is approximate on some engines.
        users = table.group_by(*when, "account").agg(r=table.requests.sum())
        spread = users.group_by(*when).agg(a=users.count().cast("float64"))
        asked = units.keyed(table).join(spread, when).join(_everybody(units), units.by[1:])
        weight = asked.a.ln() * (asked.everybody / asked.a).ln()
        weighed = asked.mutate(w=weight * asked.requests)
        summed = weighed.group_by(*units.by).agg(n=weighed.requests.sum(), w=weighed.w.sum())
        enough = summed.filter(summed.n >= self.least)
        found: pa.Table = enough.select(*units.by, value=enough.w / enough.n).to_pyarrow()
        return found


def _everybody(units: Units) -> ibis.Table:
    """How many accounts are there: in all, or on each day, since a day must not know later ones?"""
    days = units.tables.days
    if units.daily:
        return days.group_by("day").agg(everybody=days.count().cast("float64"))
    return units.tables.accounts.aggregate(everybody=lambda one: one.count().cast("float64"))
