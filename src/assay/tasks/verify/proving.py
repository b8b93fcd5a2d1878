"""One run before the fix and one after it, for each of many forms of a task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from assay.core.running import Limits
from assay.core.task import LeftOut, Task
from assay.tasks.borrow import borrowed
from assay.tasks.verify.checking import check
from assay.tasks.verify.environment import Builder
from assay.tasks.verify.many import check_known
from assay.tasks.verify.records import Asked, Checked

__all__ = ["Proofs", "proving"]


class Proofs:
    """Runs forms of known tasks, each once before its fix and once after it.

    Parameters
    ----------
    tasks
        By their ids; environments are built for them.
    histories
        By a project's name, a repository that holds its commits.
    builder
        Makes or finds environments, and has the sandbox.
    limits
        Of each run.
    """

    def __init__(
        self,
        tasks: Mapping[str, Task],
        histories: Mapping[str, Path],
        builder: Builder,
        limits: Limits,
    ) -> None:
        self.tasks = tasks
        self.histories = histories
        self.sandbox = builder.sandbox
        self._builder = builder
        self._asked = Asked(runs=1, limits=limits)
        self._known: dict[tuple[str, str, str], Checked] = {}
        self.failed: dict[str, list[LeftOut]] = {}
        """By a task's id: forms that did not hold, numbered as they were tried."""
        self.seconds: dict[str, float] = {}
        """By a task's id: what its runs took together."""
        self.ran: dict[str, int] = {}
        """By a task's id: forms that were run; equal patches count once."""

    def of(self, task: Task) -> Checked:
        """Do its tests fail before its fix and pass after it? Equal patches are run once."""
        key = (task.id, task.patch, task.test_patch)
        if key not in self._known:
            found = check(task, self.histories[task.repo], self._builder, self._asked)
            self._known[key] = found
            self.seconds[task.id] = self.seconds.get(task.id, 0.0) + found.seconds
            self.ran[task.id] = self.ran.get(task.id, 0) + 1
        return self._known[key]

    def note(self, task: str, number: int, reason: str) -> None:
        """Name a form that did not hold."""
        one = LeftOut(name=f"{task}, variant {number}", reason=reason)
        self.failed.setdefault(task, []).append(one)


@contextmanager
def proving(
    tasks: Sequence[Task], repos: Sequence[Path], builder: Builder, limits: Limits
) -> Iterator[Proofs]:
    """Open the repositories of tasks, to run forms of them.

    Raises
    ------
    UsageError
        A task's repository is not among them.
    """
    with ExitStack() as held:
        known = {history.name: history for history in map(held.enter_context, map(borrowed, repos))}
        check_known(tasks, known)
        folders = {name: history.folder for name, history in known.items()}
        yield Proofs({task.id: task for task in tasks}, folders, builder, limits)
