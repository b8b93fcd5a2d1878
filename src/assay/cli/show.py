"""`assay show`: a finished run's verdict again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from assay.cli.examine import write_report
from assay.cli.exits import Exit
from assay.cli.invoking import application
from assay.cli.output import emit, listing
from assay.examination import load_run
from assay.report import terminal

__all__ = ["ShowOptions", "app"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowOptions:
    """The options of `assay show`."""

    run: Annotated[Path, typer.Argument(help="The run's folder.")]
    json: Annotated[bool, typer.Option("--json", help="The verdict as a record.")] = False
    html: Annotated[bool, typer.Option("--html", help="Write report.html again.")] = False


def show(options: ShowOptions) -> int:
    """What did a finished run find? Nothing is measured again; any verdict exits with 0."""
    verdict = load_run(options.run)[0]
    if options.html:
        page = write_report(options.run)
        listing().print(str(page), markup=False, soft_wrap=True)
    elif options.json:
        emit([verdict.model_dump_json(indent=2)])
    else:
        terminal.show(verdict, listing())
    return Exit.CLEAN


app = application(ShowOptions, show)
