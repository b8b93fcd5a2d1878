"""Many tasks, side by side; what is known of each is on disk before the next begins."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from assay.core.errors import StoreError, UsageError, boundary
from assay.core.settings import Progress
from assay.core.subject import Cost
from assay.core.task import Task
from assay.store.appending import appending, whole_lines
from assay.tasks.borrow import Borrowed, borrowed
from assay.tasks.verify.checking import check
from assay.tasks.verify.environment import Builder
from assay.tasks.verify.records import Asked, Checked

__all__ = ["Many", "check_known", "verify"]

Tell = Callable[[Progress], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """What a verification of many tasks needs."""

    asked: Asked
    builder: Builder
    journal: Path
    """A file that only grows: one result a line. What stands there is not run again."""
    jobs: int = 1


def verify(
    tasks: Sequence[Task], repos: Sequence[Path], many: Many, *, tell: Tell = lambda _: None
) -> list[Checked]:
    """Which of these tasks hold what they promise? One result for each, in their order.

    Parameters
    ----------
    tasks
        With their commands.
    repos
        The repositories that they were taken from; a task finds its own by the project's name.
    many
        What is asked, where environments are built, where results are kept.
    tell
        Is handed how far it has come.

    Raises
    ------
    UsageError
        A task's repository is not among them.
    SandboxError
        The sandbox does not work; what was found is kept.
    """
    with ExitStack() as held:
        known = {history.name: history for history in map(held.enter_context, map(borrowed, repos))}
        check_known(tasks, known)
        found = known_results(many.journal)
        todo = [task for task in tasks if many.asked.digest(task) not in found]
        for count, checked in enumerate(_side_by_side(todo, known, many), 1):
            _keep(many.journal, checked)
            found[checked.digest] = checked
            done = len(tasks) - len(todo) + count
            tell(Progress(phase="verify", done=done, total=len(tasks), cost=Cost()))
    return [found[many.asked.digest(task)] for task in tasks]


def check_known(tasks: Sequence[Task], known: Mapping[str, object]) -> None:
    """Is the repository of every task among those that were given?"""
    missing = sorted({task.repo for task in tasks} - set(known))
    if missing:
        msg = (
            f"no repository is named {missing[0]!r}; given were: {', '.join(known) or 'none'}\n"
            "  next: name its folder after the file of tasks"
        )
        raise UsageError(msg)


def known_results(journal: Path) -> dict[str, Checked]:
    """Return earlier results by what they stand for; a line that was cut short is dropped."""
    if not journal.exists():
        return {}
    with boundary(StoreError, f"reading {journal}"):
        lines = whole_lines(journal.read_bytes())
    return {one.digest: one for one in _read(journal, lines)}


def _read(journal: Path, lines: Sequence[bytes]) -> Iterator[Checked]:
    for number, line in enumerate(lines, 1):
        try:
            yield Checked.model_validate_json(line)
        except ValidationError as error:
            what = error.errors()[0]["msg"]
            msg = f"{journal}:{number}: is no result ({what})\n  next: move the file away"
            raise UsageError(msg) from error


def _keep(journal: Path, checked: Checked) -> None:
    line = json.dumps(checked.model_dump(mode="json"), ensure_ascii=True).encode("ascii")
    with boundary(StoreError, f"writing {journal}"), appending(journal) as file:
        file.write([line])


def _side_by_side(
    tasks: Sequence[Task], known: Mapping[str, Borrowed], many: Many
) -> Iterator[Checked]:
    """Yield results as they come; where one fails, or nobody wants more, none is begun."""
    pool = ThreadPoolExecutor(max_workers=many.jobs)
    try:
        begun = [
            pool.submit(check, task, known[task.repo].folder, many.builder, many.asked)
            for task in tasks
        ]
        for one in as_completed(begun):
            yield one.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
