"""`assay examine --plan`: many examinations from one file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.text import Text

from assay.cli.comparing import emit_comparison, exit_of
from assay.cli.exits import Exit
from assay.cli.forecasting import show_forecast
from assay.cli.output import people
from assay.cli.progress import progress
from assay.core.evidence import Status
from assay.examination import forecast
from assay.examination.many import Done, Watcher, check_all, run_all
from assay.examination.plans import Family, read_plan
from assay.examination.record import folder_of
from assay.report import comparison as page
from assay.report import notation
from assay.report.glyphs import glyphs_for

__all__ = ["examine_all", "forecast_all"]


def examine_all(
    path: Path, failing: frozenset[Status], report: Callable[[Path], Path], *, as_json: bool
) -> int:
    """Examine what a plan names, and say which claims hold together.

    Parameters
    ----------
    path
        The plan.
    failing
        Verdicts with a failing exit code.
    report
        Writes the report of a finished run's folder.
    as_json
        Whether the record of the comparison goes to standard output.
    """
    family, console = read_plan(path), people()
    with progress(console) as show:

        def done(claim: Done) -> None:
            if claim.verdict is not None and not claim.kept:
                report(folder_of(claim.plan))
            say_done(claim, console)

        comparison = run_all(family, Watcher(progress=show, done=done))
    page.show(comparison, console)
    page.write(comparison, family.out / "comparison.html")
    console.print(f"  report  {family.out / 'comparison.html'}", markup=False, soft_wrap=True)
    if as_json:
        emit_comparison(comparison)
    return exit_of(comparison, failing)


def forecast_all(path: Path, *, as_json: bool) -> int:
    """Print what each examination of a plan would cost, one after the other."""
    family: Family = read_plan(path)
    check_all(family)
    for claim in family.claims:
        show_forecast(forecast(claim), as_json=as_json)
    return Exit.CLEAN


def say_done(claim: Done, console: Console) -> None:
    """Print one line about a claim that is through."""
    head = f"{claim.number}/{claim.of} {claim.plan.model} on {claim.plan.benchmark}: "
    if claim.verdict is None:
        found = f"no verdict: {claim.problem}"
    else:
        best = max((total.e_value for total in claim.verdict.totals), default=None)
        found = f"{claim.verdict.status.value} by itself, e {notation.e_value(best)}"
        found += " (finished before)" if claim.kept else ""
    say = glyphs_for(console.encoding).say
    console.print(Text(say(head + found), overflow="fold"), soft_wrap=True)
