"""`assay doctor`: what works on this machine."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from assay.cli.exits import Exit
from assay.cli.invoking import application
from assay.cli.machine import Check, checks
from assay.cli.output import emit, listing
from assay.report.glyphs import glyphs_for

__all__ = ["DoctorOptions", "app"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorOptions:
    """The options of `assay doctor`."""

    json: Annotated[bool, typer.Option("--json", help="As records.")] = False


def doctor(options: DoctorOptions) -> int:
    """What works here, and what would have to be installed? Exits with 0 either way."""
    found = list(checks())
    if options.json:
        emit([json.dumps([check.record() for check in found], indent=2)])
    else:
        show(found, listing())
    return Exit.CLEAN


def show(found: list[Check], console: Console) -> None:
    """Print the checks, each with the line that mends it."""
    glyphs = glyphs_for(console.encoding)
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(width=3)
    table.add_column(width=22, overflow="fold")
    table.add_column(ratio=1, overflow="fold")
    for check in found:
        mark = Text("ok", "green") if check.works else Text("no", "yellow")
        table.add_row(mark, Text(glyphs.say(check.name)), Text(glyphs.say(check.found), "dim"))
        if check.mend:
            table.add_row("", "", Text(glyphs.say(check.mend), "bold"))
    console.print(table, width=min(80, console.width))


app = application(DoctorOptions, doctor)
