"""`assay traffic simulate`: a log whose truth is known."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from assay.cli.exits import Exit, silence
from assay.cli.invoking import application
from assay.cli.output import people
from assay.core.errors import UsageError
from assay.traffic.simulate.mixture import campaigns_of, preset, smaller
from assay.traffic.simulate.traces import read_traces
from assay.traffic.simulate.week import Simulated, Week, simulate
from assay.traffic.simulate.writing import parquet_file, write_parquet, write_stream, write_truth

__all__ = ["SimulateOptions", "app"]

USUAL = 20_000
"""Accounts for which the campaigns of a preset are meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulateOptions:
    """The options of `assay traffic simulate`."""

    preset: Annotated[str, typer.Option(help="week, placebo or disclosed.")] = "week"
    accounts: Annotated[int, typer.Option(help="All accounts, campaigns' included.", min=2)] = USUAL
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.", min=0)] = 0
    days: Annotated[int, typer.Option(help="Length of the log.", min=1, max=60)] = 7
    campaigns: Annotated[
        str | None,
        typer.Option(
            help="Instead of the preset's: template:accounts=200,dilution=.2+relay; none."
        ),
    ] = None
    scale: Annotated[
        float | None,
        typer.Option(help="Campaigns' accounts times this; else a preset's fit --accounts.", min=0),
    ] = None
    release: Annotated[float, typer.Option(help="Day on which a new model comes; -1: never.")] = 3.7
    vetted: Annotated[
        float, typer.Option(help="Share of honest groups somebody looked at.", min=0, max=1)
    ] = 0.4
    contaminated: Annotated[
        float, typer.Option(help="Share of harvesters vetted by mistake.", min=0, max=1)
    ] = 0.0
    traces: Annotated[
        Path | None, typer.Option(help="Folder of real traces: rhythms and lengths are theirs.")
    ] = None
    half: Annotated[
        int | None, typer.Option(help="0 or 1: use every other client only.", min=0, max=1)
    ] = None
    out: Annotated[str, typer.Option(help="FILE.parquet, or -: an Arrow stream, to a pipe.")] = "-"
    truth: Annotated[
        Path | None, typer.Option(help="FILE.parquet of who is who, which no log says.")
    ] = None


def simulate_week(options: SimulateOptions) -> int:
    """Write the log of a provider's week: honest customers of every kind, and campaigns."""
    if options.out == "-" and sys.stdout.isatty():
        msg = (
            "the log is binary, and standard output is a terminal\n"
            "  next: assay traffic simulate | assay traffic scan -, or --out week.parquet"
        )
        raise UsageError(msg)
    out = None if options.out == "-" else parquet_file(options.out)
    truth = None if options.truth is None else parquet_file(str(options.truth))
    shapes = read_traces(options.traces, half=options.half) if options.traces else None
    made = simulate(_week(options), shapes)
    if truth is not None:
        write_truth(made, truth)
    _write(made, out)
    accounts = made.truth.num_rows
    people().print(f"{made.rows:,} requests of {accounts:,} accounts, seed {options.seed}")
    return Exit.CLEAN


def _week(options: SimulateOptions) -> Week:
    typed = options.campaigns is not None
    campaigns = campaigns_of(options.campaigns or "") if typed else preset(options.preset)
    fitting = 1.0 if typed else min(1.0, options.accounts / USUAL)
    return Week(
        accounts=options.accounts,
        days=options.days,
        seed=options.seed,
        campaigns=smaller(campaigns, fitting if options.scale is None else options.scale),
        release=options.release if options.release >= 0 else None,
        vetted=options.vetted,
        contaminated=options.contaminated,
    )


def _write(made: Simulated, out: Path | None) -> None:
    if out is not None:
        write_parquet(made, out)
        return
    try:
        write_stream(made, sys.stdout.buffer)
        sys.stdout.flush()
    except BrokenPipeError:
        silence(sys.stdout)


app = application(SimulateOptions, simulate_week)
