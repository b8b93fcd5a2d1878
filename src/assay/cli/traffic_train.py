"""`assay traffic train`: what is each signal worth?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from assay.cli.exits import Exit
from assay.cli.invoking import application
from assay.cli.output import emit, listing, people
from assay.cli.progress import progress
from assay.traffic.scoring import Weights
from assay.traffic.training import Plan, train
from assay.traffic.weights import Learned

__all__ = ["TrainOptions", "app"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainOptions:
    """The options of `assay traffic train`."""

    weeks: Annotated[int, typer.Option(help="Simulated weeks to learn on.", min=1)] = 6
    accounts: Annotated[int, typer.Option(help="Accounts of a week.", min=500)] = 6_000
    scale: Annotated[float, typer.Option(help="Campaigns' accounts times this.", min=0)] = 0.5
    seed: Annotated[int, typer.Option(help="Of the first week.", min=0)] = 1_000
    write: Annotated[Path, typer.Option(help="The file of weights.")] = Path("weights.json")
    json: Annotated[bool, typer.Option("--json", help="The record, to standard output.")] = False


def run(options: TrainOptions) -> int:
    """Learn on simulated weeks what each signal is worth; one more week says how good that is."""
    plan = Plan(
        weeks=options.weeks, accounts=options.accounts, scale=options.scale, seed=options.seed
    )
    with progress(people()) as tell:
        found = train(plan, tell)
    options.write.write_text(found.model_dump_json(indent=1) + "\n", encoding="utf-8")
    if options.json:
        emit([json.dumps(found.model_dump(mode="json"))])
    else:
        _show(found, options.write)
    return Exit.CLEAN


def _show(found: Learned, path: Path) -> None:
    table = Table("signal", "account", "cluster", box=None, padding=(0, 2, 0, 0))
    for name in dict.fromkeys((*found.account.weight, *found.cluster.weight)):
        cells = (one.weight.get(name) for one in (found.account, found.cluster))
        table.add_row(name, *("" if cell is None else f"{cell:.2f}" for cell in cells))
    console, left = listing(), found.provenance
    console.print(table)
    for what, one in (("accounts", found.account), ("clusters", found.cluster)):
        console.print(f"most by two signals together, {what}: {_together(one)}")
    console.print(
        f"a further week: AUC {left.left_out_auc:.3f} of accounts, {left.left_out_auc_clusters:.3f}"
        f" of cluster-days; classes cover {left.left_out_coverage:.3f} at .9, in the simulator only"
    )
    console.print(f"weights: {path}", soft_wrap=True)


def _together(one: Weights) -> str:
    pairs = [(value, a, b) for a, others in one.both.items() for b, value in others.items()]
    most = sorted(pairs, reverse=True)[:5]
    return "; ".join(f"{a} and {b} {value:.2f}" for value, a, b in most) or "none"


app = application(TrainOptions, run)
