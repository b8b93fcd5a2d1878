"""SWE-bench Pro rows as tasks, and tasks as such rows.

Its lists are Python's text of a list, which its own tools evaluate; here they are read by a small
grammar, and written as JSON texts, which are both.
"""

from __future__ import annotations

from datetime import UTC, datetime

from assay.core.task import Task
from assay.formats import swebench_tasks
from assay.formats.row import Row
from assay.formats.taskfields import TaskTaker, settled

__all__ = ["claims", "row_of", "task_of"]

SIGNS = frozenset({"fail_to_pass", "pass_to_pass", "instance_id"})
UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)
"""Its rows have no date."""


def claims(row: Row) -> bool:
    """Are these the columns of SWE-bench Pro?"""
    return row.values.keys() >= SIGNS and "FAIL_TO_PASS" not in row.values


def row_of(task: Task) -> dict[str, str]:
    """Which row of SWE-bench Pro is this task?"""
    row = swebench_tasks.row_of(task)
    files = swebench_tasks.as_json(list(task.test_files))
    return {
        "repo": row["repo"],
        "instance_id": row["instance_id"],
        "base_commit": row["base_commit"],
        "patch": row["patch"],
        "test_patch": row["test_patch"],
        "problem_statement": row["problem_statement"],
        "fail_to_pass": row["FAIL_TO_PASS"],
        "pass_to_pass": row["PASS_TO_PASS"],
        "before_repo_set_cmd": f"git reset --hard {task.base_commit}",
        "selected_test_files_to_run": files,
        "dockerhub_tag": task.image,
        "repo_language": task.language,
        "created_at": row["created_at"],
        "hints_text": row["hints_text"],
        "assay": row["assay"],
    }


def task_of(row: Row) -> Task:
    """Which task is this row? Its commands are not taken over: they are shell text.

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
        "created": taker.time("created_at") if row.values.get("created_at") else UNKNOWN,
        "language": taker.text("repo_language"),
        "test_files": taker.names("selected_test_files_to_run"),
        "image": taker.text("dockerhub_tag"),
        "fail_to_pass": taker.names("fail_to_pass"),
        "pass_to_pass": taker.names("pass_to_pass"),
    }
    return settled(row, values | dict(swebench_tasks.ours_of(taker)))
