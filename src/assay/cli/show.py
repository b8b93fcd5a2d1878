"""`assay show`: a finished run's verdict again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from assay.cli.examine import ALL, failing_of, write_report
from assay.cli.exits import Exit
from assay.cli.invoking import application
from assay.cli.output import emit, listing
from assay.cli.results import write_results
from assay.examination import load_run
from assay.report import terminal

__all__ = ["ShowOptions", "app"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowOptions:
    """The options of `assay show`."""

    run: Annotated[Path, typer.Argument(help="The run's folder.")]
    json: Annotated[bool, typer.Option("--json", help="The verdict as a record.")] = False
    html: Annotated[bool, typer.Option("--html", help="Write report.html again.")] = False
    junit: Annotated[Path | None, typer.Option(help="Write the verdict as JUnit XML.")] = None
    sarif: Annotated[Path | None, typer.Option(help="Write the verdict as SARIF.")] = None


def show(options: ShowOptions) -> int:
    """What did a finished run find? Nothing is measured again; any verdict exits with 0."""
    verdict, _, plan = load_run(options.run)
    write_results(
        verdict,
        to_junit=options.junit,
        to_sarif=options.sarif,
        failing=failing_of(ALL),
        benchmark=plan.benchmark,
    )
    if options.html:
        page = write_report(options.run)
        listing().print(str(page), markup=False, soft_wrap=True)
    elif options.json:
        emit([verdict.model_dump_json(indent=2)])
    else:
        terminal.show(verdict, listing())
    return Exit.CLEAN


app = application(ShowOptions, show)
