"""Answers that somebody graded: what one row says was right, whatever file it stands in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assay.core.errors import UnknownName
from assay.formats.row import Row, shown, shown_some

__all__ = ["CORRECT", "Graded", "marked", "right"]

CORRECT = "correct"
"""The column that counts where a file has others too."""
TRUE = frozenset({"1", "1.0", "true", "c"})
FALSE = frozenset({"0", "0.0", "false", "i", "n"})
"""With the letters of Inspect: correct, incorrect, no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """How was one item graded, and which item is it?"""

    row: Row
    id: str | None
    """As the file names it."""
    text: str | None = None
    """What was asked, where the file says so."""
    marks: Mapping[str, object]
    """What each scorer, metric or column says, as it stands."""


def right(row: Row, name: str, value: object) -> bool:
    """Was it right? A mark is 0 or 1, true or false, or a letter of Inspect.

    Raises
    ------
    BadFormat
        The mark is anything else: a share, a missing value, a text.

    Examples
    --------
    >>> row = Row("s.csv", 2, {})
    >>> [right(row, "correct", mark) for mark in (1, "0", True, "C", 0.0)]
    [True, False, True, True, False]
    """
    if isinstance(value, bool | int | float):
        told = {0.0: False, 1.0: True}.get(float(value)) if abs(value) <= 1 else None
    else:
        low = value.strip().lower() if isinstance(value, str) else ""
        told = True if low in TRUE else False if low in FALSE else None
    if told is None:
        fix = "write 1 for a right answer and 0 for a wrong one; no answer is wrong"
        raise row.fault(f"{shown(name)} is {shown(value)}, neither 0 nor 1", fix)
    return told


def marked(graded: Sequence[Graded], metric: str) -> Iterator[tuple[Graded, bool]]:
    """Was each one right, by the metric that is meant?

    Raises
    ------
    UnknownName
        There is no such metric in the file.
    BadFormat
        A row lacks it, or has several and none is named.
    """
    names = list(dict.fromkeys(name for one in graded for name in one.marks))
    if metric and metric not in names:
        fix = f"name one of {shown_some(names)}"
        raise UnknownName("metric", metric[:80], names, fix)
    chosen = metric or _only(graded, names)
    for one in graded:
        if chosen not in one.marks:
            what = f"{shown(chosen)} is missing; the row has {shown_some(one.marks)}"
            raise one.row.fault(what, f"grade it by {chosen} too, or name another: --metric NAME")
        yield one, right(one.row, chosen, one.marks[chosen])


def _only(graded: Sequence[Graded], names: Iterable[str]) -> str:
    several = list(names)
    if CORRECT in several:
        return CORRECT
    if len(several) != 1:
        what = f"has several metrics: {shown_some(several)}" if several else "no row is graded"
        raise graded[0].row.fault(what, "say which is meant: --metric NAME")
    return several[0]
