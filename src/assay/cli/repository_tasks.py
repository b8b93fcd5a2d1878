"""What commands need that run tasks of repositories: options, the sandbox, environments."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from assay.core.errors import UsageError
from assay.core.running import Limits
from assay.core.task import Task
from assay.sandbox.choosing import best
from assay.tasks.varying.parts import Source
from assay.tasks.varying.patches import is_patch
from assay.tasks.varying.proving import Prover
from assay.tasks.verify.environment import Builder
from assay.tasks.verify.proving import proving
from assay.tasks.verify.records import BUILDING

__all__ = ["RepositoryOptions", "cores", "passed", "prover_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryOptions:
    """How tasks of repositories are run, where a command takes such tasks, too."""

    repo: Annotated[
        list[Path] | None,
        typer.Option(help="For repository tasks: a folder of theirs; may be repeated."),
    ] = None
    jobs: Annotated[int, typer.Option(help="Tasks at a time; 0: one a core.", min=0)] = 0
    seconds: Annotated[float, typer.Option(help="Of one run of a repository's tests.", min=0.1)] = (
        600.0
    )
    cache: Annotated[
        Path | None,
        typer.Option(help="Built environments, as verify left them in OUT/environments."),
    ] = None
    build_env: Annotated[
        list[str] | None,
        typer.Option(help="Variable that building commands get, as PIP_INDEX_URL; repeatable."),
    ] = None


@contextmanager
def prover_of(
    options: RepositoryOptions,
    sources: Sequence[Source],
    tasks: Callable[[], Sequence[Task]],
    environments: Path,
) -> Iterator[Prover]:
    """Open what runs golds: programs, and tasks of repositories where the file holds such.

    Raises
    ------
    UsageError
        Such a task's repository was not given.
    """
    if not any(map(is_patch, sources)):
        yield Prover(sandbox=best())
        return
    if not options.repo:
        msg = (
            "tasks of repositories are proven by running them, and no repository was given\n"
            "  next: --repo FOLDER, for each repository that they were taken from"
        )
        raise UsageError(msg)
    limits = Limits(seconds=options.seconds, cpu_seconds=options.seconds * 2)
    builder = Builder(
        sandbox=best(),
        cache=(options.cache or environments).resolve(),
        limits=BUILDING,
        passed=passed(options.build_env or ()),
    )
    with proving(tasks(), options.repo, builder, limits) as proofs:
        yield Prover(sandbox=builder.sandbox, proofs=proofs)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))


def passed(names: Sequence[str]) -> dict[str, str]:
    """Return variables of this machine's, by their names.

    Raises
    ------
    UsageError
        One of them is not set.
    """
    missing = [name for name in names if name not in os.environ]
    if missing:
        msg = f"--build-env {missing[0]}: is not set here\n  next: export {missing[0]}=..."
        raise UsageError(msg)
    return {name: os.environ[name] for name in names}
