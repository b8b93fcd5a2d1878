"""From evidence to a verdict. Every rule is a named function with its source."""

from assay.verdict.combine import Board, decided, key_of, totals
from assay.verdict.guarding import blind_check
from assay.verdict.judge import judge
from assay.verdict.kinds import needed

__all__ = ["Board", "blind_check", "decided", "judge", "key_of", "needed", "totals"]
