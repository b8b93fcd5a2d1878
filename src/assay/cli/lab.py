"""`assay lab`: experiments on models whose training is known."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from assay.cli import VERBS
from assay.cli.exits import Exit
from assay.cli.invoking import application
from assay.cli.output import emit, listing, people
from assay.cli.progress import progress
from assay.core.errors import UnknownName, UsageError
from assay.core.loading import load_attribute
from assay.lab.experiment import (
    EXPERIMENTS,
    Experiment,
    Outcome,
    conduct,
    known_size,
    open_experiment,
)
from assay.report.glyphs import glyphs_for

__all__ = ["LabOptions", "app"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabOptions:
    """The options of `assay lab`."""

    name: Annotated[str | None, typer.Argument(help="Run this one; without it, list them.")] = None
    size: Annotated[str, typer.Option(help="tiny ends in under two minutes; or full.")] = "tiny"
    out: Annotated[
        Path | None, typer.Option(help="Folder of the run; the same one resumes. [runs/lab-...]")
    ] = None
    workers: Annotated[int, typer.Option(help="Trainings at a time.", min=1)] = 1
    docs: Annotated[
        Path | None, typer.Option(help="Write NAME.md and NAME.svg into this folder.")
    ] = None
    plan: Annotated[
        bool, typer.Option("--plan", help="Run nothing: say what would be run and compared.")
    ] = False
    json: Annotated[bool, typer.Option("--json", help="As a record, to standard output.")] = False


def lab(options: LabOptions) -> int:
    """What do models remember, and how good is each test? Experiments with known truth."""
    if options.name is None:
        _list(options)
        return Exit.CLEAN
    if options.name not in asked():
        raise UnknownName("experiment", options.name[:80], asked(), "assay lab")
    known_size(options.size)
    experiment = open_experiment(options.name)
    outcome = None if options.plan else _run(experiment, options)
    if options.docs is not None:
        publish = load_attribute("assay.lab.page:publish")
        publish(experiment, options.size, outcome, options.docs)
    if outcome is None:
        emit([json.dumps(experiment.plan(options.size), indent=2)])
    elif options.json:
        emit([json.dumps(outcome.record())])
    else:
        _show(outcome, listing())
    return Exit.CLEAN


def asked() -> dict[str, str]:
    """What can stand after `assay lab`, and what does it ask? Experiments, and other commands."""
    named = (name.partition(" ") for name in VERBS)
    verbs = {verb: VERBS[f"lab {verb}"].help for noun, _, verb in named if noun == "lab"}
    return {name: one.question for name, one in EXPERIMENTS.items()} | verbs


def _run(experiment: Experiment, options: LabOptions) -> Outcome:
    folder = options.out or Path("runs") / f"lab-{experiment.name}-{options.size}"
    if folder.exists() and not folder.is_dir():
        msg = f"{folder} is a file, not a folder\n  next: choose another with --out"
        raise UsageError(msg)
    with progress(people()) as tell:
        return conduct(experiment, options.size, folder, tell, options.workers)


def _list(options: LabOptions) -> None:
    if options.json:
        emit([json.dumps(asked(), indent=2)])
        return
    console = listing()
    table = Table.grid(padding=(0, 2, 0, 0))
    for name, question in asked().items():
        table.add_row(Text(name, "bold"), question)
    console.print(table, width=min(80, console.width))
    console.print(Text("\nassay lab NAME --size tiny runs one in under two minutes."))


def _show(outcome: Outcome, console: Console) -> None:
    say = glyphs_for(console.encoding).say
    console.print(Text(say(outcome.headline)), soft_wrap=True)
    console.print(Text(say(f"compare: {outcome.reference}"), style="dim"), soft_wrap=True)
    if outcome.table:
        table = Table(box=None, padding=(0, 2, 0, 0))
        for name in outcome.table[0]:
            table.add_column(say(name), justify="right")
        for row in outcome.table:
            table.add_row(*(say(_cell(value)) for value in row.values()))
        console.print(table)
    if outcome.figure is not None:
        console.print(Text(say(f"figure: {outcome.figure}"), style="dim"), soft_wrap=True)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    return "" if value is None else str(value)


app = application(LabOptions, lab)
