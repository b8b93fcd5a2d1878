"""What a file's columns are: its form is found, text is refused, and values become ours."""

from __future__ import annotations

from dataclasses import dataclass, replace

import duckdb

from assay.core.errors import BadFormat
from assay.formats.row import shown_some
from assay.traffic.adapters.form import Form, Raw, Source
from assay.traffic.adapters.known import FORMS
from assay.traffic.content import refuse_content
from assay.traffic.mapping import Mapped, form_of
from assay.traffic.schema import COLUMNS, REQUIRED, Column
from assay.traffic.sources import Opened, reading
from assay.traffic.sql import literal, named
from assay.traffic.typed import TYPES, typed

__all__ = ["PLACE", "Understood", "columns_of", "staged", "understood"]

PLACE = '"assay:file", "assay:row"'
EPOCH = "assay.prompt.epoch"
SAMPLE = 10_000
"""Rows that are looked at for names that should have been hashed before."""
PLAIN = r"@|\s|^\d{1,3}(\.\d{1,3}){3}|^[0-9a-fA-F:]*:[0-9a-fA-F:]*:[0-9a-fA-F:.]*$"
"""A mail address, words, an IP address: no keyed hash looks so."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What is one file, or several alike?

    Parameters
    ----------
    opened
        The rows, one a request.
    raw
        Their columns and types.
    form
        Says which of them is which of ours.
    found
        Our columns that the file has, each as an expression over its own.
    notes
        What a reader of the results should know of it.
    """

    opened: Opened
    raw: Raw
    form: Form
    found: dict[str, str]
    notes: tuple[str, ...]

    @property
    def hides(self) -> bool:
        """Is something hashed here?"""
        tokens = (one.name for one in COLUMNS if one.kind == "token" and one.name in self.found)
        return not all(self.form.sources[name].hashed for name in tokens)


def understood(opened: Opened, form: str, mapped: Mapped | None) -> Understood:
    """Which form does a file have, and what should be known of it?

    Raises
    ------
    BadFormat
        It is of no known form, lacks what each request must say, or holds text.
    """
    raw = columns_of(opened.raw)
    shape = _form(opened, raw, form) if mapped is None else form_of(mapped, raw, opened.name)
    empty = refuse_content(opened, raw, shape)
    with reading(opened.name):
        rows = shape.rows(opened.raw)
    raw = columns_of(rows)
    found = {name: sql for name, one in shape.sources.items() if (sql := one.pick(raw)) is not None}
    lacking = [name for name in REQUIRED if name not in found]
    if lacking:
        what = f"reads as {shape.name}, and has no column for {shown_some(lacking)}"
        raise BadFormat(opened.name, None, what, f"it has {shown_some(raw)}: map them, --mapping")
    with reading(opened.name):
        plain = _plain_columns(rows, shape, found)
        epochs = _epochs(rows, raw)
    sources = {n: Source(s.pick) if n in plain else s for n, s in shape.sources.items()}
    notes = [
        (empty, f"{shown_some(empty)} could hold text, and are empty in all rows"),
        (plain, f"{shown_some(plain)} held plain values, which were hashed"),
        (shape.unknown, f"{shape.name} does not say {shape.unknown}"),
        (epochs > 1, f"prompt hashes are of {epochs} epochs: none is equal to one of another"),
    ]
    return Understood(
        replace(opened, raw=rows),
        raw,
        replace(shape, sources=sources),
        found,
        tuple(f"{opened.name}: {note}" for holds, note in notes if holds),
    )


def columns_of(relation: duckdb.DuckDBPyRelation) -> dict[str, str]:
    """Which columns has it, and of which types? Places are not counted."""
    pairs = zip(relation.columns, relation.types, strict=True)
    return {name: str(kind) for name, kind in pairs if not name.startswith("assay:")}


def _form(opened: Opened, raw: Raw, name: str) -> Form:
    fits = [one for one in FORMS if one.claims(raw)]
    if name != "auto":
        fits = [one for one in FORMS if one.name == name]
    if not fits:
        what = f"is a log of no known form; it has the columns {shown_some(raw)}"
        forms = ", ".join(one.name for one in FORMS)
        fix = f"say which column is which in a file, --mapping FILE; known forms: {forms}"
        raise BadFormat(opened.name, None, what, fix)
    return fits[0]


def _plain_columns(rows: duckdb.DuckDBPyRelation, form: Form, found: dict[str, str]) -> list[str]:
    """Which columns, that should hold keyed hashes, hold names or addresses?"""
    tokens = [one.name for one in COLUMNS if one.kind == "token" and one.name in found]
    names = [name for name in tokens if form.sources[name].hashed]
    if not names:
        return []
    looks = ", ".join(
        f"regexp_matches(CAST({found[name]} AS VARCHAR), {literal(PLAIN)}) AS {named(name)}"
        for name in names
    )
    some = rows.limit(SAMPLE).project(looks)
    row = some.aggregate(", ".join(f"bool_or({named(name)})" for name in names)).fetchone() or ()
    return [name for name, plain in zip(names, row, strict=True) if plain]


def _epochs(rows: duckdb.DuckDBPyRelation, raw: Raw) -> int:
    """How many epochs are the prompts' hashes of?"""
    if EPOCH not in raw:
        return 0
    row = rows.aggregate(f"count(DISTINCT {named(EPOCH)})").fetchone()
    return int(row[0]) if row else 0


def staged(one: Understood) -> duckdb.DuckDBPyRelation:
    """What does a file say in our columns? Then comes `wrong`, NULL where all could be read."""
    asked = one.form.asked(one.raw) or "true"
    given = [f"{sql} AS {_inner(name)}" for name, sql in one.found.items()]
    rows = one.opened.raw.project(f'{", ".join(given)}, {asked} AS "in:asked", {PLACE}')
    kinds = dict(zip(rows.columns, (str(kind) for kind in rows.types), strict=True))
    columns, wrong = [], ["WHEN NOT coalesce(\"in:asked\", false) THEN 'no call of a model'"]
    for column in COLUMNS:
        if column.name not in one.found:
            columns.append(f"CAST(NULL AS {TYPES[column.kind]}) AS {named(column.name)}")
            continue
        value, fault = _value(column, one.form.sources[column.name], kinds[f"in:{column.name}"])
        columns.append(f"{value} AS {named(column.name)}")
        wrong += [f"WHEN {fault} THEN {literal(f'unreadable {column.name}')}"] if fault else []
    return rows.project(f"{', '.join(columns)}, CASE {' '.join(wrong)} END AS wrong, {PLACE}")


def _inner(name: str) -> str:
    return named(f"in:{name}")


def _value(column: Column, source: Source, kind: str) -> tuple[str, str]:
    """Write a column's value, hashed where it must be, and when it could not be read."""
    given = _inner(column.name)
    if kind == "VARCHAR":
        given = f"nullif({given}, '')"
    made = typed(column, source, given, kind)
    fault = "" if made.sure else f"{given} IS NOT NULL AND {made.sql} IS NULL"
    if column.kind != "token" or source.hashed:
        return made.sql, fault
    hidden = f"coalesce(subnet({made.sql}), {made.sql})" if column.name == "prefix" else made.sql
    return f"keyed({literal(column.name)}, {hidden})", fault
