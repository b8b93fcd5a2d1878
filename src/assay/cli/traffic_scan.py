"""`assay traffic scan`: who distils a model, in these request logs?"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from assay.cli.exits import Exit
from assay.cli.invoking import application
from assay.cli.output import emit, listing, people
from assay.cli.progress import progress
from assay.core.cases import Scan
from assay.core.errors import StoreError, UsageError, boundary
from assay.core.evidence import Status
from assay.report import casefile, scanned
from assay.store.files import write_whole
from assay.traffic.aggregates import daily_totals
from assay.traffic.load import Loaded, read
from assay.traffic.scan import Asked, scan
from assay.traffic.signals import releases
from assay.traffic.stix import bundle

__all__ = ["ScanOptions", "app"]

CODES = {
    Status.FLAGGED: Exit.FLAGGED,
    Status.UNDECIDED: Exit.UNDECIDED,
    Status.CLEAN: Exit.CLEAN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanOptions:
    """The options of `assay traffic scan`."""

    logs: Annotated[
        list[str], typer.Argument(help="Files or folders of logs; -: an Arrow stream, from a pipe.")
    ]
    form: Annotated[str, typer.Option(help="Which form the logs have; else it is found.")] = "auto"
    mapping: Annotated[
        Path | None, typer.Option(help="TOML file that says which column is which.")
    ] = None
    key: Annotated[
        Path | None, typer.Option(help="Key of the hashes; without it accounts are known once.")
    ] = None
    q: Annotated[float, typer.Option(help="False discovery rate.", min=1e-6, max=0.5)] = 0.05
    split_day: Annotated[
        str, typer.Option(help="Last day on which clusters are formed, as 2026-03-03.")
    ] = ""
    prevalence: Annotated[
        float, typer.Option(help="Share that harvests, as you state it.", min=1e-9, max=0.99)
    ] = 0.0025
    releases: Annotated[
        Path | None, typer.Option(help="TOML or JSON of models that came out, with days.")
    ] = None
    out: Annotated[Path | None, typer.Option(help="Folder for case files and indicators.")] = None
    references: Annotated[
        Path | None,
        typer.Option(help="File of earlier scans' honest clusters; this one's are added."),
    ] = None
    memory: Annotated[float, typer.Option(help="GiB that the tables may take.", min=0.25)] = 4.0
    dp_epsilon: Annotated[
        float | None, typer.Option(help="Daily totals with noise, into the folder.", min=1e-6)
    ] = None
    json: Annotated[bool, typer.Option("--json", help="The record, to standard output.")] = False


def run(options: ScanOptions) -> int:
    """Find accounts and campaigns that harvest a model, without reading a prompt.

    Exit 10 where a campaign is flagged, 11 where nothing is established, 0 where clusters could be
    judged and nothing is flagged, which never means clean.
    """
    if "-" in options.logs and sys.stdin.isatty():
        msg = "nothing on standard input\n  next: assay traffic simulate | assay traffic scan -"
        raise UsageError(msg)
    asked = Asked(
        q=options.q,
        split=options.split_day,
        prevalence=options.prevalence,
        releases=releases.read(options.releases) if options.releases else None,
        memory=options.memory,
        references=options.references,
    )
    with progress(people()) as tell:
        logs = read(options.logs, form=options.form, mapping=options.mapping, key=options.key)
        found = scan(logs, asked, tell=tell)
        totals = _totals(logs, options)
        logs.requests.close()
    _tell(found, options, totals)
    return CODES[found.status]


def _totals(logs: Loaded, options: ScanOptions) -> str | None:
    """Return daily totals that protect each account, where they were asked for."""
    if options.dp_epsilon is None:
        return None
    made = daily_totals(logs.requests, epsilon=options.dp_epsilon)
    return json.dumps(asdict(made), indent=1) + "\n"


def _tell(found: Scan, options: ScanOptions, totals: str | None) -> None:
    console: Console = people() if options.json else listing()
    scanned.show(found, console)
    if options.json:
        emit([found.model_dump_json()])
    if options.out is not None:
        with boundary(StoreError, f"making {options.out}"):
            options.out.mkdir(parents=True, exist_ok=True)
        index = casefile.write(found, options.out)
        write_whole(options.out / "indicators.json", [bundle(found)])
        if totals is not None:
            write_whole(options.out / "daily-totals.json", [totals])
        people().print(f"case files: {index}", soft_wrap=True)


app = application(ScanOptions, run)
