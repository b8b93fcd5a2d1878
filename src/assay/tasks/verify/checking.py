"""One task, from its patches to its verdict."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from assay.core.errors import HistoryError
from assay.core.task import Task
from assay.sandbox.temporary import owned
from assay.tasks.parsers.table import PARSERS
from assay.tasks.patches import PatchRefused, apply, paths_of
from assay.tasks.trees import lay
from assay.tasks.verify.environment import Builder, BuildFailed
from assay.tasks.verify.judging import ORDER, Judged, judge
from assay.tasks.verify.orders import FILE_ORDER, orders
from assay.tasks.verify.records import Asked, Checked
from assay.tasks.verify.running import Bench, Side, tail

__all__ = ["check"]

AGAIN = 2
"""More runs of each order, where tests seem to depend on it: chance would show."""


class Unfit(Exception):
    """Why a task is left out; it never leaves this file."""

    def __init__(self, reason: str, detail: str = "") -> None:
        self.reason, self.detail = reason, detail
        super().__init__(reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trees:
    """The files of a task before the fix and after it, both with the new tests."""

    base: Path
    """As the commit before the fix has them: what the environment is built over."""
    before: Path
    after: Path
    files: tuple[str, ...]
    """What the test command is given."""
    notes: tuple[str, ...]


def check(task: Task, history: Path, builder: Builder, asked: Asked) -> Checked:
    """Does this task hold what it promises? Build, run before the fix and after it, and judge.

    Parameters
    ----------
    task
        With its commands; whatever it says of its tests is not believed.
    history
        A repository that holds the commit before the fix.
    builder
        Makes or finds the environment, and has the sandbox.
    asked
        Runs, seed and limits.

    Raises
    ------
    SandboxError
        The sandbox itself failed, which says nothing of the task.
    """
    began = time.monotonic()
    plain = Checked(
        id=task.id, repo=task.repo, digest=asked.digest(task), level=builder.sandbox.level
    )
    try:
        with trees(task, history) as laid:
            found = examine(task, laid, builder, asked, plain)
    except Unfit as unfit:
        found = plain.model_copy(update={"reason": unfit.reason, "detail": unfit.detail})
    return found.model_copy(update={"seconds": round(time.monotonic() - began, 2)})


@contextmanager
def trees(task: Task, history: Path) -> Iterator[Trees]:
    """Lay out the files of a task, and apply its patches."""
    ready(task)
    with owned("verify") as held:
        places = {name: held / name for name in ("base", "before", "after")}
        for place in places.values():
            try:
                links = lay(history, task.base_commit, place)
            except HistoryError as error:
                raise Unfit("its files cannot be laid out", str(error)) from error
        put("gold patch", task.patch, places["after"])
        put("test patch", task.test_patch, places["after"])
        put("test patch", task.test_patch, places["before"])
        notes = (f"links left out: {', '.join(links)[:500]}",) if links else ()
        yield Trees(**places, files=named(task, places["after"]), notes=notes)


def ready(task: Task) -> None:
    """Does the task say how its tests are run and read?"""
    if not task.test_command:
        raise Unfit("no test command: nobody knows how its tests are run")
    if task.log_parser not in PARSERS:
        raise Unfit(f"no log parser {task.log_parser[:40]!r}: {', '.join(PARSERS)} are known")


def put(what: str, patch: str, tree: Path) -> None:
    """Apply a patch, or say why not."""
    try:
        apply(patch, tree)
    except PatchRefused as error:
        raise Unfit(f"the {what} is refused", str(error)) from error
    except HistoryError as error:
        raise Unfit(f"the {what} does not apply", str(error)) from error


def named(task: Task, after: Path) -> tuple[str, ...]:
    """Return the names of tests that are there after the fix."""
    names = task.test_files or paths_of(task.test_patch)
    there = tuple(n for n in names if not n.startswith("-") and (after / n).exists())
    if not there:
        raise Unfit("no tests run: none of its test files is there after the fix")
    return there


def examine(task: Task, laid: Trees, builder: Builder, asked: Asked, plain: Checked) -> Checked:
    """Build, run and judge."""
    try:
        environment = builder.build(task, laid.base)
    except BuildFailed as error:
        raise Unfit("does not build", str(error)) from error
    bench = Bench(
        sandbox=builder.sandbox,
        environment=environment,
        limits=asked.limits,
        task=task,
        seed=asked.seed,
    )
    before, after = (Side(bench, tree, laid.files) for tree in (laid.before, laid.after))
    first(after, before)
    for order in orders(asked.runs)[1:]:
        before.run(order)
        after.run(order)
    judged = settle(before, after)
    notes = dict.fromkeys((*laid.notes, *before.notes, *after.notes))
    found = {
        **{name: getattr(judged, name) for name in ("fail_to_pass", "pass_to_pass", "left_out")},
        "building": round(environment.seconds, 2),
        "runs": len(after.seen),
        "notes": tuple(notes),
        "reason": "" if judged.fail_to_pass else why_not(judged),
    }
    return plain.model_copy(update=found)


def first(after: Side, before: Side) -> None:
    """Run once on each side; where nothing can come of it, say so before the other runs."""
    seen = after.run(FILE_ORDER)
    ran = after.last
    if ran is not None and ran.ended != "exit":
        raise Unfit(f"the tests end by {ran.ended} with the fix", tail(ran))
    if not seen.tests:
        raise Unfit("no tests run", tail(ran) if ran else "")
    if "passed" not in seen.tests.values():
        raise Unfit("gold fails: no test passes with the fix", tail(ran) if ran else "")
    base = before.run(FILE_ORDER)
    changed = [n for n, o in seen.tests.items() if o == "passed" and base.tests.get(n) != "passed"]
    if not changed:
        raise Unfit(why_not(judge(before.seen, after.seen)), tail(ran) if ran else "")


def settle(before: Side, after: Side) -> Judged:
    """Judge; where a test seems to depend on the order, run those orders again first."""
    judged = judge(before.seen, after.seen)
    if any(one.reason == ORDER for one in judged.left_out):
        for order in sorted({seen.order for seen in after.seen}) * AGAIN:
            before.run(order)
            after.run(order)
        judged = judge(before.seen, after.seen)
    return judged


def why_not(judged: Judged) -> str:
    """Why does no test show the fix?"""
    if judged.left_out:
        reasons = dict.fromkeys(one.reason for one in judged.left_out)
        return f"no reliable test shows the fix: {'; '.join(reasons)}"
    if judged.failing:
        return "gold fails: tests that fail before the fix fail after it"
    return "base passes: no test fails before the fix"
