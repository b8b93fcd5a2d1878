"""Of whom are signals measured? Accounts or clusters, over all days or day by day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, Protocol

import ibis
import pyarrow as pa

from assay.traffic.schema import COLUMNS
from assay.traffic.signals.releases import Release
from assay.traffic.warehouse import Tables

__all__ = ["Signal", "Unit", "Units"]

Unit = Literal["account", "cluster"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """Derived tables, keyed by the units that are measured.

    The rows of a cluster's accounts are pooled before anything is divided by anything: twenty
    requests of each of thirty accounts say more together than thirty guesses.
    """

    tables: Tables
    members: Mapping[str, str] | None = None
    """Cluster of each account; None: every account by itself."""
    daily: bool = False
    """One number for each day, from that day and those before it; else one over all days."""
    reference: frozenset[str] = frozenset()
    """Honest accounts that say what is usual. No p-value is ever computed from these."""
    present: frozenset[str] = frozenset(column.name for column in COLUMNS)
    """Columns that the logs really had."""
    releases: tuple[Release, ...] | None = None
    """Models that came out in these days; None: the first day on which a model is seen."""
    seed: int = 0
    mapping: ibis.Table = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Bring the mapping to the warehouse once."""
        own = self.members or {}
        table = pa.table(
            {"account": pa.array(list(own), pa.string()),
             "unit": pa.array(list(own.values()), pa.string())}
        )  # fmt: skip
        object.__setattr__(self, "mapping", ibis.memtable(table))

    @property
    def by(self) -> tuple[str, ...]:
        """By which columns are numbers told apart?"""
        return ("unit", "day") if self.daily else ("unit",)

    def keyed(self, table: ibis.Table) -> ibis.Table:
        """Return these rows with the `unit` that their account belongs to, without the others."""
        if self.members is None:
            return table.mutate(unit=table.account)
        return table.join(self.mapping, "account")

    def within(self) -> ibis.Table:
        """Return the hand-offs between accounts of one cluster, with its `unit`."""
        handoffs = self.tables.handoffs
        to = self.mapping.select(to_account="account", other="unit")
        both = self.keyed(handoffs.mutate(account=handoffs.from_account)).join(to, "to_account")
        return both.filter(both.unit == both.other)


class Signal(Protocol):
    """One number for each unit, higher is more like harvesting; NULL where it cannot say."""

    id: ClassVar[str]
    version: ClassVar[int]
    needs: ClassVar[tuple[str, ...]]
    """Columns of the schema without which it abstains."""
    unit: ClassVar[Unit]
    """`cluster`: about how accounts act together, and so of no account alone."""
    linkage: ClassVar[bool]
    """Does it read what links accounts? Then it never convicts a cluster."""
    too_little: ClassVar[str]
    """Why a unit gets no number although the columns are there."""

    def measure(self, units: Units) -> pa.Table:
        """Return `unit`, `day` where it is daily, and `value`."""
        ...
