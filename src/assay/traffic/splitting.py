"""Up to which day are clusters formed, and which days judge them?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa

from assay.core.errors import BadConfig
from assay.traffic.signals.table import listed
from assay.traffic.warehouse import Tables

__all__ = ["Split", "iso", "splitting"]

EPOCH = date(1970, 1, 1)
WEEK, FIRST, SHARE = 7, 2, 0.3


@dataclass(frozen=True, slots=True)
class Split:
    """All days with requests, since 1970, and the last one on which clusters are formed."""

    days: tuple[int, ...]
    day: int

    @property
    def judged(self) -> tuple[int, ...]:
        """Which days are left to judge clusters by?"""
        return tuple(day for day in self.days if day > self.day)


def iso(day: int) -> str:
    """Write a day since 1970 as a date.

    Examples
    --------
    >>> iso(20_514)
    '2026-03-02'
    """
    return (EPOCH + timedelta(days=day)).isoformat()


def splitting(tables: Tables, asked: str = "") -> Split:
    """Where are the days cut? After the first two of a week, after 30 % of others, or as asked.

    Parameters
    ----------
    tables
        Derived from the logs.
    asked
        A date, the last one on which clusters are formed; empty: the default.

    Raises
    ------
    BadConfig
        It is no date, or no day of these logs, or the last one.
    """
    table = tables.days.select("day").distinct().to_pyarrow()
    days = tuple(listed(table["day"].cast(pa.int64())).to_pylist())
    if not days:
        return Split((), 0)
    if not asked:
        first = FIRST if len(days) == WEEK else max(1, round(SHARE * len(days)))
        return Split(days, days[first - 1])
    try:
        day = (date.fromisoformat(asked) - EPOCH).days
    except ValueError as error:
        msg = f"--split-day {asked[:40]!r} is no date\n  next: --split-day {iso(days[0])}"
        raise BadConfig(msg) from error
    if not days[0] <= day < days[-1]:
        reach = f"these logs have days from {iso(days[0])} to {iso(days[-1])}"
        msg = f"--split-day {asked[:40]}: {reach}, and a later one must be left to judge by"
        raise BadConfig(f"{msg}\n  next: leave it away")
    return Split(days, day)
