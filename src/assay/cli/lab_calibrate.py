"""`assay lab calibrate`: how good is every instrument, on models whose contamination is known?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from assay.cli.exits import Exit
from assay.cli.invoking import application
from assay.cli.output import emit, listing, people
from assay.cli.progress import progress
from assay.core.calibration import Calibration, Measured
from assay.lab.calibrate import calibrate, write
from assay.lab.holdout import left_out

__all__ = ["CalibrateOptions", "app"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrateOptions:
    """The options of `assay lab calibrate`."""

    size: Annotated[str, typer.Option(help="tiny: some minutes, for a look; or full.")] = "tiny"
    out: Annotated[
        Path | None, typer.Option(help="Folder of models and scores; the same one resumes.")
    ] = None
    workers: Annotated[int, typer.Option(help="Models at a time.", min=1)] = 1
    write: Annotated[
        Path | None, typer.Option(help="The calibration's file. [OUT/calibration.json]")
    ] = None
    json: Annotated[bool, typer.Option("--json", help="The record, to standard output.")] = False


def run(options: CalibrateOptions) -> int:
    """Train models whose contamination is known, and measure every instrument on them."""
    folder = options.out or Path("runs") / f"lab-calibrate-{options.size}"
    with progress(people()) as tell:
        found, cases = calibrate(options.size, folder, workers=options.workers, on_progress=tell)
        held = list(left_out(cases, found.batteries))
    path = options.write or folder / "calibration.json"
    write(found, path)
    if options.json:
        emit([json.dumps({"calibration": found.model_dump(mode="json"), "left_out": held})])
    else:
        _show(found, held, path)
    return Exit.CLEAN


def _row(one: Measured) -> dict[str, Any]:
    """Sum one instrument up: its size at .01, and its separation at every dose."""
    size = next((s for s in one.sizes if s.alpha == 0.01), None)
    rate = f"{size.flagged / size.of:.4f} of {size.of:,}" if size else ""
    doses = {f"AUC x{c.dose}": f"{float(np.mean(c.separations)):.2f}" for c in one.cells}
    return {"instrument": one.name, "size at .01": rate} | doses


def _show(found: Calibration, held: list[dict[str, Any]], path: Path) -> None:
    console, rows = listing(), [_row(one) for one in (*found.instruments, *found.batteries)]
    for title, lines in (("Measured", rows), ("Clean, of models left out", held)):
        console.print(Text(title, "bold"))
        _print(lines, console)
    demoted = [one.name for one in found.instruments if one.excess()]
    console.print(Text(f"demoted: {', '.join(demoted) or 'none'}"))
    console.print(Text(f"calibration: {path}"), soft_wrap=True)


def _print(lines: list[dict[str, Any]], console: Console) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0))
    names = dict.fromkeys(name for line in lines for name in line)
    for name in names:
        table.add_column(name)
    for line in lines:
        table.add_row(*("" if line.get(n) is None else str(line[n]) for n in names))
    console.print(table)


app = application(CalibrateOptions, run)
