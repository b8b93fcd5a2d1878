"""Who shares its payment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from assay.traffic.signals.units import Unit, Units

__all__ = ["SharedPayment"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedPayment:
    """How many accounts pay as it does? The logarithm.

    It reads what links accounts, so it helps to choose whom to look at, and is never evidence
    against a cluster, which may have been made of it.

    Fails when: companies, universities and resellers pay for many accounts; cards are virtual.
    References: none; providers name shared payment among what they look at.
    """

    id: ClassVar[str] = "shared-payment"
    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ("payment",)
    unit: ClassVar[Unit] = "account"
    linkage: ClassVar[bool] = True
    too_little: ClassVar[str] = "nobody says who pays"

    def measure(self, units: Units) -> pa.Table:
        """Return the logarithm of the accounts on the payment that most share."""
        links = units.tables.links
        pays = links.filter((links.field == "payment") & links.value.notnull())
        payers = pays.group_by("account", payment=pays.value).agg(r=pays.requests.sum())
        shared = payers.group_by("payment").agg(n=payers.count().cast("float64"))
        rows = units.keyed(payers.join(shared, "payment"))
        found: pa.Table = rows.group_by("unit").agg(value=rows.n.ln().max()).to_pyarrow()
        return found
