"""`assay instruments`: what can be measured."""

from __future__ import annotations

import inspect
import json
from dataclasses import MISSING, dataclass, fields
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from assay.catalog import Row, rows
from assay.cli.exits import Exit
from assay.cli.invoking import application
from assay.cli.output import emit, listing
from assay.core.calibration import Calibration, Measured
from assay.core.errors import UnknownName
from assay.core.loading import load_attribute
from assay.report.glyphs import glyphs_for
from assay.report.measured import measured_lines

__all__ = ["InstrumentsOptions", "app"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentsOptions:
    """The options of `assay instruments`."""

    id: Annotated[str | None, typer.Argument(help="Explain this one.")] = None
    json: Annotated[bool, typer.Option("--json", help="As records.")] = False


def instruments(options: InstrumentsOptions) -> int:
    """What can be measured here? Lists the catalogue, or explains one instrument."""
    known = {row.id: row for row in rows()}
    if options.id is not None and options.id not in known:
        raise UnknownName("instrument", options.id, known, "assay instruments")
    chosen = [known[options.id]] if options.id is not None else list(known.values())
    if options.json:
        emit([json.dumps([record(row) for row in chosen], indent=2)])
    elif options.id is None:
        _list(chosen, listing())
    else:
        _explain(chosen[0], listing())
    return Exit.CLEAN


def record(row: Row) -> dict[str, Any]:
    """Return one row of the catalogue with the instrument's parameters."""
    names = ("id", "question", "needs", "null", "extra", "origin")
    measured = _measured(row)
    return {name: str(getattr(row, name)) for name in names} | {
        "parameters": parameters(row),
        "calibration": measured.model_dump(mode="json") if measured else None,
    }


def _measured(row: Row) -> Measured | None:
    """Return what calibration found of this version of the instrument."""
    version: int = load_attribute(row.target, extra=row.extra).version
    packaged: Calibration = load_attribute("assay.verdict:calibration_at")()
    return packaged.of(row.id, version)


def parameters(row: Row) -> dict[str, dict[str, str]]:
    """Return an instrument's parameters: type and default."""
    loaded = load_attribute(row.target, extra=row.extra)
    return {
        one.name: {
            "type": one.type if isinstance(one.type, str) else one.type.__name__,
            "default": "" if one.default is MISSING else str(one.default),
        }
        for one in fields(loaded)
    }


def _list(chosen: list[Row], console: Console) -> None:
    say = glyphs_for(console.encoding).say
    table = Table(box=None, padding=(0, 2, 0, 0), expand=True)
    table.add_column("id", width=20, overflow="fold")
    table.add_column("question", ratio=1, overflow="fold")
    table.add_column("null, at best", width=13, overflow="fold")
    for row in chosen:
        needs = Text(f"\nneeds {say(row.needs)}", style="dim")
        table.add_row(Text(say(row.id), "bold"), Text(say(row.question)) + needs, say(row.null))
    width = min(80, console.width)
    console.print(table, width=width)
    console.print(Text("\nassay instruments ID explains one."), width=width)


def _explain(row: Row, console: Console) -> None:
    say = glyphs_for(console.encoding).say
    width = min(80, console.width)
    head = Text.assemble((say(row.id), "bold"), "  ", (f"null at best: {say(row.null)}", "dim"))
    console.print(head, width=width)
    loaded = load_attribute(row.target, extra=row.extra)
    for line in (inspect.getdoc(loaded) or "").splitlines():
        console.print(Padding(Text(say(line), overflow="fold"), (0, 0, 0, 2)), width=width)
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name, one in parameters(row).items():
        shown = f"--set {row.id}.{name}={one['default']}"
        table.add_row(Text(say(shown), overflow="fold"), Text(say(one["type"]), "dim"))
    if table.row_count:
        console.print(Text("\nParameters", "bold"), Padding(table, (0, 0, 0, 2)), width=width)
    console.print(Text("\nCalibration", "bold"), width=width)
    for line in measured_lines(_measured(row)):
        said = Text(say(line.replace("**", "")), overflow="fold")
        console.print(Padding(said, (0, 0, 0, 2)), width=width)
    console.print(Text(f"\nneeds {say(row.needs)}; from {say(row.origin)}", "dim"), width=width)


app = application(InstrumentsOptions, instruments)
