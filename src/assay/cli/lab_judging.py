"""`assay lab judge-suite`: is the verdict right, and how often are its peers?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from assay.cli.exits import Exit
from assay.cli.invoking import application
from assay.cli.output import emit, listing, people
from assay.cli.progress import progress
from assay.lab.judgement import Judgement, judgement_of, page, tables
from assay.lab.judging import judge_suite
from assay.lab.suite import read_suite
from assay.report.glyphs import glyphs_for

__all__ = ["JudgingOptions", "app"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgingOptions:
    """The options of `assay lab judge-suite`."""

    folder: Annotated[Path, typer.Argument(help="A suite, as `assay lab suite` made it.")]
    out: Annotated[Path | None, typer.Option(help="Where verdicts are kept; [in the suite]")] = None
    alone: Annotated[
        bool, typer.Option("--alone", help="Without the clean base as reference model.")
    ] = False
    workers: Annotated[int, typer.Option(help="Models judged at a time.", min=1)] = 1
    docs: Annotated[
        Path | None, typer.Option(help="Write suite.md and suite.svg into this folder.")
    ] = None
    json: Annotated[bool, typer.Option("--json", help="As a record, to standard output.")] = False


def judging(options: JudgingOptions) -> int:
    """Examine every case of a sealed suite, ask three peers, then break the seal and count."""
    suite = read_suite(options.folder)
    with progress(people()) as tell:
        cases = judge_suite(
            options.folder,
            options.out,
            reference=not options.alone,
            workers=options.workers,
            on_progress=tell,
        )
    judged = judgement_of(suite, cases)
    if options.docs is not None:
        page(suite, judged, options.docs)
    if options.json:
        emit([judged.model_dump_json(indent=1)])
    else:
        _show(judged, listing())
    return Exit.CLEAN


def _show(judged: Judgement, console: Console) -> None:
    say = glyphs_for(console.encoding).say
    for first, *rows in tables(judged):
        table = Table(box=None, padding=(0, 2, 0, 0))
        for name in first:
            table.add_column(say(name), no_wrap=name == first[0])
        for row in rows:
            table.add_row(*(Text(say(cell)) for cell in row))
        console.print(table)
    for name, met in judged.goals.items():
        console.print(Text(say(f"{'reached' if met else 'NOT reached'}: {name}")))


app = application(JudgingOptions, judging)
