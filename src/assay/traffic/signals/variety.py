"""Many templates, used alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from assay.traffic.signals.units import Unit, Units

__all__ = ["Variety"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variety:
    """Of how many templates are its requests, as if all were used alike?

    The logarithm of one over the chance that two requests have the same template (Simpson). The
    chance is estimated from pairs, with one pair more of the same, so that it is never 0. Programs
    have one or a few system prompts; a campaign that rotates them has hundreds.

    Fails when: people write their own prompts from the first block on; an application puts what
    changes into its first block.
    References: Simpson 1949, doi 10.1038/163688a0; Hill 1973, doi 10.2307/1934352.
    """

    id: ClassVar[str] = "variety"
    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ("template",)
    unit: ClassVar[Unit] = "account"
    linkage: ClassVar[bool] = False
    too_little: ClassVar[str] = "fewer than 10 requests with a template"
    least: int = 10

    def measure(self, units: Units) -> pa.Table:
        """Return the logarithm of the effective number."""
        rows = units.keyed(units.tables.templates.filter(units.tables.templates.template.notnull()))
        each = rows.group_by(*units.by, "template").agg(r=rows.requests.sum().cast("float64"))
        summed = each.group_by(*units.by).agg(n=each.r.sum(), pairs=(each.r * (each.r - 1)).sum())
        enough = summed.filter(summed.n >= self.least)
        chance = (enough.pairs + 1) / (enough.n * (enough.n - 1) + 1)
        found: pa.Table = enough.select(*units.by, value=-chance.ln()).to_pyarrow()
        return found
