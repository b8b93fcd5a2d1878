"""Who was right on what: what a score is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from assay.core.item import digest_of

__all__ = ["Scores"]

Several = Mapping[str, tuple[bool, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Which items were answered right, by id?

    Examples
    --------
    >>> Scores(suspects={"a": True, "b": False}).reported
    0.5
    """

    suspects: Mapping[str, bool]
    """The published items, all of them."""
    controls: Mapping[str, bool] = field(default_factory=dict)
    """The items held back, all of them or none."""
    siblings: Several = field(default_factory=dict)
    """Sealed siblings of suspects, by the suspect's id."""
    others: Several = field(default_factory=dict)
    """What other models answered, on all suspects and on all controls or none."""

    @property
    def reported(self) -> float:
        """The share of the published items that was answered right."""
        return sum(self.suspects.values()) / len(self.suspects)

    @property
    def digest(self) -> str:
        """SHA-256 of the content, independent of the files that it came from."""
        parts = (self.suspects, self.controls, self.siblings, self.others)
        return digest_of([dict(part) for part in parts])
