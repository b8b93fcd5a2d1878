"""What a run was made of, beside its findings: enough to judge it again elsewhere."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from assay.core.evidence import Null, Role
from assay.core.subject import Prompting

__all__ = ["Dealt", "InstrumentFacts", "ModelFacts", "Provenance", "Showable", "Verification"]

FROZEN = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)


class ModelFacts(BaseModel):
    """What a model was, as it said itself."""

    model_config = FROZEN

    name: str
    digest: str
    abilities: tuple[str, ...]
    context: int
    parameters: int = 0
    """How many weights it has; 0 where that is not known."""
    prompting: Prompting
    remote: bool
    notes: tuple[str, ...] = ()


class InstrumentFacts(BaseModel):
    """What an instrument was, and what it could reach on this subject."""

    model_config = FROZEN

    id: str
    version: int
    needs: tuple[str, ...]
    strongest_null: Null
    scope: str
    topic: str
    claim: str
    largest_e: float | None
    reaches: Null
    blocked: str = ""
    """Why it could not run; empty when it could."""
    demoted: str = ""
    """Why it was descriptive, whatever null it claims; empty when it was not."""


class Dealt(BaseModel):
    """A unit in the order it was dealt: what it was, never what it says."""

    model_config = FROZEN

    unit: str
    role: Role
    has: tuple[str, ...] = ()
    """What instruments ask of an item: "siblings", "options", "twins", "correct"."""


class Showable(BaseModel):
    """Which of an item's sealed siblings, by their places, might the model be shown?"""

    model_config = FROZEN

    shown: tuple[int, ...] = ()
    """Those that its provider had been sent before."""
    unspent: tuple[int, ...] = ()
    """Those that nobody had been sent."""


class Provenance(BaseModel):
    """Who was examined on what, how it was dealt, with which instruments, and where."""

    model_config = FROZEN

    record: Literal["provenance"] = "provenance"
    run: str
    """Digest of all that determines the findings."""
    claim: str
    """Digest of what is claimed."""
    inputs: str
    """Digest of items, controls, split and scores: what can be told without the model."""
    seed: int
    canaries: int
    dealt: tuple[Dealt, ...]
    model: ModelFacts
    reference: ModelFacts | None = None
    instruments: tuple[InstrumentFacts, ...]
    showable: dict[str, Showable] | None = None
    """By item, which sealed siblings a model elsewhere might be shown; None where none left."""
    environment: dict[str, str]
    """Versions of what computed it, and on what."""
    schema_version: int = 1


class Verification(BaseModel):
    """What was checked of a bundle, and what had to be believed."""

    model_config = FROZEN

    record: Literal["verification"] = "verification"
    bundle: str
    signer: str
    """Digest of the public key that the signature fits."""
    headline: str
    """What the bundle's verdict says."""
    verified: tuple[str, ...]
    trusted: tuple[str, ...]
    """What could not be checked here, and what would let it be."""
    schema_version: int = 1
