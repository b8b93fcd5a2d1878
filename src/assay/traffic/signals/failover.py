"""Conversations that another account carries on after a failure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import ibis
import pyarrow as pa

from assay.traffic.signals.units import Unit, Units

__all__ = ["Failover"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failover:
    """Do conversations change accounts after failures, more often than they change anyway?

    Honest shared conversations move at any time, so that of n moves about n f would follow a
    failure, with f the share of the unit's requests that fail. What is above that, in standard
    deviations, with one more move in the variance so that a single one says little.

    Fails when: an authorised reseller or router fails over too; no conversation has an identifier,
    or each account sees one of its own.
    References: none; public relay programs move a session to another account after 429 and 5xx.
    """

    id: ClassVar[str] = "failover"
    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ("session", "status")
    unit: ClassVar[Unit] = "account"
    linkage: ClassVar[bool] = False
    too_little: ClassVar[str] = "no conversation or status is known"

    def measure(self, units: Units) -> pa.Table:
        """Return the excess; 0 where no conversation moved."""
        days = units.keyed(units.tables.days)
        known = days.filter(days.sessions.notnull() & days.errors.notnull())
        asked = known.group_by(*units.by).agg(
            n=known.requests.sum().cast("float64"), failed=known.errors.sum()
        )
        moved = self._moved(units)
        table = asked.left_join(moved, units.by)
        # Where nothing moved there is no row, and an outer join gives NULL or 0: 0 it is.
        moves, after = table.moves.fill_null(0), table.after.fill_null(0)
        share = table.failed / table.n
        spread = (moves * share * (1 - share) + 1).sqrt()
        found: pa.Table = table.select(
            *(table[key] for key in units.by), value=(after - moves * share) / spread
        ).to_pyarrow()
        return found

    def _moved(self, units: Units) -> ibis.Table:
        """Count moves from and to an account, or of a cluster between its own accounts."""
        if units.members is None:
            table = units.tables.handoffs
            ends = (table.mutate(unit=table.from_account), table.mutate(unit=table.to_account))
            rows = ibis.union(*ends, distinct=False)
        else:
            rows = units.within()
        return (
            rows.filter(rows.after_failure.notnull())
            .group_by(*units.by)
            .agg(moves=rows.handoffs.sum().cast("float64"), after=rows.after_failure.sum())
        )
