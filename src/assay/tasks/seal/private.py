"""The private half of a sealed benchmark, as rows that can be planted."""

from __future__ import annotations

from pathlib import Path

from assay.core.errors import BadFormat
from assay.core.item import Item
from assay.core.task import Task
from assay.formats.swebench_tasks import row_of
from assay.formats.task_files import read_tasks
from assay.tasks.seal.halves import Kept
from assay.tasks.seal.rows import read_rows
from assay.tasks.varying.parts import Source

__all__ = ["private_tasks", "source_of"]

FIX = "name a folder that assay bench seal made, with its private half"


def private_tasks(folder: Path) -> list[Task]:
    """Which tasks are in the private half?

    Raises
    ------
    BadFormat
        This is no sealed benchmark, its private half is not here, or is empty.
    """
    kept = {one.id for one in read_rows(folder / "private" / "kept.jsonl", Kept, FIX)
            if one.half == "private"}  # fmt: skip
    tasks = [one for one in read_tasks(folder / "private" / "tasks.jsonl") if one.id in kept]
    if not tasks:
        raise BadFormat(str(folder), None, "has no private task", "seal with a smaller --share")
    return tasks


def source_of(task: Task) -> Source:
    """Return a task as an item, with its SWE-bench row."""
    item = Item(id=task.id, statement=task.statement, answer=task.patch, stratum=task.repo)
    return Source(item=item, row=row_of(task))
