"""What is asked of a verification, and what it says of a task."""

from __future__ import annotations

import hashlib

from pydantic import BaseModel, ConfigDict, Field

from assay.core.running import Level, Limits
from assay.core.task import LeftOut, Task

__all__ = ["Asked", "Checked"]

FROZEN = ConfigDict(frozen=True, extra="forbid")
BUILDING = Limits(
    seconds=1800, cpu_seconds=3600, memory_bytes=8 << 30, processes=512, disk_bytes=8 << 30
)


class Asked(BaseModel):
    """How tasks are verified."""

    model_config = FROZEN

    runs: int = Field(default=5, ge=1)
    """Runs before the fix, and as many after it; one is for variants of what was verified."""
    seed: int = Field(default=0, ge=0)
    """Draws the orders in which tests run."""
    limits: Limits = Limits()
    """Of each run."""
    building: Limits = BUILDING
    """Of each command that builds an environment."""

    def digest(self, task: Task) -> str:
        """Return what a result stands for: it is not used again once anything of it changed."""
        told = task.model_dump_json() + self.model_dump_json()
        return hashlib.sha256(told.encode()).hexdigest()


class Checked(BaseModel):
    """What became of one task."""

    model_config = FROZEN

    id: str
    repo: str
    digest: str
    """Of the task and of what was asked."""
    reason: str = ""
    """Why it is left out; empty: it is verified."""
    detail: str = ""
    """The end of what was printed, where that says why."""
    fail_to_pass: tuple[str, ...] = ()
    pass_to_pass: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    runs: int = 0
    """After the fix; all of them passed every test of `fail_to_pass`."""
    seconds: float = 0.0
    building: float = 0.0
    """Seconds of them that went into the environment; 0 where it was there."""
    level: Level
    """What held the sandbox's limits."""
    notes: tuple[str, ...] = ()

    def upon(self, task: Task) -> Task:
        """Return the task with its tests filled in."""
        found = {name: getattr(self, name) for name in ("fail_to_pass", "pass_to_pass", "left_out")}
        return task.model_copy(update=found)
