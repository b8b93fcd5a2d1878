"""One run of a task's tests in a fresh box, and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.core.running import Limits, Ran, Sandbox
from assay.core.task import Task
from assay.tasks.parsers.outcome import Parsed
from assay.tasks.parsers.table import parse
from assay.tasks.verify.environment import Environment
from assay.tasks.verify.judging import Seen
from assay.tasks.verify.orders import FILE_ORDER, shuffled

__all__ = ["Bench", "Side", "tail"]

MOST_ARGUMENTS = 1 << 20
"""Bytes of names on one command line; the kernel's own limit is twice that."""
TAIL = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What all runs of a task share."""

    sandbox: Sandbox
    environment: Environment
    limits: Limits
    task: Task
    seed: int

    def attempt(self, tree: Path, names: Sequence[str]) -> tuple[Ran, Parsed]:
        """Run the test command on some names, over a tree, and read what it prints."""
        with self.sandbox.open(tree, reads=self.environment.reads, limits=self.limits) as box:
            command = (*self.task.test_command, *names)
            ran = box.run(command, env=self.environment.variables)
        return ran, read(self.task.log_parser, ran)


class Side:
    """One side of a task, before the fix or after it: a tree, and the runs over it."""

    def __init__(self, bench: Bench, tree: Path, files: Sequence[str]) -> None:
        self._bench, self._tree, self._files = bench, tree, tuple(files)
        self.seen: list[Seen] = []
        self.notes: dict[str, None] = {}
        self.last: Ran | None = None

    def run(self, order: int) -> Seen:
        """Run the tests in an order, and keep what became of them."""
        names = shuffled(self._names(order), order=order, seed=self._bench.seed)
        self.last, parsed = self._bench.attempt(self._tree, names)
        for note in parsed.notes:
            self.notes[note] = None
        if self.last.ended != "exit":
            self.notes[f"a run ended by {self.last.ended}: {self.last.note}"] = None
        self.seen.append(Seen(order=order, tests=parsed.tests))
        return self.seen[-1]

    def _names(self, order: int) -> tuple[str, ...]:
        """Return what is named on the command line: files, or the single tests of pytest.

        Only pytest takes the names that it prints. What the first run found is shuffled; files
        whose tests it could not even collect are named as files.
        """
        if order == FILE_ORDER or self._bench.task.log_parser != "pytest" or not self.seen:
            return self._files
        names = tuple(name for name in self.seen[0].tests if not name.startswith("-"))
        size = sum(len(name.encode()) + 9 for name in names)
        fits = size < MOST_ARGUMENTS and all(len(name) < 1000 for name in names)
        return names if names and fits else self._files


def read(parser: str, ran: Ran) -> Parsed:
    """Parse what a run printed: what is there, with a note where it was cut."""
    first, second = ran.stdout, ran.stderr
    if parser == "unittest":
        first, second = second, first
    found = parse(parser, first)
    if not found.tests:
        found = parse(parser, second)
    if ran.ended == "exit":
        return found
    cut = f"the output was cut: the run ended by {ran.ended}"
    return Parsed(tests=found.tests, notes=(*found.notes, cut))


def tail(ran: Ran) -> str:
    """Return the end of what a run printed, for people."""
    text = (ran.stdout + b"\n" + ran.stderr)[-TAIL * 2 :].decode("utf-8", "replace").strip()
    return text[-TAIL:]
