"""Many claims under one error budget: what `assay compare` and `assay examine --plan` yield."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from assay.core.evidence import Null, Status
from assay.core.subject import Cost

__all__ = ["Compared", "Comparison", "Part"]

FROZEN = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)


class Part(BaseModel):
    """What one total of a claim puts into the claim's e-value."""

    model_config = FROZEN

    null: Null
    topic: str
    e_value: float = Field(ge=0)
    counts: bool
    """Whether it may flag; one that may not counts 0, which is always allowed."""


class Compared(BaseModel):
    """One claim among many: that this model saw this benchmark."""

    model_config = FROZEN

    model: str
    model_digest: str = ""
    benchmark: str
    benchmark_digest: str = ""
    reference: str | None = None
    e_value: float | None = Field(default=None, ge=0)
    """Mean over the claim's totals, fixed before the run, and over its runs. None: no verdict."""
    flagged: bool = False
    """Whether it falls at the level that all claims share."""
    status: Status | None = None
    """The verdict of its newest run for itself, at that run's own alpha; None: there is none."""
    alpha: float | None = None
    claim: str = ""
    """What that verdict claims, in words."""
    parts: tuple[Part, ...] = ()
    """Of all its runs, in their order."""
    suspects: int = 0
    controls: int = 0
    controls_kind: Literal["randomised", "other", "none"] = "none"
    measured: int = 0
    planned: int = 0
    stopped_early: bool = False
    """A run stopped once its own verdict was decided: its e-value could have grown."""
    runs: tuple[str, ...] = ()
    """Folders of its runs; several are averaged and count as one claim."""
    cost: Cost = Cost()
    problem: str = ""
    """Why there is no verdict; the claim counts all the same."""


class Comparison(BaseModel):
    """Which of many claims hold, when they share one error budget?"""

    model_config = FROZEN

    record: Literal["comparison"] = "comparison"
    name: str
    q: float = Field(gt=0, lt=1)
    """Of the flagged claims, the expected share that is wrong is at most this."""
    claims: tuple[Compared, ...] = Field(min_length=1)
    """Largest e-value first; those without a verdict last."""
    needed: float
    """The e-value at which claims are flagged here: number of claims / (q times the flagged), or
    what a first one would take where none is."""
    needed_alone: float
    """The e-value that is enough whatever the other claims find: number of claims / q."""
    method: str
    headline: str
    would_change: tuple[str, ...] = ()
    not_shown: tuple[str, ...] = ()
    cost: Cost = Cost()
    version: str
    schema_version: int = 1

    @property
    def flagged(self) -> tuple[Compared, ...]:
        """The claims that are flagged."""
        return tuple(claim for claim in self.claims if claim.flagged)
