"""The public half and the private half: drawn by a committed seed, and what each one tells."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from assay.core.draws import ranked
from assay.core.item import Certificate, digest_of
from assay.core.task import SealedTask, Task
from assay.tasks.seal.answer import Answer
from assay.tasks.seal.crossing import Crossing, together

__all__ = ["Half", "Kept", "Published", "certificate", "drawn", "held_by", "published", "sealed"]

FROZEN = ConfigDict(frozen=True, extra="forbid")
Half = Literal["public", "private"]


class Published(BaseModel):
    """What a solver may know of a task: no patch, no test of the hidden ones, no commit."""

    model_config = FROZEN

    id: str
    repo: str
    statement: str
    created: datetime
    language: str = ""
    setup: tuple[tuple[str, ...], ...] = ()
    test_command: tuple[str, ...] = ()
    version: int = 1


class Kept(BaseModel):
    """What the maker keeps of a task."""

    model_config = FROZEN

    id: str
    half: Half
    name: str
    """What the public manifest calls it."""
    folder: str
    """Below its half's folder."""
    salt: str
    """Opens the manifest's digest of this task, and of no other."""
    answer: Answer
    holds: tuple[str, ...] = ()
    """Tasks whose fixes its tree holds: it is public only where they are."""


def published(task: Task) -> Published:
    """Leave out of a task whatever tells the answer, or which tests are hidden."""
    hidden = {*task.test_files, *task.fail_to_pass, *task.pass_to_pass}
    told = any(name in word for word in task.test_command for name in hidden)
    fields = {name: getattr(task, name) for name in Published.model_fields}
    return Published(**fields | ({"test_command": ()} if told else {}))


def drawn(
    tasks: Sequence[Task],
    seed: int | str,
    share: float,
    *,
    holds: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Half]:
    """Which half is each task in? As even as can be within each repository.

    Each repository gives the whole part of its share to the public half, the tasks ranked first by
    the seed. What is left over to reach the share of all is drawn among the repositories' next.
    A task whose tree holds the fixes of others is public only together with them: else a solver
    would find the answer of a private task in a public tree.

    Parameters
    ----------
    tasks
        Those that are sealed.
    seed
        Committed before.
    share
        Of the tasks, to be public: between 0 and 1.
    holds
        By task: the tasks whose fixes its tree holds.
    """
    by_repo: dict[str, list[str]] = {}
    for task in tasks:
        by_repo.setdefault(task.repo, []).append(task.id)
    held, public, spare = holds or {}, list[str](), list[str]()
    for names in by_repo.values():
        order = ranked(names, seed)
        whole = int(len(names) * share)
        public += (first := together(order, held, whole))
        if whole < len(names) * share:
            more = [one for one in together(order, held, whole + 1) if one not in first]
            spare += more if len(more) == 1 else []
    room = max(0, round(len(tasks) * share) - len(public))
    public += ranked(spare, f"{seed}:rest")[:room]
    return {task.id: "public" if task.id in public else "private" for task in tasks}


def held_by(found: Sequence[Crossing]) -> dict[str, tuple[str, ...]]:
    """Return, by task, whose fixes its tree holds."""
    trees = dict.fromkeys(one.tree for one in found)
    return {tree: tuple(one.fix for one in found if one.tree == tree) for tree in trees}


def certificate(
    tasks: Sequence[Task], *, seed: int | str, share: float, committed: date
) -> Certificate:
    """Return the record of the draw; its digest freezes all tasks, whole."""
    frozen = digest_of(sorted(digest_of(task.model_dump(mode="json")) for task in tasks))
    note = f"{share} of the tasks public, by repository"
    return Certificate(act="halves", seed=seed, committed=committed, digest=frozen, note=note)


def sealed(task: Task, kept: Kept) -> SealedTask:
    """Return a task's line of the public manifest."""
    text = f"{kept.salt}:{digest_of(task.model_dump(mode='json'))}"
    digest = hashlib.sha256(text.encode()).hexdigest()
    return SealedTask(id=kept.name, version=task.version, digest=digest, half=kept.half)
