"""`assay bench seal`: tasks without their answers, in a public half and a private one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from assay.cli.exits import Exit
from assay.cli.invoking import application
from assay.cli.output import emit, people
from assay.cli.progress import progress
from assay.core.errors import BadConfig, UsageError
from assay.core.task import Task
from assay.formats.task_files import read_tasks
from assay.tasks.seal.checking import check
from assay.tasks.seal.making import Asked, Made, seal

__all__ = ["SealOptions", "app"]

SHOWN = 30
"""Trees with another task's fix that are told one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealOptions:
    """The options of `assay bench seal`."""

    tasks: Annotated[
        Path, typer.Argument(help="Tasks as JSON lines; with --check, a sealed benchmark.")
    ]
    repo: Annotated[
        list[str] | None,
        typer.Option(help="A repository of the tasks: PATH, or NAME=PATH; may be repeated."),
    ] = None
    out: Annotated[Path | None, typer.Option(help="The folder to make.")] = None
    seed: Annotated[str, typer.Option(help="Of the split; committed before.")] = ""
    committed: Annotated[
        datetime | None, typer.Option(help="The day it was, as 2026-11-01.", formats=["%Y-%m-%d"])
    ] = None
    share: Annotated[float, typer.Option(help="Of the tasks, to be public.", min=0, max=1)] = 0.5
    fixed_version: Annotated[
        str, typer.Option(help="First release with the fix; else it is found from tags.")
    ] = ""
    check: Annotated[bool, typer.Option("--check", help="Check a sealed benchmark.")] = False
    digest: Annotated[str, typer.Option(help="Of the manifest, for --check.")] = ""


def run(options: SealOptions) -> int:
    """Reduce each task's repository to one commit, look for its answer, and part the halves.

    A task that holds its answer, or cannot be searched whole, is left out and named. Exit 70 with
    --check where anything was changed.
    """
    if options.check:
        with progress(people()) as tell:
            emit(check(options.tasks, digest=options.digest, tell=tell))
        return Exit.CLEAN
    tasks = list(read_tasks(options.tasks))
    asked, out = _asked(options, tasks)
    with progress(people()) as tell:
        made = seal(tasks, asked, out, tell=tell)
    _tell(people(), made, out)
    emit([made.digest])
    return Exit.CLEAN


def _asked(options: SealOptions, tasks: list[Task]) -> tuple[Asked, Path]:
    if options.out is None or not options.seed or options.committed is None or not options.repo:
        msg = "sealing needs --repo, --out, --seed and --committed\n  next: assay bench seal --help"
        raise UsageError(msg)
    day = options.committed.date()
    if day > datetime.now(UTC).date():
        msg = f"--committed {day}: that is in the future\n  next: commit the seed first, then seal"
        raise BadConfig(msg)
    asked = Asked(
        repos=repositories(options.repo, sorted({task.repo for task in tasks})),
        seed=int(options.seed) if options.seed.isdecimal() else options.seed,
        committed=day,
        share=options.share,
        fixed_version=options.fixed_version,
    )
    return asked, options.out


def repositories(given: list[str], names: list[str]) -> dict[str, Path]:
    """Which folder has each task's repository?"""
    pairs = [(name, Path(path)) for name, _, path in (one.rpartition("=") for one in given)]
    named = {name: path for name, path in pairs if name}
    plain = {path.resolve().name.removesuffix(".git"): path for name, path in pairs if not name}
    found = dict(named)
    for name in names:
        last = name.rpartition("/")[2]
        only = next(iter(plain.values())) if len(names) == len(plain) == 1 else None
        path = plain.get(last, only)
        if name not in found and path is not None:
            found[name] = path
    missing = [name for name in names if name not in found]
    if missing:
        msg = f"no repository for {missing[0]!r}\n  next: --repo {missing[0]}=PATH"
        raise UsageError(msg)
    return found


def _tell(console: Console, made: Made, out: Path) -> None:
    say = console.print
    say(f"{out}: {made.public} public, {made.private} private", markup=False, soft_wrap=True)
    speed = made.searched / 1e6 / max(made.seconds, 1e-9)
    say(f"gate: {made.searched / 1e6:.1f} MB searched, {speed:.0f} MB/s", markup=False)
    if made.crossings:
        say(f"{len(made.crossings)} times a tree holds the fix of another task:", markup=False)
    for cross in made.crossings[:SHOWN]:
        say(f"  {cross.tree} holds {cross.fix}: {cross.where}", markup=False, soft_wrap=True)
    if len(made.crossings) > SHOWN:
        say(f"  and {len(made.crossings) - SHOWN} more: private/kept.jsonl has all", markup=False)
    if made.crossings:
        say("  a task is public only together with those whose fixes its tree holds", markup=False)
    for one in made.left_out:
        say(f"left out: {one.name}: {one.reason}", markup=False, soft_wrap=True)
    for reason, count in Counter(one.reason.partition(",")[0] for one in made.notes).items():
        say(f"in the trees: {count} times {reason}", markup=False, soft_wrap=True)
    say("the manifest's digest, to be published:", markup=False)


app = application(SealOptions, run)
