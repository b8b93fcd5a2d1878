"""`assay bench honeypots`: tasks that only a leak, or gaming, can pass."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from assay.cli.exits import Exit
from assay.cli.invoking import application
from assay.cli.output import people
from assay.cli.repository_tasks import RepositoryOptions, prover_of
from assay.core.errors import BadConfig
from assay.core.task import Task
from assay.formats.task_files import read_tasks
from assay.tasks.attempts import Attempts
from assay.tasks.honeypots import Plan, Pots, plant, write_pots
from assay.tasks.seal.private import private_tasks, source_of
from assay.tasks.sources import read_sources
from assay.tasks.varying.parts import Source

__all__ = ["HoneypotsOptions", "app"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoneypotsOptions(RepositoryOptions):
    """The options of `assay bench honeypots`."""

    items: Annotated[
        str, typer.Argument(help="The private half of a benchmark; or a folder that seal made.")
    ]
    out: Annotated[Path, typer.Option(help="Folder; all but a commitment goes to private/ in it.")]
    share: Annotated[
        float, typer.Option(help="Share of tasks that become secret ones.", min=0, max=0.5)
    ] = 0.05
    conflict: Annotated[
        float, typer.Option(help="Share that contradict their statement.", min=0, max=0.5)
    ] = 0.0
    seed: Annotated[
        str | None, typer.Option(help="Says which tasks: keep it private; empty: drawn.")
    ] = None
    most: Annotated[
        float, typer.Option(help="Refuse when the area's upper bound is above.", min=0.5, max=1)
    ] = 0.75
    anyway: Annotated[bool, typer.Option("--anyway", help="Write whatever the area is.")] = False
    guesses: Annotated[int, typer.Option(help="Values one submission can try.", min=1)] = 1
    submissions: Annotated[int, typer.Option(help="Of each model.", min=1)] = 100
    models: Annotated[int, typer.Option(help="On the board.", min=1)] = 100
    feedback_bits: Annotated[int, typer.Option(help="That outcomes gave away.", min=0)] = 0


def honeypots(options: HoneypotsOptions) -> int:
    """Plant honeypots in the private half of a benchmark."""
    sources, path, tasks = _read(options.items)
    plan = Plan(
        share=options.share,
        conflict=options.conflict,
        seed=options.seed or secrets.token_hex(16),
    )
    console = people()
    environments = options.out / "private" / "environments"
    with (
        prover_of(options, sources, tasks, environments) as prover,
        console.status("planting") as status,
    ):
        pots = plant(sources, plan, prover, told=lambda n: status.update(f"planting {n}"))
    for line in _lines(pots, options):
        console.print(line, markup=False)
    if pots.alike.high > options.most and not options.anyway:
        raise BadConfig(_refusal(pots, options))
    file = write_pots(options.out, path.name.partition(".")[0], pots, plan)
    console.print(f"private half: {file}")
    return Exit.CLEAN


def _read(items: str) -> tuple[list[Source], Path, Callable[[], Sequence[Task]]]:
    """Return the items, what files are named after, and the tasks that can be run."""
    folder = Path(items)
    if folder.is_dir():
        found = private_tasks(folder)
        return [source_of(task) for task in found], Path("tasks.jsonl"), lambda: found
    sources, path = read_sources(items)
    return sources, path, lambda: list(read_tasks(path))


def _lines(pots: Pots, options: HoneypotsOptions) -> list[str]:
    alike, count = pots.alike, len(pots.secrets)
    one = Attempts(guesses=options.guesses, submissions=options.submissions)
    board = Attempts(
        guesses=options.guesses,
        submissions=options.submissions,
        models=options.models,
        honeypots=max(1, count),
        feedback_bits=options.feedback_bits,
    )
    few = " (few tasks: the interval is wide, and shows little)" if alike.planted < 30 else ""
    area = f"area {alike.area:.2f}, 95 % interval {alike.low:.2f} to {alike.high:.2f}{few}"
    luck = f"{one.bound(pots.space):.1g} for one model's submissions"
    return [
        f"{count} secret and {len(pots.conflicts)} conflict honeypots in {alike.real} real tasks",
        f"told from their statements: {area}",
        f"by the draw no classifier of statements exceeds {pots.by_draw:.2f} on average",
        f"luck passes one secret: {luck}; any on the board: {board.bound(pots.space):.1g}",
    ]


def _refusal(pots: Pots, options: HoneypotsOptions) -> str:
    return (
        f"the honeypots may be told apart: upper bound {pots.alike.high:.2f}, above {options.most}"
        "\n  next: more honeypots (--share), which narrow the interval, or --most or --anyway"
    )


app = application(HoneypotsOptions, honeypots)
