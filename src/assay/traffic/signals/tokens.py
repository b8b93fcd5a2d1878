"""What is asked for, in tokens: reasoning, and long answers to short questions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from assay.traffic.signals.units import Unit, Units

__all__ = ["Profile", "Reasoning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasoning:
    """Which share of the tokens that it was given is reasoning?

    Fails when: honest users of reasoning models do the same; reasoning is written out in the answer
    instead.
    References: Google Threat Intelligence Group 2026, on the coercion of reasoning traces.
    """

    id: ClassVar[str] = "reasoning"
    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ("reasoning_tokens", "output_tokens")
    unit: ClassVar[Unit] = "account"
    linkage: ClassVar[bool] = False
    too_little: ClassVar[str] = "fewer than 10 requests, or no tokens"
    least: int = 10

    def measure(self, units: Units) -> pa.Table:
        """Return the share over all requests."""
        days = units.keyed(units.tables.days)
        summed = days.group_by(*units.by).agg(
            n=days.requests.sum(), part=days.reasoning_tokens.sum(), whole=days.output_tokens.sum()
        )
        enough = summed.filter((summed.n >= self.least) & (summed.whole > 0))
        found: pa.Table = enough.select(*units.by, value=enough.part / enough.whole).to_pyarrow()
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How many tokens does it take for each that it gives?

    The logarithm of tokens written over tokens read.

    Fails when: honest users of reasoning models ask short and read long (half of them get 1.7
    tokens for each); long documents are put into the prompt.
    References: Xiang et al. 2025, ServeGen, arXiv 2505.09999.
    """

    id: ClassVar[str] = "profile"
    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ("input_tokens", "output_tokens")
    unit: ClassVar[Unit] = "account"
    linkage: ClassVar[bool] = False
    too_little: ClassVar[str] = "fewer than 10 requests"
    least: int = 10

    def measure(self, units: Units) -> pa.Table:
        """Return the logarithm of the ratio."""
        days = units.keyed(units.tables.days)
        summed = days.group_by(*units.by).agg(
            n=days.requests.sum(), read=days.input_tokens.sum(), written=days.output_tokens.sum()
        )
        enough = summed.filter(summed.n >= self.least)
        ratio = (enough.written + 1) / (enough.read + 1)
        found: pa.Table = enough.select(*units.by, value=ratio.ln()).to_pyarrow()
        return found
