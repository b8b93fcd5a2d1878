"""Arrivals that are too even."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import ibis.expr.types as ir
import pyarrow as pa

from assay.traffic.signals.units import Unit, Units

__all__ = ["Smoothness"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Smoothness:
    """Do requests come more evenly than those of people and of their programs?

    Minus the mean of two logarithms: that of the variation of gaps, which tells at low rates, and
    half that of the Fano factor of the minutes between the day's first and last request, which
    tells at high ones. Both are 0 for a Poisson process at any rate; days weigh by requests.

    Fails when: an honest pipeline sends at a fixed rate; a harvester sends in bursts.
    References: Fano 1947, doi 10.1103/PhysRev.72.26.
    """

    id: ClassVar[str] = "smoothness"
    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ("time",)
    unit: ClassVar[Unit] = "account"
    linkage: ClassVar[bool] = False
    too_little: ClassVar[str] = "no day with 20 requests of one account"
    least: int = 20
    floor: float = 0.02
    """Logarithms stop here: clocks are as even as their resolution allows."""

    def measure(self, units: Units) -> pa.Table:
        """Return the mean evenness of a unit's account-days."""
        days = units.keyed(units.tables.days)
        busy = days.filter((days.requests >= self.least) & days.gap_cv.notnull())
        span = (busy.last_minute - busy.first_minute + 1).cast("float64")
        mean = busy.requests / span
        fano = (busy.minute_squares / span - mean * mean) / mean
        uneven = _log(busy.gap_cv, self.floor) + 0.5 * _log(fano, self.floor**2)
        rows = busy.mutate(weighed=busy.requests * uneven)
        summed = rows.group_by(*units.by).agg(n=rows.requests.sum(), w=rows.weighed.sum())
        found: pa.Table = summed.select(*units.by, value=-summed.w / summed.n / 2).to_pyarrow()
        return found


def _log(value: ir.NumericValue, floor: float) -> ir.NumericValue:
    return (value > floor).ifelse(value, floor).ln()
