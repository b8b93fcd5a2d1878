"""`assay bench retract`: this task is not to be scored any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from assay.cli.exits import Exit
from assay.cli.invoking import application
from assay.cli.output import emit
from assay.formats.task_files import read_tasks
from assay.tasks.seal.retracting import retract

__all__ = ["RetractOptions", "app"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetractOptions:
    """The options of `assay bench retract`."""

    benchmark: Annotated[Path, typer.Argument(help="A sealed benchmark.")]
    task: Annotated[str, typer.Argument(help="As its public manifest calls it.")]
    reason: Annotated[str, typer.Option(help="For all to read.")]
    corrected: Annotated[
        Path | None, typer.Option(help="The task from now on, with the next version, as JSON.")
    ] = None


def run(options: RetractOptions) -> int:
    """Write down that a task is retracted, and why. Nothing is deleted, and no score changes."""
    corrected = None if options.corrected is None else next(read_tasks(options.corrected))
    today = datetime.now(UTC).date()
    made = retract(options.benchmark, options.task, options.reason, today, corrected=corrected)
    after = f"; version {made.version + 1} takes its place" if made.corrected else ""
    emit([f"{made.task}, version {made.version}, is retracted{after}"])
    return Exit.CLEAN


app = application(RetractOptions, run)
