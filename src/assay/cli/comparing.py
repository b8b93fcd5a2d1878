"""What a comparison says as a record and as an exit code."""

from __future__ import annotations

from assay.cli.exits import Exit
from assay.cli.output import emit
from assay.core.comparison import Compared, Comparison
from assay.core.evidence import Status

__all__ = ["emit_comparison", "exit_of"]


def emit_comparison(comparison: Comparison) -> None:
    """Write the record on standard output."""
    emit([comparison.model_dump_json(indent=2)])


def exit_of(comparison: Comparison, failing: frozenset[Status]) -> int:
    """Which exit code is due? That of the worst claim among those that shall fail a job.

    What is flagged stays so whatever the claims without a verdict would have shown. Otherwise they
    are a failure of something outside: a job must not pass because a server was down.
    """
    found = {_status(claim) for claim in comparison.claims} & failing
    if Status.FLAGGED in found:
        return Exit.FLAGGED
    if any(claim.problem for claim in comparison.claims):
        return Exit.BOUNDARY
    return Exit.UNDECIDED if Status.UNDECIDED in found else Exit.CLEAN


def _status(claim: Compared) -> Status:
    """Return what the claim is among the others: its own verdict does not flag it here."""
    if claim.flagged:
        return Status.FLAGGED
    return Status.CLEAN if claim.status is Status.CLEAN else Status.UNDECIDED
