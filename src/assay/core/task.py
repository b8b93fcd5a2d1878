"""A task made of a repository's history: a fix, its tests, and what both showed when they ran."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["LeftOut", "Retraction", "SealedTask", "Task"]

FROZEN = ConfigDict(frozen=True, extra="forbid")


class LeftOut(BaseModel):
    """A test, or a whole task, that is not used, and why."""

    model_config = FROZEN

    name: str = Field(min_length=1)
    reason: str = Field(min_length=1)


class Task(BaseModel):
    """One task. `patch` and `commit` are the answer: they stay in the private files."""

    model_config = FROZEN

    id: str = Field(min_length=1)
    repo: str = Field(min_length=1)
    """As owner/name, or the folder's name."""
    base_commit: str = Field(pattern=r"^([0-9a-f]{40}|[0-9a-f]{64})$")
    """The commit before the fix."""
    commit: str = ""
    """The fix itself."""
    statement: str = Field(min_length=1)
    """What the solver is told."""
    statement_source: str = ""
    """Where it comes from: "issue #12" or "commit message"; empty where nobody recorded it."""
    patch: str = Field(min_length=1)
    """The gold patch: sources only, as a unified diff with git's headers."""
    test_patch: str = Field(min_length=1)
    """The change of the tests."""
    hints: str = ""
    created: datetime
    """When the fix was committed, with its time zone."""
    language: str = ""
    """That of most of the patch's lines: python, javascript, go, ..."""
    links: tuple[str, ...] = ()
    """Issues and pull requests it answers, as "#12"."""
    image: str = ""
    """Container image in which it runs, where it names one."""
    project_version: str = ""
    """The project's own version, as SWE-bench's column `version` has it."""
    setup: tuple[tuple[str, ...], ...] = ()
    """Commands that build the environment once, as argument vectors."""
    test_command: tuple[str, ...] = ()
    """Runs the tests of `test_files`, whose names are appended."""
    test_files: tuple[str, ...] = ()
    log_parser: str = ""
    """Which parser reads what the test command prints."""
    fail_to_pass: tuple[str, ...] = ()
    """Tests that fail before the fix and pass after it; known once verified."""
    pass_to_pass: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    """Tests that are flaky or depend on their order."""
    version: int = Field(default=1, ge=1)
    """Raised when anything of the task changes after its release."""


class SealedTask(BaseModel):
    """A task of a sealed benchmark, as the public manifest has it."""

    model_config = FROZEN

    id: str = Field(min_length=1)
    """Of the private half: a name that says nothing."""
    version: int = Field(default=1, ge=1)
    digest: str = Field(pattern="^[0-9a-f]{64}$")
    """SHA-256 of a secret salt and of the whole task: nobody can confirm a guess with it."""
    half: Literal["public", "private"]


class Retraction(BaseModel):
    """A task that is not to be scored any more in this version, and why."""

    model_config = FROZEN

    task: str = Field(min_length=1)
    version: int = Field(ge=1)
    reason: str = Field(min_length=1)
    on: date
    corrected: str = ""
    """Digest of the next version, where there is one."""
    before: str = ""
    """SHA-256 of the record before this one: none can be taken out."""
