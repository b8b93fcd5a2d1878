"""What a log's format says: which of its columns holds which of ours.

A `Pick` finds one of our columns among those that a file has, and writes it as an expression in
SQL; it is None where the file lacks what it needs. All names are quoted, all paths are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import duckdb

from assay.traffic.sql import literal, named

__all__ = [
    "LASTED",
    "Form",
    "Pick",
    "Raw",
    "Source",
    "cell",
    "computed",
    "either",
    "inside",
    "matching",
    "whole",
]

Raw = Mapping[str, str]
"""The columns that a file has, each with its type as DuckDB names it."""
Unit = Literal["", "s", "ms", "us", "ns"]
Pick = Callable[[Raw], str | None]
LASTED = "(epoch_us(TRY_CAST({1} AS TIMESTAMPTZ)) - epoch_us(TRY_CAST({0} AS TIMESTAMPTZ))) / 1e6"
"""Seconds from a first time to a second."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where does one of our columns come from?

    Parameters
    ----------
    pick
        Finds it.
    hashed
        Is it a keyed hash already? What is not is hashed at load.
    unit
        Of numbers: seconds or parts of one. Nothing: a time is written out, a duration in seconds.
    zone
        In which a time without an offset is meant.
    """

    pick: Pick
    hashed: bool = False
    unit: Unit = ""
    zone: str = "UTC"


def every_row(raw: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """Take each row as a request."""
    return raw


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How does a format say what we ask?

    Parameters
    ----------
    name
        What it is called after `--form`.
    signs
        Sets of columns; a file that has all of one set is of this form.
    sources
        Our column to where it comes from.
    rows
        Takes a file's relation to one row a request, or something that may be one.
    asked
        Is a row of that a request? One that is not is counted, and left out.
    content
        Columns that hold what was said, beside those of the schema.
    without
        How to export without them; FILE and COLUMNS are filled in.
    unknown
        What this format can not say, for the notes.
    """

    name: str
    signs: tuple[frozenset[str], ...]
    sources: Mapping[str, Source]
    rows: Callable[[duckdb.DuckDBPyRelation], duckdb.DuckDBPyRelation] = every_row
    asked: Pick = field(default=lambda _: None)
    content: tuple[str, ...] = ()
    without: str = (
        "duckdb -c \"COPY (SELECT * EXCLUDE (COLUMNS) FROM 'FILE') TO 'without-text.parquet'\""
    )
    unknown: str = ""

    def claims(self, raw: Raw) -> bool:
        """Are these columns of this form?"""
        return any(sign <= raw.keys() for sign in self.signs)


def cell(*names: str) -> Pick:
    """Take the first of these columns that the file has, as it stands."""

    def pick(raw: Raw) -> str | None:
        return next((named(name) for name in names if name in raw), None)

    return pick


def inside(column: str, *paths: str) -> Pick:
    """Take a value from within a column of JSON or a map: the first path that leads to one.

    A path of a map is a key; of JSON, keys joined by `/`.
    """

    def pick(raw: Raw) -> str | None:
        if column not in raw:
            return None
        return f"coalesce({', '.join(_at(column, raw[column], path) for path in paths)}, NULL)"

    return pick


def _at(column: str, kind: str, path: str) -> str:
    if kind.startswith("MAP("):
        return f"CAST({named(column)}[{literal(path)}] AS VARCHAR)"
    steps = "".join(f'."{step}"' for step in path.split("/"))
    return f"json_extract_string({whole(column, kind)}, {literal('$' + steps)})"


def whole(column: str, kind: str) -> str:
    """Write a column as JSON, whatever it is: what is no JSON becomes NULL."""
    if kind in {"VARCHAR", "JSON"}:
        return f"CASE WHEN json_valid({named(column)}) THEN {named(column)} END"
    return f"to_json({named(column)})"


def either(*picks: Pick) -> Pick:
    """Take the first of several that is there and not empty."""

    def pick(raw: Raw) -> str | None:
        found = [one for one in (pick(raw) for pick in picks) if one is not None]
        texts = ", ".join(f"nullif(CAST({one} AS VARCHAR), '')" for one in found)
        return f"coalesce({texts}, NULL)" if found else None

    return pick


def computed(template: str, *picks: Pick) -> Pick:
    """Fill several into an expression, at {0}, {1}, ...; none of them may be absent."""

    def pick(raw: Raw) -> str | None:
        found = [one for one in (pick(raw) for pick in picks) if one is not None]
        return template.format(*found) if len(found) == len(picks) else None

    return pick


def matching(pattern: str, pick: Pick) -> Pick:
    """Take what the first group of a regular expression matches, or nothing."""
    quoted = literal(pattern).replace("{", "{{").replace("}", "}}")
    return computed(f"nullif(regexp_extract(CAST({{0}} AS VARCHAR), {quoted}, 1), '')", pick)
