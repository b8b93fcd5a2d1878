"""What mining found, in the terminal: how unlike the tasks are, and what was left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from assay.report.notation import counted
from assay.tasks.diversity import Diversity, Spread

__all__ = ["show"]

COLUMNS = 80
VALUES = 8
"""Values of one property that are listed."""
NOUNS = {
    "repositories": "repository",
    "languages": "language",
    "months": "month",
    "sizes": "size of patch",
}


def show(
    spread: Diversity, commits: Mapping[str, int], left_out: Mapping[str, int], console: Console
) -> None:
    """How diverse are the tasks, and why is each other commit none? Print it.

    Parameters
    ----------
    spread
        Of the tasks.
    commits
        Looked at, by repository.
    left_out
        Commits by the reason why they are no task.
    console
        Where to.
    """
    width = min(COLUMNS, console.width)
    parts = Group(*_parts(spread, commits, left_out))
    console.print(parts, width=width, highlight=False, markup=False, emoji=False)


def _parts(
    spread: Diversity, commits: Mapping[str, int], left_out: Mapping[str, int]
) -> Iterator[RenderableType]:
    seen = sum(commits.values())
    yield Text(f"{counted(spread.tasks, 'task')} of {counted(seen, 'commit')}", "bold")
    for field, noun in NOUNS.items():
        one: Spread = getattr(spread, field)
        if one.counts:
            yield from _spread(noun, one)
    if left_out:
        yield Text("\nLeft out:")
        yield _table(left_out)


def _spread(noun: str, spread: Spread) -> Iterator[RenderableType]:
    yield Text(f"\n{_in_words(noun, spread)}")
    shown = dict(islice(spread.counts.items(), VALUES))
    more = sum(spread.counts.values()) - sum(shown.values())
    rest = len(spread.counts) - len(shown)
    yield _table({**shown, **({f"{rest} more": more} if rest else {})})


def _in_words(noun: str, spread: Spread) -> str:
    """Say in words how evenly tasks are spread.

    Examples
    --------
    >>> _in_words("month", Spread(counts={"2026-01": 2, "2026-02": 2}, unlike=2/3, as_many_as=2))
    'By month: two tasks drawn by lot differ in 67 % of draws; as diverse as 2.0 equal shares.'
    """
    if spread.unlike is None or spread.as_many_as is None:
        return f"By {noun}:"
    return (
        f"By {noun}: two tasks drawn by lot differ in {100 * spread.unlike:.0f} % of draws; "
        f"as diverse as {spread.as_many_as:.1f} equal shares."
    )


def _table(counts: Mapping[str, int]) -> RenderableType:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right")
    for name, count in counts.items():
        table.add_row(f"{count:,}", name or "none that is known")
    return Padding(table, (0, 0, 0, 2))
