"""A value as a file has it, as one of our kinds: an expression, which is NULL where that fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from assay.traffic.adapters.form import Source
from assay.traffic.schema import Column
from assay.traffic.sql import literal

__all__ = ["LONGEST", "TYPES", "Typed", "typed"]

TYPES: Final = {
    "time": "TIMESTAMP",
    "token": "VARCHAR",
    "label": "VARCHAR",
    "count": "BIGINT",
    "number": "DOUBLE",
    "yes": "BOOLEAN",
    "hashes": "UBIGINT[]",
}
"""Kind to type of DuckDB."""
LONGEST = 256
"""Bytes of a label, or of a token that was hashed elsewhere: a longer one may be text."""
PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
WHOLE = (
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER",
)  # fmt: skip
OFFSET = r":\d\d.*([zZ]|[+-]\d\d(:?\d\d)?)$"
"""An offset ends a written time; `-01` alone may end a date."""


@dataclass(frozen=True, slots=True)
class Typed:
    """How does a column come to its type, and can that fail?"""

    sql: str
    sure: bool


def typed(column: Column, source: Source, given: str, kind: str) -> Typed:
    """How is a value of one type of DuckDB, under one name, made one of ours?

    Parameters
    ----------
    column
        Ours.
    source
        Says what a number counts, and in which zone a time is meant.
    given
        The value, in SQL.
    kind
        Its type.

    Examples
    --------
    >>> from assay.traffic.adapters.form import cell
    >>> from assay.traffic.schema import column
    >>> typed(column("status"), Source(cell("status")), '"s"', "INTEGER").sql
    'CAST("s" AS BIGINT)'
    """
    return _MAKERS[column.kind](column, source, given, kind)


def _time(_: Column, source: Source, given: str, kind: str) -> Typed:
    if source.unit:
        micros = 10**6 / PER_SECOND[source.unit]
        return Typed(f"TRY(make_timestamp(CAST({_real(given)} * {micros} AS BIGINT)))", sure=False)
    if kind == "TIMESTAMP WITH TIME ZONE":
        return Typed(f"CAST({given} AS TIMESTAMP)", sure=True)
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return Typed(_in_zone(f"CAST({given} AS TIMESTAMP)", source.zone), sure=True)
    if kind != "VARCHAR":
        return Typed("CAST(NULL AS TIMESTAMP)", sure=False)
    with_offset = f"CAST(TRY_CAST({given} AS TIMESTAMPTZ) AS TIMESTAMP)"
    without = _in_zone(f"TRY_CAST({given} AS TIMESTAMP)", source.zone)
    found = f"regexp_matches({given}, {literal(OFFSET)})"
    return Typed(f"CASE WHEN {found} THEN {with_offset} ELSE {without} END", sure=False)


def _in_zone(naive: str, zone: str) -> str:
    """Take a time of the clock on the wall to UTC, which the connection's own zone is."""
    if zone == "UTC":
        return naive
    return f"CAST(({naive} AT TIME ZONE {literal(zone)}) AS TIMESTAMP)"


def _real(given: str) -> str:
    return f"TRY_CAST({given} AS DOUBLE)"


def _count(_: Column, __: Source, given: str, kind: str) -> Typed:
    if kind in WHOLE:
        return Typed(f"CAST({given} AS BIGINT)", sure=True)
    # DuckDB rounds 12.7 to 13 where it casts. NaN equals itself there, and is larger than all.
    number = _real(given)
    whole = f"{number} = trunc({number}) AND abs({number}) < 9e15"
    return Typed(f"CASE WHEN {whole} THEN CAST({number} AS BIGINT) END", sure=False)


def _number(_: Column, source: Source, given: str, kind: str) -> Typed:
    divisor = PER_SECOND[source.unit or "s"]
    number = _real(given) if divisor == 1 else f"{_real(given)} / {divisor}"
    return Typed(number, sure=kind in {*WHOLE, "FLOAT", "DOUBLE"})


def _yes(_: Column, __: Source, given: str, kind: str) -> Typed:
    if kind == "BOOLEAN":
        return Typed(given, sure=True)
    return Typed(f"TRY_CAST({given} AS BOOLEAN)", sure=False)


def _token(_: Column, source: Source, given: str, kind: str) -> Typed:
    text = given if kind == "VARCHAR" else f"CAST({given} AS VARCHAR)"
    if not source.hashed:
        return Typed(text, sure=True)
    return Typed(f"CASE WHEN strlen({text}) <= {LONGEST} THEN {text} END", sure=False)


def _label(column: Column, _: Source, given: str, kind: str) -> Typed:
    text = given if kind == "VARCHAR" else f"CAST({given} AS VARCHAR)"
    if column.name == "finish":  # a list, where several answers were asked for at once
        text = f"regexp_replace({text}, '[\\[\\]\"''\\s]', '', 'g')"
    fits = f"strlen({text}) <= {LONGEST}"
    if column.name == "email":  # the class of a domain is asked for: no address may come through
        fits = f"{fits} AND NOT contains({text}, '@')"
    return Typed(f"CASE WHEN {fits} THEN {text} END", sure=False)


def _hashes(_: Column, __: Source, given: str, kind: str) -> Typed:
    if kind == "UBIGINT[]":
        return Typed(given, sure=True)
    # Signed 64-bit numbers are all that some formats have: a negative one stands for 2^64 more.
    signed = f"TRY_CAST({given} AS HUGEINT[])"
    lifted = f"list_transform({signed}, lambda x: x + (x < 0)::HUGEINT * 18446744073709551616)"
    clean = f"len({signed}) = list_count({signed})"
    return Typed(f"CASE WHEN {clean} THEN TRY_CAST({lifted} AS UBIGINT[]) END", sure=False)


_MAKERS = {
    "time": _time,
    "token": _token,
    "label": _label,
    "count": _count,
    "number": _number,
    "yes": _yes,
    "hashes": _hashes,
}
