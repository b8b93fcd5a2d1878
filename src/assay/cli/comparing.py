"""What a comparison says on the terminal, as a record, and as an exit code."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from assay.cli.exits import Exit
from assay.cli.output import emit
from assay.core.comparison import Compared, Comparison
from assay.core.evidence import Status
from assay.report import notation
from assay.report.glyphs import glyphs_for

__all__ = ["emit_comparison", "exit_of", "show_comparison"]


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


def show_comparison(comparison: Comparison, console: Console) -> None:
    """Print which claims are flagged, what each brought, and what would change it."""
    say, width = glyphs_for(console.encoding).say, min(80, console.width)
    table = Table(box=None, padding=(0, 2), expand=False)
    for name in ("model", "benchmark"):
        table.add_column(name, overflow="fold")
    for name in ("e-value", "here", "alone"):
        table.add_column(name, justify="right")
    for claim in comparison.claims:
        here = "flagged" if claim.flagged else "-"
        alone = claim.status.value if claim.status else "no verdict"
        cells = (claim.model, claim.benchmark, notation.e_value(claim.e_value), here, alone)
        table.add_row(*(Text(say(cell)) for cell in cells))
    console.print(Text(say(comparison.headline), "bold", overflow="fold"), width=width)
    console.print(table, width=width)
    enough = f"flagged from e {notation.e_value(comparison.needed)} on; {comparison.method}"
    for line in (enough, *comparison.would_change, *comparison.not_shown):
        console.print(Text("  " + say(line), overflow="fold"), width=width)
