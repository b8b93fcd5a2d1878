"""How unlike each other are these tasks? By repository, language, month and size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from assay.core.task import Task

__all__ = ["Diversity", "Spread", "diversity_of", "label_of_size", "spread_of"]

FROZEN = ConfigDict(frozen=True, extra="forbid")
SIZES = (10, 30, 100, 300)
"""Lines of the gold patch, added and removed."""


class Spread(BaseModel):
    """How tasks are spread over the values of one property."""

    model_config = FROZEN

    counts: dict[str, int]
    """Tasks of each value, the most frequent first."""
    unlike: float | None
    """Chance that two different tasks, drawn by lot, differ in it: Simpson's index, unbiased."""
    as_many_as: float | None
    """So many equally frequent values would be as diverse: one over Simpson's concentration."""


class Diversity(BaseModel):
    """The spread of a set of tasks."""

    model_config = FROZEN

    tasks: int
    repositories: Spread
    languages: Spread
    months: Spread
    sizes: Spread


def spread_of(values: Iterable[str]) -> Spread:
    """How evenly do values share the tasks?

    Examples
    --------
    >>> spread = spread_of(["go", "go", "python", "python"])
    >>> spread.counts, round(spread.unlike, 3), spread.as_many_as
    ({'go': 2, 'python': 2}, 0.667, 2.0)
    """
    counts = Counter(values)
    total = counts.total()
    squares = sum(count * count for count in counts.values())
    pairs = total * (total - 1)
    return Spread(
        counts=dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))),
        unlike=1 - (squares - total) / pairs if pairs else None,
        as_many_as=total * total / squares if squares else None,
    )


def diversity_of(tasks: Iterable[tuple[str, str, str, str]]) -> Diversity:
    """How diverse is a set of tasks, of which only four labels each are known?

    Parameters
    ----------
    tasks
        Repository, language, month and size of each.
    """
    known = list(tasks)
    repositories, languages, months, sizes = (
        spread_of(task[place] for task in known) for place in range(4)
    )
    return Diversity(
        tasks=len(known),
        repositories=repositories,
        languages=languages,
        months=months,
        sizes=sizes,
    )


def label_of_size(task: Task) -> str:
    """How large is the gold patch? One of five ranges of lines."""
    body = [line[:1] for line in task.patch.split("\n") if not line.startswith(("+++ ", "--- "))]
    lines = body.count("+") + body.count("-")
    below = next((size for size in SIZES if lines <= size), None)
    return f"up to {below} lines" if below else f"over {SIZES[-1]} lines"
