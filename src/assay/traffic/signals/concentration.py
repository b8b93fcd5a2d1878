"""Few templates and few models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import ibis
import pyarrow as pa

from assay.traffic.signals.units import Unit, Units

__all__ = ["Concentration"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Concentration:
    """Do two requests, drawn at random, have the same template and the same model?

    The chance is estimated from pairs of different requests, r (r - 1) over n (n - 1), which is
    right on average whatever n is; the share of the commonest template grows as n falls.

    Fails when: an honest application has one system prompt, as most have; prompts are varied within
    their first block.
    References: Simpson 1949, doi 10.1038/163688a0.
    """

    id: ClassVar[str] = "concentration"
    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ("template", "model")
    unit: ClassVar[Unit] = "account"
    linkage: ClassVar[bool] = False
    too_little: ClassVar[str] = "fewer than 20 requests with a template"
    least: int = 20

    def measure(self, units: Units) -> pa.Table:
        """Return the product of both chances."""
        template = self._same(units, units.tables.templates, "template")
        model = self._same(units, units.tables.models, "model")
        both = template.join(model, units.by)
        found: pa.Table = both.select(
            *units.by, value=both.same_template * both.same_model
        ).to_pyarrow()
        return found

    def _same(self, units: Units, table: ibis.Table, column: str) -> ibis.Table:
        rows = units.keyed(table.filter(table[column].notnull()))
        each = rows.group_by(*units.by, column).agg(r=rows.requests.sum().cast("float64"))
        summed = each.group_by(*units.by).agg(n=each.r.sum(), pairs=(each.r * (each.r - 1)).sum())
        enough = summed.filter(summed.n >= self.least)
        return enough.select(
            *units.by, **{f"same_{column}": enough.pairs / (enough.n * (enough.n - 1))}
        )
