"""Mining in tests: all tasks of some repositories, and what was left out."""

from __future__ import annotations

from pathlib import Path

from assay.core.task import Task
from assay.tasks.issues import Export
from assay.tasks.mine import Tally, mine
from assay.tasks.rules import Rules

LOOSE = Rules(least_words=1)


def mined(
    *repos: Path, rules: Rules = LOOSE, exports: dict[str, Export] | None = None
) -> tuple[list[Task], dict[str, int]]:
    """Return all tasks, and how many commits each reason left out."""
    tally = Tally()
    tasks = list(mine(repos, rules, tally, exports=exports))
    assert sum(tally.commits.values()) >= len(tasks)
    return tasks, dict(tally.left_out)
