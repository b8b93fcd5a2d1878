"""`assay compare`: finished runs under one shared error budget."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from assay.cli.comparing import emit_comparison, exit_of
from assay.cli.examine import ALL, failing_of
from assay.cli.invoking import application
from assay.cli.output import people
from assay.core.errors import BadConfig
from assay.examination.many import compare_runs
from assay.report import comparison as page

__all__ = ["CompareOptions", "app"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareOptions:
    """The options of `assay compare`."""

    runs: Annotated[list[Path], typer.Argument(help="Folders of finished runs.")]
    q: Annotated[
        float, typer.Option(help="Of the flagged claims, the expected share that is wrong.")
    ] = 0.01
    mixed: Annotated[
        bool, typer.Option("--mixed", help="The runs may be about different benchmarks.")
    ] = False
    name: Annotated[str, typer.Option(help="What to call the comparison.")] = "comparison"
    html: Annotated[Path | None, typer.Option(help="Write it as a page to this file.")] = None
    json: Annotated[bool, typer.Option("--json", help="The record on standard output.")] = False
    fail_on: Annotated[str, typer.Option(help="Verdicts with a failing exit code, or 'none'.")] = (
        ALL
    )


def compare(options: CompareOptions) -> int:
    """Which of these runs' claims hold together? Nothing is measured again.

    Several runs of one model on one benchmark are one claim: they are averaged.
    """
    if not 0 < options.q < 1:
        raise BadConfig(f"--q {options.q}: is no share between 0 and 1\n  next: write --q 0.01")
    failing = failing_of(options.fail_on)
    comparison = compare_runs(options.runs, q=options.q, mixed=options.mixed, name=options.name)
    page.show(comparison, people())
    if options.html is not None:
        page.write(comparison, options.html)
    if options.json:
        emit_comparison(comparison)
    return exit_of(comparison, failing)


app = application(CompareOptions, compare)
