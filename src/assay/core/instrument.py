"""The protocol that every instrument follows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum, Flag, StrEnum, auto
from typing import ClassVar, Protocol, runtime_checkable

from assay.core.evidence import Abstention, Finding, Null
from assay.core.subject import Subject, Unit

__all__ = ["Instrument", "Need", "Scope", "Topic"]


class Need(Flag):
    """What an instrument cannot do without."""

    NONE = 0
    ITEMS = auto()
    LOGPROBS = auto()
    VOCAB_MOMENTS = auto()
    GENERATE = auto()
    REFERENCE = auto()
    OPTIONS = auto()
    SIBLINGS = auto()
    CANARIES = auto()
    TWINS = auto()
    WRONG_ANSWERS = auto()
    HONEYPOTS = auto()


class Scope(Enum):
    """What one finding is about."""

    UNIT = "unit"
    BENCHMARK = "benchmark"


class Topic(StrEnum):
    """Which claim does an instrument test? Only evidence of one topic is combined."""

    SEEN = "seen"
    """The published items were in the training data."""
    IDS = "ids"
    """The model knows which text belongs to which id; the public source is enough for that."""
    GAIN = "gain"
    """It does better on the published items than on their like."""
    ANSWERS = "answers"
    """It gives answers that are known to be wrong, as published."""
    SECRETS = "secrets"
    """It knows what stands in the sealed answers alone; a vault that leaked is enough for that."""


@runtime_checkable
class Instrument(Protocol):
    """Something that measures a subject and yields findings.

    An instrument is a frozen dataclass: its fields are its parameters. It does not see which
    units are suspects and which are controls, keeps no state, and leaves the subject unchanged.
    An instrument of scope BENCHMARK is handed all suspects at once, in published order.
    """

    id: ClassVar[str]
    version: ClassVar[int]
    needs: ClassVar[Need]
    strongest_null: ClassVar[Null]
    scope: ClassVar[Scope]
    claim: ClassVar[str]
    topic: ClassVar[Topic]

    def measure(
        self, subject: Subject, units: Sequence[Unit], *, seed: int
    ) -> Iterator[Finding | Abstention]:
        """Measure every unit of a chunk; one outcome per unit."""

    def largest_e(self, subject: Subject) -> float | None:
        """Return the largest e-value per unit it can reach by itself; None if it yields scores.

        One that lets an e-value of several units stand under one of them spreads it over all.
        """

    def reaches(self, subject: Subject) -> Null:
        """Under which null do its own e-values hold here? NONE when it yields scores alone."""
