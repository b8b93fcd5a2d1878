"""No alarm on honest trees: this project's own commits, each searched for in the tree before it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.tasks.planting import git

from assay.core.task import Task
from assay.tasks.seal.answer import base_files
from assay.tasks.seal.compacting import compact
from assay.tasks.seal.diffs import parse
from assay.tasks.seal.seeking import seek

ROOT = Path(__file__).parents[2]


def task_of(commit: str) -> Task:
    """Return a commit as a task, its whole change as the patch."""
    base = git(ROOT, "rev-parse", f"{commit}~1")
    patch = git(ROOT, "diff", base, commit)
    given = {"id": "x", "repo": "assay/assay", "statement": "?", "test_patch": patch}
    made = {"base_commit": base, "commit": commit, "created": datetime.now(UTC)}
    return Task.model_validate(given | made | {"patch": patch.encode(errors="replace")})


@pytest.mark.slow
def test_no_commit_is_found_in_the_tree_before_it() -> None:
    if not (ROOT / ".git").exists() or git(ROOT, "rev-parse", "--is-shallow-repository") == "true":
        pytest.skip("needs the project's history")
    commits = git(ROOT, "rev-list", "--no-merges", "--min-parents=1", "HEAD", "--", "src").split()
    tasks = [task_of(commit) for commit in commits[::5]]
    alarms = []
    for task in tasks:
        base = list(base_files(task, ROOT))
        sought = seek({"fix": parse(task.patch)}, base)
        alarms += [(task.commit, path) for path, text in base if sought.find(compact(text))]
    assert len(alarms) <= 0.02 * len(tasks), alarms
