"""SWE-bench rows as tasks, and tasks as SWE-bench rows (Jimenez et al. 2024, 2310.06770).

What SWE-bench has no column for stands in one column of ours, `assay`, as JSON: its tools take rows
by the names of columns, and leave this one alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from assay.core.task import Task
from assay.formats.row import Row
from assay.formats.taskfields import TaskTaker, settled

__all__ = ["COLUMNS", "as_json", "ours_of", "row_of", "task_of"]

COLUMNS = (
    "repo",
    "instance_id",
    "base_commit",
    "patch",
    "test_patch",
    "problem_statement",
    "hints_text",
    "created_at",
    "version",
    "FAIL_TO_PASS",
    "PASS_TO_PASS",
    "environment_setup_commit",
    "assay",
)
OURS = (
    "commit", "statement_source", "language", "links", "image", "setup", "test_command",
    "test_files", "log_parser", "left_out", "version",
)  # fmt: skip


def row_of(task: Task) -> dict[str, str]:
    """Which SWE-bench row is this task? All values are texts, lists among them as JSON.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> made = datetime(2026, 3, 1, tzinfo=UTC)
    >>> diff = "diff --git a/x b/x"
    >>> task = Task(id="a-1", repo="me/a", base_commit="0" * 40, statement="?", patch=diff,
    ...             test_patch=diff, created=made, fail_to_pass=("t",))
    >>> row_of(task)["FAIL_TO_PASS"], row_of(task)["created_at"]
    ('["t"]', '2026-03-01T00:00:00Z')
    """
    ours = task.model_dump(mode="json", include=set(OURS), exclude_defaults=True)
    return {
        "repo": task.repo,
        "instance_id": task.id,
        "base_commit": task.base_commit,
        "patch": task.patch,
        "test_patch": task.test_patch,
        "problem_statement": task.statement,
        "hints_text": task.hints,
        "created_at": task.created.isoformat().replace("+00:00", "Z"),
        "version": task.project_version,
        "FAIL_TO_PASS": as_json(list(task.fail_to_pass)),
        "PASS_TO_PASS": as_json(list(task.pass_to_pass)),
        "environment_setup_commit": task.base_commit,
        "assay": as_json(ours),
    }


def as_json(value: object) -> str:
    """Write a value as JSON, its letters as they are."""
    return json.dumps(value, ensure_ascii=False)


def task_of(row: Row) -> Task:
    """Which task is this SWE-bench row?

    Raises
    ------
    BadFormat
        A column is missing, or holds what it may not.
    """
    taker = TaskTaker(row)
    values: dict[str, object] = {
        "id": taker.id("instance_id"),
        "repo": taker.repo("repo"),
        "base_commit": taker.commit("base_commit"),
        "statement": taker.full("problem_statement"),
        "patch": taker.full("patch"),
        "test_patch": taker.full("test_patch"),
        "hints": taker.text("hints_text"),
        "created": taker.time("created_at"),
        "project_version": taker.text("version"),
        "fail_to_pass": taker.names("FAIL_TO_PASS"),
        "pass_to_pass": taker.names("PASS_TO_PASS"),
        "image": taker.text("image"),
    }
    return settled(row, values | dict(ours_of(taker)))


def ours_of(taker: TaskTaker) -> Mapping[str, object]:
    """Read the column of ours; a field in it that no task has is refused later."""
    ours = taker.json("assay")
    if ours is None:
        return {}
    if not isinstance(ours, dict) or not set(ours) <= set(OURS):
        raise taker.wrong("assay", f"an object of {', '.join(OURS)}")
    return ours
