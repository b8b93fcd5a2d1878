"""`assay bench mine`: tasks out of the history of git repositories."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from assay.cli.exits import Exit
from assay.cli.invoking import application
from assay.cli.output import emit, people
from assay.cli.progress import progress
from assay.core.errors import UsageError
from assay.core.task import Task
from assay.formats.task_files import write_tasks
from assay.report.mined import show
from assay.tasks.diversity import diversity_of, label_of_size
from assay.tasks.issues import read_exports
from assay.tasks.kinds import checked_languages
from assay.tasks.mine import Tally, mine
from assay.tasks.rules import Rules, moment

__all__ = ["MineOptions", "app"]

Labels = list[tuple[str, str, str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class MineOptions:
    """The options of `assay bench mine`."""

    repos: Annotated[list[Path], typer.Argument(help="Folders of git repositories.")]
    out: Annotated[Path, typer.Option(help="FILE.jsonl of SWE-bench rows; .json, .csv, .parquet.")]
    since: Annotated[
        str, typer.Option(help="First day, as 2026-03-31: authored and committed since.")
    ] = ""
    until: Annotated[str, typer.Option(help="Last day, to its end, in UTC.")] = ""
    issues: Annotated[
        list[Path] | None,
        typer.Option(help="Issues and pulls, as GitHub's API exports them."),
    ] = None
    most: Annotated[
        int | None, typer.Option(help="Tasks of one repository, the newest.", min=1)
    ] = None
    revision: Annotated[str, typer.Option(help="Branch, tag or commit to begin from.")] = "HEAD"
    merges: Annotated[
        bool, typer.Option("--merges", help="The main line, each merge as one change.")
    ] = False
    language: Annotated[
        list[str] | None, typer.Option(help="Only patches in this language; may be repeated.")
    ] = None
    most_files: Annotated[int, typer.Option(help="Files of a gold patch.", min=1)] = 20
    most_lines: Annotated[int, typer.Option(help="Lines that it adds and removes.", min=1)] = 500
    least_words: Annotated[int, typer.Option(help="Words of a statement.", min=1)] = 8
    test_command: Annotated[str, typer.Option(help="Runs test files, instead of a guess.")] = ""
    parser: Annotated[
        str, typer.Option(help="Reads its output: pytest, unittest, node, tap, junit, go.")
    ] = ""
    setup: Annotated[
        list[str] | None,
        typer.Option(help="Builds the environment; may be repeated."),
    ] = None
    json: Annotated[bool, typer.Option("--json", help="The record, to standard output.")] = False


def run(options: MineOptions) -> int:
    """Find commits that change sources and their tests together, and write them as tasks.

    Nothing is run: what a task fails and passes is known after assay bench verify.
    """
    rules, tally, labels = _rules(options), Tally(), Labels()
    exports = read_exports(options.issues or ())
    with progress(people()) as tell:
        found = mine(
            options.repos, rules, tally, revision=options.revision, exports=exports, tell=tell
        )
        write_tasks(options.out, _noted(found, labels))
    _tell(options, tally, labels)
    return Exit.CLEAN


def _rules(options: MineOptions) -> Rules:
    return Rules(
        since=moment(options.since),
        until=moment(options.until, last=True),
        merges=options.merges,
        languages=checked_languages(options.language or ()),
        most=options.most,
        most_files=options.most_files,
        most_lines=options.most_lines,
        least_words=options.least_words,
        test_command=_words(options.test_command),
        parser=options.parser,
        setup=tuple(_words(line) for line in options.setup or ()),
    )


def _words(line: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(line))
    except ValueError as error:
        msg = f"{line[:80]!r}: {error}\n  next: close the quote"
        raise UsageError(msg) from error


def _noted(tasks: Iterable[Task], labels: Labels) -> Iterator[Task]:
    """Pass tasks on, and keep of each what the report tells."""
    for task in tasks:
        month = task.created.strftime("%Y-%m")
        labels.append((task.repo, task.language, month, label_of_size(task)))
        yield task


def _tell(options: MineOptions, tally: Tally, labels: Labels) -> None:
    spread = diversity_of(labels)
    left_out = dict(tally.left_out.most_common())
    show(spread, dict(tally.commits), left_out, people())
    people().print(f"{len(labels)} tasks: {options.out}", soft_wrap=True, markup=False)
    if options.json:
        told = {"out": str(options.out), "commits": dict(tally.commits), "left_out": left_out}
        emit([json.dumps(told | {"diversity": spread.model_dump()})])


app = application(MineOptions, run)
