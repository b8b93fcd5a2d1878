"""`assay traffic`: what can be asked of request logs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from assay.cli import VERBS
from assay.cli.exits import Exit
from assay.cli.invoking import application
from assay.cli.output import listing
from assay.core.errors import UnknownName

__all__ = ["TrafficOptions", "app"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficOptions:
    """The options of `assay traffic`."""

    name: Annotated[str | None, typer.Argument(help="One of the commands; empty: list them.")] = (
        None
    )


def traffic(options: TrafficOptions) -> int:
    """Which accounts distil a model? Asked of request logs, without reading prompts."""
    asked = {
        name.removeprefix("traffic "): one.help
        for name, one in VERBS.items()
        if name.startswith("traffic ")
    }
    if options.name is not None:  # one that exists would not have come here
        raise UnknownName("traffic command", options.name[:80], asked, "assay traffic")
    console = listing()
    table = Table.grid(padding=(0, 2, 0, 0))
    for name, question in asked.items():
        table.add_row(Text(f"assay traffic {name}", "bold"), question)
    console.print(table, width=min(100, console.width))
    return Exit.CLEAN


app = application(TrafficOptions, traffic)
