"""`assay bench verify`: do the tests fail before the fix and pass after it, every time?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from assay.cli.exits import Exit
from assay.cli.invoking import application
from assay.cli.output import emit, listing, people
from assay.cli.progress import progress
from assay.cli.repository_tasks import cores, passed
from assay.core.errors import StoreError, boundary
from assay.core.running import Limits
from assay.core.task import LeftOut, Task
from assay.formats.task_files import read_tasks, write_tasks
from assay.report.checked import show
from assay.sandbox.choosing import best
from assay.store.files import write_whole
from assay.tasks.verify.environment import Builder
from assay.tasks.verify.many import Many, verify
from assay.tasks.verify.records import Asked, Checked

__all__ = ["VerifyOptions", "app"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyOptions:
    """The options of `assay bench verify`."""

    tasks: Annotated[Path, typer.Argument(help="File of tasks, as assay bench mine writes it.")]
    repos: Annotated[list[Path], typer.Argument(help="Folders of the repositories.")]
    out: Annotated[Path, typer.Option(help="Folder for what is found; it goes on there.")]
    runs: Annotated[int, typer.Option(help="Runs before the fix and after it.", min=2)] = 5
    seed: Annotated[int, typer.Option(help="Draws the orders of the tests.", min=0)] = 0
    jobs: Annotated[int, typer.Option(help="Tasks at a time; 0: one a core.", min=0)] = 0
    seconds: Annotated[float, typer.Option(help="Of one run of the tests.", min=0.1)] = 600.0
    memory: Annotated[float, typer.Option(help="GiB of one run.", min=0.01)] = 2.0
    processes: Annotated[int, typer.Option(help="Of one run.", min=1)] = 256
    cache: Annotated[
        Path | None, typer.Option(help="Folder of built environments; else in --out.")
    ] = None
    build_env: Annotated[
        list[str] | None,
        typer.Option(help="Variable that building commands get, as PIP_INDEX_URL; repeatable."),
    ] = None
    json: Annotated[bool, typer.Option("--json", help="The results, to standard output.")] = False


def run(options: VerifyOptions) -> int:
    """Run the tests of tasks before and after their fixes, in a sandbox, and keep those that hold.

    Writes verified.jsonl, left-out.jsonl and results.jsonl, which only grows: a run that was
    stopped goes on there. Exit 11 where no task holds.
    """
    tasks = list(read_tasks(options.tasks))
    with boundary(StoreError, f"making {options.out}"):
        options.out.mkdir(parents=True, exist_ok=True)
    with progress(people()) as tell:
        found = verify(tasks, options.repos, _many(options), tell=tell)
    good = _write(options.out, tasks, found)
    show(found, people() if options.json else listing())
    if options.json:
        emit(one.model_dump_json() for one in found)
    return Exit.CLEAN if good else Exit.UNDECIDED


def _many(options: VerifyOptions) -> Many:
    limits = Limits(
        seconds=options.seconds,
        cpu_seconds=options.seconds * 2,
        memory_bytes=int(options.memory * (1 << 30)),
        processes=options.processes,
    )
    asked = Asked(runs=options.runs, seed=options.seed, limits=limits)
    builder = Builder(
        sandbox=best(),
        cache=(options.cache or options.out / "environments").resolve(),
        limits=asked.building,
        passed=passed(options.build_env or ()),
    )
    journal = options.out / "results.jsonl"
    return Many(asked=asked, builder=builder, journal=journal, jobs=options.jobs or cores())


def _write(out: Path, tasks: Sequence[Task], found: Sequence[Checked]) -> int:
    """Write what holds and what is left out; return how many tasks hold."""
    good = [one.upon(task) for task, one in zip(tasks, found, strict=True) if not one.reason]
    write_tasks(out / "verified.jsonl", good)
    rows = [LeftOut(name=one.id, reason=one.reason) for one in found if one.reason]
    write_whole(out / "left-out.jsonl", [row.model_dump_json() + "\n" for row in rows])
    return len(good)


app = application(VerifyOptions, run)
