"""`assay bench mine`: tasks out of the history of git repositories."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
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
from assay.report.notation import counted
from assay.tasks.diversity import diversity_of, label_of_size
from assay.tasks.issues import read_exports
from assay.tasks.kinds import checked_languages
from assay.tasks.mine import Tally, mine
from assay.tasks.rules import Rules, checked_parser, window

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
        write_tasks(options.out, _some(_noted(found, labels), tally))
    _tell(options, tally, labels)
    return Exit.CLEAN


def _rules(options: MineOptions) -> Rules:
    since, until = window(options.since, options.until)
    return Rules(
        since=since,
        until=until,
        merges=options.merges,
        languages=checked_languages(options.language or ()),
        most=options.most,
        most_files=options.most_files,
        most_lines=options.most_lines,
        least_words=options.least_words,
        test_command=_words(options.test_command),
        parser=checked_parser(options.parser),
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


def _some(tasks: Iterator[Task], tally: Tally) -> Iterator[Task]:
    """Pass tasks on; where there is none, say why and have no file written."""
    first = next(tasks, None)
    if first is None:
        reasons = "; ".join(f"{count:,}: {name}" for name, count in tally.left_out.most_common(3))
        msg = f"of {tally.commits.total():,} commits no commit became a task ({reasons})"
        fix = "give whole histories, no shallow clones; or widen --since"
        raise UsageError(f"{msg}\n  next: {fix}")
    yield from chain([first], tasks)


def _tell(options: MineOptions, tally: Tally, labels: Labels) -> None:
    spread = diversity_of(labels)
    left_out = dict(tally.left_out.most_common())
    show(spread, dict(tally.commits), left_out, people())
    people().print(f"{counted(len(labels), 'task')}: {options.out}", soft_wrap=True, markup=False)
    if options.json:
        told = {"out": str(options.out), "commits": dict(tally.commits), "left_out": left_out}
        emit([json.dumps(told | {"diversity": spread.model_dump()})])


app = application(MineOptions, run)
