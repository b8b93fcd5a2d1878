"""Tasks of Inspect AI, by name: the samples of a task's dataset become items."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import entry_points

from inspect_ai import Task
from inspect_ai.dataset import Sample
from inspect_ai.util import registry_create

from assay.core.errors import BadConfig, BoundaryError, UnknownName, boundary
from assay.formats.items import Reading, read_items
from assay.formats.row import Row, shown

__all__ = ["read_task"]

GROUP = "inspect_ai"
FORM = re.compile(r"inspect_task:(?P<package>\w+)/(?P<task>\w[\w-]*)", re.ASCII)


def read_task(spec: str, fields: Mapping[str, str] | None = None) -> Reading:
    """Which items does a task of Inspect AI hold?

    Making the task runs its package's code, which may fetch data. Hence only packages that are
    installed and offer tasks by an entry point are loaded, never a file that a name points to.
    The task is made with its own defaults; nothing of it is run but what its dataset needs.

    Parameters
    ----------
    spec
        ``inspect_task:package/task``.
    fields
        Field of an item to the column that holds it: ``id``, ``input``, ``target``, ``choices``,
        or ``metadata.NAME``.

    Raises
    ------
    UsageError
        The name has another form (BadConfig), no such package or task is installed
        (UnknownName), or a sample is no item (BadFormat).
    BoundaryError
        The package's code failed.
    """
    found = FORM.fullmatch(spec)
    if found is None:
        raise BadConfig(
            f"{shown(spec)} names no task\n"
            "  next: write inspect_task:PACKAGE/TASK, as in inspect_task:inspect_evals/gsm8k; a "
            "task in a file of yours is read once its package is installed"
        )
    task = made(found["package"], found["task"])
    with running(spec):
        samples = list(task.dataset)
    return read_items(spec, rows(spec, samples), stem=found["task"], named=fields)


def made(package: str, name: str) -> Task:
    """Load the package by its entry point, and make its task."""
    points = {point.name: point for point in entry_points(group=GROUP)}
    if package not in points:
        fix = f"pip install it: it has to offer an entry point {package!r} in the group {GROUP}"
        raise UnknownName("package of Inspect tasks", package, points, fix)
    full = f"{package}/{name}"
    with running(full):
        points[package].load()
        task = created(package, full)
        if not isinstance(task, Task):
            raise BoundaryError(f"{full} gave {shown(task)}, which is no task of Inspect AI")
    return task


def created(package: str, full: str) -> object:
    """Make what is registered under this name."""
    try:
        return registry_create("task", full)
    except LookupError as error:
        if type(error) is not LookupError:  # a key that the task's own code missed
            raise
        fix = f"the documentation of {package} names its tasks"
        raise UnknownName("Inspect task", full, (), fix) from error


def rows(name: str, samples: Iterable[Sample]) -> Iterator[Row]:
    """Turn samples into rows; they are counted as lines."""
    for number, sample in enumerate(samples, 1):
        chat = sample.input if isinstance(sample.input, list) else []
        values: dict[str, object] = {
            f"metadata.{key}": value for key, value in (sample.metadata or {}).items()
        }
        values["input"] = [{"role": m.role, "content": m.text} for m in chat] or sample.input
        values["target"] = sample.target
        values |= {"id": sample.id} if sample.id is not None else {}
        values |= {"choices": sample.choices} if sample.choices else {}
        yield Row(name, number, values)


@contextmanager
def running(what: str) -> Iterator[None]:
    """Turn whatever another package's code throws into one error that says whose it is."""
    try:
        with boundary(BoundaryError, f"running the code of {what}"):
            yield
    except BoundaryError as error:
        raise BoundaryError(
            f"{error}\n  next: `inspect eval {what.removeprefix('inspect_task:')} --limit 1` "
            "shows whether the task works by itself"
        ) from error
