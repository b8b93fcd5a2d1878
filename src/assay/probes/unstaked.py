"""What instruments share that give scores alone."""

from __future__ import annotations

from assay.core.evidence import Null
from assay.core.subject import Subject

__all__ = ["Unstaked"]


class Unstaked:
    """An instrument without e-values of its own."""

    __slots__ = ()

    def largest_e(self, subject: Subject) -> float | None:
        """Return None: the e-value is the run's, from betting on which units are suspects."""
        del subject
        return None

    def reaches(self, subject: Subject) -> Null:
        """Return NONE: scores alone."""
        del subject
        return Null.NONE
