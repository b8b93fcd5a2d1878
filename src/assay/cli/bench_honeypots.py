"""`assay bench honeypots`: tasks that only a leak, or gaming, can pass."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from assay.cli.exits import Exit
from assay.cli.invoking import application
from assay.cli.output import people
from assay.core.errors import BadConfig
from assay.sandbox.choosing import best
from assay.tasks.attempts import Attempts
from assay.tasks.honeypots import Plan, Pots, plant, write_pots
from assay.tasks.sources import read_sources
from assay.tasks.varying.proving import Prover

__all__ = ["HoneypotsOptions", "app"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoneypotsOptions:
    """The options of `assay bench honeypots`."""

    items: Annotated[str, typer.Argument(help="The private half of a benchmark.")]
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
    sources, path = read_sources(options.items)
    plan = Plan(
        share=options.share,
        conflict=options.conflict,
        seed=options.seed or secrets.token_hex(16),
    )
    console = people()
    with console.status("planting") as status:
        pots = plant(
            sources, plan, Prover(sandbox=best()), told=lambda n: status.update(f"planting {n}")
        )
    for line in _lines(pots, options):
        console.print(line, markup=False)
    if pots.alike.high > options.most and not options.anyway:
        raise BadConfig(_refusal(pots, options))
    file = write_pots(options.out, path.name.partition(".")[0], pots, plan)
    console.print(f"private half: {file}")
    return Exit.CLEAN


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
    return [
        f"{count} secret and {len(pots.conflicts)} conflict honeypots in {alike.real} real tasks",
        f"told from their statements: area {alike.area:.2f}, 95 % interval "
        f"{alike.low:.2f} to {alike.high:.2f}{few}",
        f"by the draw no classifier of statements exceeds {pots.by_draw:.2f} on average",
        f"luck passes one secret: {one.bound(pots.space):.1g} for one model's submissions, "
        f"any on the board: {board.bound(pots.space):.1g}",
    ]


def _refusal(pots: Pots, options: HoneypotsOptions) -> str:
    return (
        f"the honeypots may be told apart: upper bound {pots.alike.high:.2f}, above {options.most}"
        "\n  next: more honeypots (--share), which narrow the interval, or --most or --anyway"
    )


app = application(HoneypotsOptions, honeypots)
