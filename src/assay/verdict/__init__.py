"""From evidence to a verdict. Every rule is a named function with its source."""

from assay.verdict.calibrated import calibration_at, demotions
from assay.verdict.clearing import clear
from assay.verdict.combine import Board, decided, key_of, totals
from assay.verdict.comparing import Entry, claim_e, compare
from assay.verdict.guarding import blind_check
from assay.verdict.judge import judge
from assay.verdict.kinds import needed

__all__ = [
    "Board",
    "Entry",
    "blind_check",
    "calibration_at",
    "claim_e",
    "clear",
    "compare",
    "decided",
    "demotions",
    "judge",
    "key_of",
    "needed",
    "totals",
]
