"""From evidence to a verdict. Every rule is a named function with its source."""

from assay.verdict.combine import Board, decided, needed, totals
from assay.verdict.guarding import blind_check
from assay.verdict.judge import judge

__all__ = ["Board", "blind_check", "decided", "judge", "needed", "totals"]
