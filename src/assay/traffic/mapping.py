"""A log of another form, told column by column in a TOML file.

::

    account = "customer_id"                         # hashed at load
    time = { column = "started", unit = "ms" }      # or zone = "Europe/Berlin"
    prefix = { column = "token", hashed = true }    # a keyed hash already
"""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import cast
from zoneinfo import available_timezones

from assay.core.errors import BadFormat, UnknownName
from assay.formats.lines import check_file, read_whole
from assay.formats.row import shown, shown_path, shown_some
from assay.traffic.adapters.form import Form, Raw, Source, Unit, cell
from assay.traffic.schema import COLUMNS, REQUIRED, column

__all__ = ["Mapped", "form_of", "read_mapping"]

UNITS = ("s", "ms", "us", "ns")
PARTS = ("column", "unit", "zone", "hashed")
Mapped = dict[str, tuple[str, Source]]
"""Our column to the file's, and how that is read."""


def read_mapping(path: Path) -> Mapped:
    """Which column of a log is which of ours?

    Raises
    ------
    BadFormat
        No TOML, an unknown part, unit or zone, or a column without which nothing can be done.
    UnknownName
        A name that none of our columns has.
    """
    check_file(path)
    name = shown_path(path)
    try:
        said = tomllib.loads(read_whole(path, limit=1 << 20))
    except tomllib.TOMLDecodeError as error:
        what = f"is no TOML: {error}"
        raise BadFormat(name, None, what, 'write lines as: account = "customer_id"') from error
    except RecursionError as error:
        raise BadFormat(name, None, "nested too deeply", "write it flat") from error
    known = {key for one in COLUMNS for key in (one.name, one.otel)}
    mapped: Mapped = {}
    for ours, theirs in said.items():
        if ours not in known:
            raise UnknownName("column", ours[:80], known, f"mend {name}")
        mapped[column(ours).name] = _source(name, ours, theirs)
    lacking = [one for one in REQUIRED if one not in mapped]
    if lacking:
        what = f"does not map {shown_some(lacking)}"
        raise BadFormat(name, None, what, f'write: {lacking[0]} = "the column that holds it"')
    return mapped


def _source(name: str, ours: str, theirs: object) -> tuple[str, Source]:
    parts = {"column": theirs} if isinstance(theirs, str) else theirs
    if not isinstance(parts, dict) or not isinstance(parts.get("column"), str):
        what = f"{ours} is {shown(theirs)}, and no column"
        raise BadFormat(name, None, what, f'write {ours} = "column", or {{ column = "column" }}')
    unknown = [part for part in parts if part not in PARTS]
    if unknown:
        what = f"{ours} has {shown_some(unknown)}"
        raise BadFormat(name, None, what, f"use {', '.join(PARTS)}")
    unit, zone, hashed = parts.get("unit", ""), parts.get("zone", "UTC"), parts.get("hashed", False)
    if unit not in ("", *UNITS):
        raise BadFormat(name, None, f"{ours} has the unit {shown(unit)}", f"use {', '.join(UNITS)}")
    if zone not in available_timezones():
        near = get_close_matches(str(zone), available_timezones(), n=1)
        fix = f"use a name as {near[0] if near else 'Europe/Berlin'}"
        raise BadFormat(name, None, f"{ours} has the zone {shown(zone)}, which is none", fix)
    if not isinstance(hashed, bool):
        raise BadFormat(name, None, f"{ours} has hashed = {shown(hashed)}", "use true or false")
    theirs = cast("str", parts["column"])
    return theirs, Source(cell(theirs), hashed=hashed, unit=cast("Unit", unit), zone=str(zone))


def form_of(mapped: Mapped, raw: Raw, name: str) -> Form:
    """Are the columns there that a mapping names? Then this is the log's form.

    Raises
    ------
    BadFormat
        Some are not; names the nearest that are.
    """
    absent = [theirs for theirs, _ in mapped.values() if theirs not in raw]
    if absent:
        near = get_close_matches(absent[0], list(raw), n=1, cutoff=0.4)
        hint = f"; the nearest to {shown(absent[0])} is {shown(near[0])}" if near else ""
        what = f"the mapping names {shown_some(absent)}, which it does not have{hint}"
        raise BadFormat(name, None, what, f"it has {shown_some(raw)}: mend the mapping")
    return Form(
        name="mapped", signs=(), sources={ours: source for ours, (_, source) in mapped.items()}
    )
