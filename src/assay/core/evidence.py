"""What instruments yield and what a verdict is made of."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from assay.core.calibration import Clearance, Detectable
from assay.core.loading import load_attribute
from assay.core.subject import Cost

__all__ = [
    "Abstention",
    "CorrectedScore",
    "Estimate",
    "Evidence",
    "Finding",
    "Flag",
    "GuardReport",
    "Null",
    "Status",
    "Stop",
    "Total",
    "Verdict",
]

FROZEN = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)
Scalar = str | int | float | bool | None
Role = Literal["suspect", "control", ""]


class Null(StrEnum):
    """Under what was the error rate valid? Strongest first."""

    EXACT = "exact"
    """A recorded random act fixed the tested thing."""
    MATCHED = "matched"
    """Against controls that the model cannot have seen."""
    CALIBRATED = "calibrated"
    """Error rates measured on models whose contamination is known."""
    NONE = "none"
    """Descriptive. Shown, never flags."""


class Finding(BaseModel):
    """What one instrument found on one unit. Holds scalars and tuples only."""

    model_config = FROZEN

    record: Literal["finding"] = "finding"
    instrument: str
    unit: str
    role: Role = ""
    """Suspect or control; written by the loop afterwards, instruments do not know it."""
    score: float | None = None
    """Higher is more like something seen in training. Needs controls to mean anything."""
    e_value: float | None = Field(default=None, ge=0)
    """E[e] <= 1 for a model that saw nothing, by the random act that `null` names."""
    p_value: float | None = Field(default=None, ge=0, le=1)
    null: Null = Null.NONE
    detail: dict[str, Scalar] = Field(default_factory=dict)
    """Whatever else is worth keeping. Reports know three names: `said`, what the model wrote, and
    `true`, the text it is held against, at most 200 characters each; and `ending`, how its answer
    ended where it was no whole answer ("refusal", "length")."""


class Abstention(BaseModel):
    """No measurement, and why. An outcome like any other: never 0, never a pass."""

    model_config = FROZEN

    record: Literal["abstention"] = "abstention"
    instrument: str
    unit: str
    role: Role = ""
    reason: str = Field(min_length=1)
    passing: bool = False
    """No answer for the time being: nothing was bet on it, and the same command asks again."""


class Estimate(BaseModel):
    """A number with its interval and its unit."""

    model_config = FROZEN

    value: float
    low: float
    high: float
    level: float = 0.95
    unit: str
    method: str


class Evidence(BaseModel):
    """What one instrument found in total."""

    model_config = FROZEN

    record: Literal["evidence"] = "evidence"
    instrument: str
    version: int
    question: str
    claim: str
    null: Null
    """The null under which this run's numbers are valid; at most the instrument's strongest."""
    suspects: int = 0
    controls: int = 0
    abstained: int = 0
    estimate: Estimate | None = None
    e_value: float | None = Field(default=None, ge=0)
    p_value: float | None = Field(default=None, ge=0, le=1)
    largest_e: float | None = None
    """The largest e-value that this run could have reached."""
    abstention: str = ""
    """Why there is no number; empty when there is one."""
    parameters: dict[str, Scalar] = Field(default_factory=dict)
    caveats: tuple[str, ...] = ()
    seed: int = 0
    cost: Cost = Cost()

    def _repr_html_(self) -> str:
        """Return what a notebook shows (decision 6)."""
        return str(load_attribute("assay.report.notebook:evidence_html")(self))


class GuardReport(BaseModel):
    """May controls that chance did not pick be trusted?"""

    model_config = FROZEN

    passed: bool
    blind_auc: float
    blind_upper: float
    beats_p: float | None = None
    gamma: float | None = None
    """Odds ratio of hidden bias at which the verdict flips."""
    reason: str


class Status(StrEnum):
    """The three verdicts."""

    FLAGGED = "flagged"
    CLEAN = "clean"
    UNDECIDED = "undecided"


class Total(BaseModel):
    """All evidence of one claim and one kind, combined as fixed before the run."""

    model_config = FROZEN

    null: Null
    topic: str = "seen"
    """Which claim: see `Topic`."""
    instruments: tuple[str, ...]
    e_value: float = Field(ge=0)
    needed: float
    """The e-value at which this kind flags: the number of kinds tested over alpha."""
    largest_e: float | None = None
    p_value: float | None = Field(default=None, gt=0, le=1)
    """After a full pass that was announced, with controls drawn at random: how often do shuffled
    labels win as much or more? Exact; it flags at one over `needed`. None elsewhere."""
    path: tuple[float, ...] = ()
    """Natural log of the e-value after each step, in the order the units were dealt."""
    may_flag: bool = False
    """Whether it may flag at all: the guard passed where one was due."""
    flags: bool = False
    """Whether it may flag and reached `needed`, or its p-value one over that."""


class Flag(BaseModel):
    """An item that is itself flagged, after a full pass."""

    model_config = FROZEN

    unit: str
    p_value: float | None = None
    """None where items were not ranked among controls."""
    score: float


class Stop(BaseModel):
    """How far the run went, and what stopping early saved."""

    model_config = FROZEN

    planned: int
    measured: int
    reason: Literal[
        "full pass",
        "decided early",
        "budget spent",
        "nothing to measure",
        "model changed",
        "answers missing",
    ]


class CorrectedScore(BaseModel):
    """The reported score, and what it would be on clean items (design 3.6)."""

    model_config = FROZEN

    reported: float = Field(ge=0, le=1)
    """Share of the published items that were answered right."""
    items: int
    """How many they are."""
    method: Literal["siblings", "split", "difficulty", "bounds"]
    """What the clean score rests on: see `assay.verdict.correcting`."""
    corrected: Estimate | None = None
    """None where nothing identifies it."""
    inflation: Estimate | None = None
    """By how much the reported score lies above the corrected one."""
    low: float
    high: float
    """Between these the clean score lies: the interval, or all that can be said."""
    rests_on: tuple[str, ...] = ()
    """What must hold for it, in plain words."""
    why_not: tuple[str, ...] = ()
    """Why stronger methods were not used."""
    digest: str
    """SHA-256 of who was right on what, as it was read."""


class Verdict(BaseModel):
    """The answer, its error rate, and what it does not show."""

    model_config = FROZEN

    status: Status
    claim: str
    headline: str
    alpha: float
    benchmark: str
    benchmark_digest: str
    model: str
    model_digest: str
    model_notes: tuple[str, ...] = ()
    """What was served, and how it was asked."""
    reference: str | None = None
    reference_digest: str | None = None
    suspects: int
    controls: int
    controls_kind: Literal["randomised", "other", "none"]
    totals: tuple[Total, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    guard: GuardReport | None = None
    flags: tuple[Flag, ...] = ()
    flags_q: float | None = None
    """Level of the false-discovery rate of `flags`; None when items were not tested."""
    flags_note: str = ""
    score: CorrectedScore | None = None
    """None where no scores were given."""
    stop: Stop
    runs: int = 1
    """How many runs of this claim the ledger holds; their e-values are averaged."""
    clearance: Clearance | None = None
    """Whether a leak of a stated size was ruled out; None where something was flagged."""
    detectable: tuple[Detectable, ...] = ()
    """The smallest leaks that would have been flagged, where power was calibrated."""
    calibration: str = ""
    """Digest of the calibration that it was judged with."""
    why: tuple[str, ...] = ()
    would_change: tuple[str, ...] = ()
    not_shown: tuple[str, ...] = ()
    seed: int
    cost: Cost = Cost()
    version: str
    schema_version: int = 1

    @property
    def error_rate(self) -> float:
        """How often a verdict like this is wrong: alpha, but for what was ruled out."""
        if self.status is Status.CLEAN and self.clearance is not None:
            return self.clearance.alpha
        return self.alpha

    def _repr_html_(self) -> str:
        """Return what a notebook shows (decision 6)."""
        return str(load_attribute("assay.report.notebook:verdict_html")(self))
