"""No night."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from assay.traffic.signals.units import Unit, Units

__all__ = ["AroundTheClock"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AroundTheClock:
    """In how many hours of a day is it active, of those that its requests would reach by chance?

    n requests spread evenly by chance reach 24 (1 - (23/24)^n) hours; without that, whoever asks
    less sleeps longer.

    Fails when: it serves customers in all time zones, or is a pipeline: a quarter to a half of the
    honest accounts with a thousand requests a day are active in twenty hours or more.
    References: Xiang et al. 2025, ServeGen, arXiv 2505.09999.
    """

    id: ClassVar[str] = "around-the-clock"
    version: ClassVar[int] = 2
    needs: ClassVar[tuple[str, ...]] = ("time",)
    unit: ClassVar[Unit] = "account"
    linkage: ClassVar[bool] = False
    too_little: ClassVar[str] = "no day with 8 requests of one account"
    least: int = 8

    def measure(self, units: Units) -> pa.Table:
        """Return the mean share over account-days."""
        days = units.keyed(units.tables.days)
        busy = days.filter(days.requests >= self.least)
        expected = 24 * (1 - (busy.requests.cast("float64") * math.log(23 / 24)).exp())
        rows = busy.mutate(share=busy.hours / expected)
        found: pa.Table = rows.group_by(*units.by).agg(value=rows.share.mean()).to_pyarrow()
        return found
