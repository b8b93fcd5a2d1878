"""`assay bench gate`: does a folder hold the answer to a task?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from assay.cli.exits import Exit
from assay.cli.invoking import application
from assay.cli.output import emit, people
from assay.core.errors import BadFormat, UnknownName
from assay.core.task import Task
from assay.formats.task_files import read_tasks
from assay.tasks.seal.answer import Answer, answer_in, base_files
from assay.tasks.seal.gate import Gated, gate

__all__ = ["GateOptions", "app"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GateOptions:
    """The options of `assay bench gate`."""

    folder: Annotated[Path, typer.Argument(help="What a solver would see.")]
    tasks: Annotated[Path, typer.Option(help="Tasks as JSON lines, with their answers.")]
    task: Annotated[str, typer.Option(help="Which of them; needed where there are several.")] = ""
    every: Annotated[
        bool, typer.Option("--every", help="Look for the answer of each task in the file.")
    ] = False
    repo: Annotated[
        Path | None, typer.Option(help="The repository that the task was made of: tells more.")
    ] = None
    fixed_version: Annotated[str, typer.Option(help="First release with the fix.")] = ""
    json: Annotated[bool, typer.Option("--json", help="The record, to standard output.")] = False


def run(options: GateOptions) -> int:
    """Look for a task's answer in every file, archive and git object of a folder.

    Exit 10 where it is found, 11 where something could not be searched, 0 where it is not there.
    """
    if not options.folder.is_dir():
        raise BadFormat(str(options.folder), None, "is no folder", "name one")
    tasks = list(read_tasks(options.tasks))
    if not options.every:
        tasks = [chosen(tasks, options.task)]
    found = [searched(options, task) for task in tasks]
    if options.json:
        emit(one.model_dump_json() for one in found)
    for task, one in zip(tasks, found, strict=True):
        _tell(one, f"{task.id}: " if options.every else "")
    if any(one.count for one in found):
        return Exit.FLAGGED
    return Exit.UNDECIDED if any(one.unsearched for one in found) else Exit.CLEAN


def searched(options: GateOptions, task: Task) -> Gated:
    """Look for one task's answer."""
    known = Answer(patch=task.patch, test_patch=task.test_patch, statement=task.statement)
    known = known.model_copy(update={"fix": task.commit, "fixed_version": options.fixed_version})
    if options.repo is not None:
        known = answer_in(task, options.repo, fixed_version=options.fixed_version)
    base = None if options.repo is None else base_files(task, options.repo)
    return gate(options.folder, known, base=base)


def chosen(tasks: list[Task], name: str) -> Task:
    """Return the task of this id; where there is one only, it need not be named."""
    found = [task for task in tasks if task.id == name or (not name and len(tasks) == 1)]
    if not found:
        raise UnknownName("task", name[:80], [task.id for task in tasks], "--task ID")
    return found[0]


def _tell(found: Gated, lead: str) -> None:
    say = people().print
    for one in found.remnants:
        by = f" (reached by {', '.join(one.named_by[:4])})" if one.named_by else ""
        say(f"{lead}found: {one.where} {one.what}{by}", markup=False, soft_wrap=True)
    for rest in found.unsearched:
        say(f"{lead}not searched: {rest.where}: {rest.reason}", markup=False, soft_wrap=True)
    say(
        f"{lead}{found.count} remnants in {found.pieces:,} pieces, {found.size / 1e6:.1f} MB,"
        f" {found.seconds:.1f} s",
        markup=False,
        soft_wrap=True,
    )


app = application(GateOptions, run)
