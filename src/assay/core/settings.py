"""What the user asked for, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from pydantic import BaseModel, ConfigDict, Field

from assay.core.subject import Cost

__all__ = ["Forecast", "Options", "Plan", "Progress"]


class Plan(BaseModel):
    """One examination, as asked for. Its fields are the options of `assay examine`."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    benchmark: str
    model: str
    reference: str | None = None
    """A model known to predate the items."""
    controls: str | None = None
    """A file of items that the model cannot have seen."""
    split: int | None = None
    """Seed of a recorded random split: half of the items were published, half held back."""
    certificate: str | None = None
    """A file of recorded random acts and canaries."""
    wrong: str | None = None
    """A file of items whose published answer is known to be wrong."""
    scores: str | None = None
    """A file that says which items the model answered right: an Inspect log, lm-eval samples, or
    rows of id and correct."""
    sibling_scores: str | None = None
    """The same of their sealed siblings: rows of id and correct, one sibling or several a row."""
    others: str | None = None
    """Which items other models answered right: rows of id, and a column for each model."""
    metric: str = ""
    """The scorer, metric or column of `scores` that is meant, where there are several."""
    fields: dict[str, str] = Field(default_factory=dict)
    instruments: tuple[str, ...] = ()
    """Which instruments to run; empty for all."""
    parameters: dict[str, str] = Field(default_factory=dict)
    """Instrument parameters, as in {"order.shuffles": "999"}."""
    out: str | None = None
    """The run's folder; made from benchmark and model where not given."""
    alpha: float = Field(default=0.01, gt=0, lt=1)
    q: float = Field(default=0.10, gt=0, lt=1)
    full: bool = False
    """Measure everything, even once the total is decided. Announced before the run, it allows an
    exact p-value at the end beside the e-value (docs/decisions/0013)."""
    tolerance: float = Field(default=0.5, gt=0, le=1)
    """Clean means: less than this share of the items was in the training data ..."""
    dose: int = Field(default=4, ge=1)
    """... so many times or more, each word for word."""
    calibration: str | None = None
    """A file of measured error rates and power, in place of the packaged one."""
    stop_at: float | None = Field(default=None, ge=1, allow_inf_nan=False)
    """Go on until the claim's e-value reaches this, where its own verdict takes less: many claims
    share one error budget."""
    budget: str = ""
    """A hard stop: "500calls", "200000tokens", "5usd", or several with commas."""
    price: str = ""
    """US dollars per million tokens: "0.15/0.60" for what is sent and what is generated."""
    model_args: dict[str, str] = Field(default_factory=dict)
    """Arguments of the model, as in {"base_url": "http://127.0.0.1:8000/v1"}."""
    allow_disclosure: bool = False
    """Let sealed material be sent to a remote model; what is sent is logged as spent."""
    seed: int | None = None
    """Overrides the seed derived from benchmark, model and version; counted as a rerun."""
    chunk: int = Field(default=16, ge=1)


class Options(TypedDict, total=False):
    """The same, as keyword arguments of `assay.examine`."""

    reference: str | None
    controls: str | None
    split: int | None
    certificate: str | None
    wrong: str | None
    scores: str | None
    sibling_scores: str | None
    others: str | None
    metric: str
    fields: dict[str, str]
    instruments: tuple[str, ...]
    parameters: dict[str, str]
    out: str | None
    alpha: float
    q: float
    full: bool
    tolerance: float
    dose: int
    calibration: str | None
    stop_at: float | None
    budget: str
    price: str
    model_args: dict[str, str]
    allow_disclosure: bool
    seed: int | None
    chunk: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run has come; handed to whoever shows it after each chunk and each batch."""

    phase: str
    done: int
    """Units measured."""
    total: int
    """Units planned."""
    cost: Cost
    e_value: float | None = None
    """The total so far."""
    needed: float | None = None


class Forecast(BaseModel):
    """What a run would cost, by instrument, from counting its requests without sending them."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    benchmark: str
    model: str
    suspects: int
    controls: int
    seed: int
    by_instrument: dict[str, Cost]
    """Requests that an earlier instrument already asks for are counted once, for that one."""
    abstains: dict[str, str]
    """Instruments that cannot run here, and why."""
    total: Cost
    minutes: float | None = None
    """At the speed of the test request; None where it could not be taken."""
    needed: float
    """The e-value at which the total flags."""
    notes: tuple[str, ...] = ()
