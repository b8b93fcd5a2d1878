"""Rows that can not be true are put aside, each under its reason: counted, shown, never dropped.

The rows of all sources pass here as one relation: our columns, then `wrong` (what could not be
read; NULL where all could) and the row's place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import duckdb

from assay.traffic.schema import COLUMNS, REQUIRED
from assay.traffic.sql import literal

__all__ = ["Quarantine", "Window", "quarantined", "reason", "repeated", "unordered", "window_of"]

ABSURD = 10**8
"""Tokens of one request: a hundred times the longest context that is sold."""
EARLIEST = datetime(2019, 1, 1)  # noqa: DTZ001 - UTC, as all times inside; no model was for rent
AHEAD = timedelta(hours=1)
"""How far a gateway's clock may be ahead of ours."""
STRAY_SHARE = 0.01
"""Rows before a gap belong to a clock that was wrong, not to the logs, when they are fewer."""

PLACE = "{'file': \"assay:file\", 'row': \"assay:row\"}"


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Why were rows put aside, and how many?

    Parameters
    ----------
    reason
        What is wrong with them.
    count
        How many.
    example_place
        File and row of one, the first row being 1.
    """

    reason: str
    count: int
    example_place: str


@dataclass(frozen=True, slots=True)
class Window:
    """Between which times can a row of these logs be?"""

    since: datetime
    until: datetime


def window_of(days: Sequence[tuple[date, int]], now: datetime) -> Window:
    """Where does the bulk of the logs begin?

    Days before a gap of more than one day are strays when they hold few of all rows: clocks
    that were never set say 1970 or the day they were built.

    Parameters
    ----------
    days
        Each day that has rows, with their number.
    now
        The time of this scan, in UTC.

    Examples
    --------
    >>> days = [(date(2026, 5, 1), 2), (date(2026, 5, 9), 500), (date(2026, 5, 10), 500)]
    >>> window_of(days, datetime(2026, 6, 1)).since
    datetime.datetime(2026, 5, 8, 0, 0)
    """
    ordered, total = sorted(days), sum(rows for _, rows in days)
    since, seen = EARLIEST, 0
    for (day, rows), (later, _) in pairwise(ordered):
        seen += rows
        if seen < STRAY_SHARE * total and later - day > timedelta(days=2):
            since = datetime(later.year, later.month, later.day) - timedelta(days=1)  # noqa: DTZ001
    return Window(max(since, EARLIEST), now + AHEAD)


def reason(window: Window) -> str:
    """Write why a row can not be used, as an expression; NULL where it can."""
    tests = [("wrong IS NOT NULL", "wrong")]
    tests += [(f"{name} IS NULL", literal(f"no {name}")) for name in REQUIRED]
    tests += [
        (f"time > TIMESTAMP '{window.until}'", "'time in the future'"),
        (f"time < TIMESTAMP '{window.since}'", "'time long before the rest'"),
    ]
    for one in COLUMNS:
        if one.kind == "count":
            tests.append((f"{one.name} < 0", literal(f"negative {one.name}")))
        if one.name.endswith("_tokens") and one.name != "max_tokens":
            tests.append((f"{one.name} > {ABSURD}", literal(f"over {ABSURD:,} {one.name}")))
        if one.kind == "number":
            tests.append((f"NOT isfinite({one.name})", literal(f"{one.name} is no number")))
    tests.append(("duration < 0", "'negative duration'"))
    return f"CASE {' '.join(f'WHEN {test} THEN {said}' for test, said in tests)} END"


def quarantined(rows: duckdb.DuckDBPyRelation, window: Window) -> tuple[int, int, list[Quarantine]]:
    """How many rows are there, how many can be used, and why not the others?"""
    told = rows.project(f"{reason(window)} AS reason, {PLACE} AS place")
    found = told.aggregate("reason, count(*) AS n", "reason").order("n DESC, reason").fetchall()
    total, good = sum(n for _, n in found), sum(n for why, n in found if why is None)
    # Looked up only where rows were put aside: to compare places costs more than all checks.
    places = dict(
        told.filter("reason IS NOT NULL").aggregate("reason, min(place)", "reason").fetchall()
        if good < total
        else ()
    )
    return total, good, [Quarantine(why, n, _shown(places[why])) for why, n in found if why]


def _shown(place: dict[str, Any]) -> str:
    return f"{place['file']}:{place['row'] + 1}"


def unordered(rows: duckdb.DuckDBPyRelation) -> int:
    """How many rows are of an earlier day than the row before them? They are used all the same."""
    before = "CAST(time AS DATE) < CAST(lag(time) OVER () AS DATE)"
    row = rows.project(f"{before} AS back").aggregate("count(*) FILTER (back)").fetchone()
    return int(row[0]) if row else 0


def repeated(
    connection: duckdb.DuckDBPyConnection, rows: duckdb.DuckDBPyRelation
) -> tuple[duckdb.DuckDBPyRelation, list[Quarantine]]:
    """What remains when a request that is told twice counts once? The earliest stays.

    Hashes of the names are counted first: they fit in memory where the names would not.
    """
    named = rows.filter("request IS NOT NULL")
    counts = named.aggregate("hash(request) AS h, count(*) AS n", "hash(request)")
    counts.filter("n > 1").project("h").create("repeated")
    if connection.table("repeated").fetchone() is None:
        return rows, []
    order = 'ORDER BY time, "assay:file", "assay:row"'
    ranked = named.filter("hash(request) IN (FROM repeated)").project(
        f"*, row_number() OVER (PARTITION BY request {order}) AS again"
    )
    again = ranked.filter("again > 1").aggregate(f"count(*), min({PLACE})").fetchone()
    once = rows.filter("request IS NULL OR hash(request) NOT IN (FROM repeated)")
    kept = once.union(ranked.filter("again = 1").project("* EXCLUDE (again)"))
    if again is None or not again[0]:
        return kept, []
    return kept, [Quarantine("seen before, by its request", again[0], _shown(again[1]))]
