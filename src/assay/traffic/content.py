"""Is there text of a conversation in a log? Then it is refused: a scan must not be able to read it.

Who holds no prompts can not leak any, and may scan the traffic of customers whose prompts must not
be kept. A column that a format always has, and that is empty in all rows, is let through and named.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from assay.core.errors import BadFormat
from assay.formats.row import shown_some
from assay.traffic.adapters.form import Form, Raw
from assay.traffic.schema import COLUMNS, CONTENT, content_among
from assay.traffic.sources import Opened, reading
from assay.traffic.sql import literal, named

__all__ = ["refuse_content"]

EMPTY = ("", "{}", "[]", "null", '""', "NULL")
FLAT = ("VARCHAR", "JSON")


def refuse_content(opened: Opened, raw: Raw, form: Form) -> tuple[str, ...]:
    """Which columns could hold text, and hold none?

    Parameters
    ----------
    opened
        The rows.
    raw
        Their columns and types.
    form
        The format, which may have columns of text of its own.

    Raises
    ------
    BadFormat
        A column holds text; says which, in how many rows, and how to export without it.
    """
    apart = [name for name in raw if name in form.content or _is_content(name, form.content)]
    known = {key for one in COLUMNS for key in (one.name, one.otel)}
    deep = [name for name, kind in raw.items() if name not in {*apart, *known} and _nested(kind)]
    found = _rows_with(opened, {name: _filled(name) for name in apart})
    if any(found.values()):
        raise _refusal(opened, form, {name: rows for name, rows in found.items() if rows})
    pattern = _pattern((*CONTENT, *form.content))
    hidden = _rows_with(opened, {name: _hides(name, raw[name], pattern) for name in deep})
    if any(hidden.values()):
        raise _refusal(opened, form, {name: rows for name, rows in hidden.items() if rows})
    return tuple(apart)


def _is_content(name: str, more: Sequence[str]) -> bool:
    bare = name.lower()
    for place in ("spanattributes.", "attributes.", "span_attributes."):
        bare = bare.removeprefix(place)
    return bool(content_among([bare])) or any(bare.startswith(said.lower()) for said in more)


def _nested(kind: str) -> bool:
    """Can a column of this type hold a named text within?"""
    return kind in FLAT or "STRUCT" in kind or "MAP" in kind or "JSON" in kind


def _filled(name: str) -> str:
    # A column `input` that holds nothing but numbers counts tokens.
    nothing, text = ", ".join(literal(one) for one in EMPTY), f"CAST({named(name)} AS VARCHAR)"
    return f"trim(coalesce({text}, '')) NOT IN ({nothing}) AND TRY_CAST({text} AS DOUBLE) IS NULL"


def _hides(name: str, kind: str, pattern: str) -> str:
    text = named(name) if kind in FLAT else f"CAST(to_json({named(name)}) AS VARCHAR)"
    return f"contains({text}, '{{') AND regexp_matches({text}, {literal(pattern)}, 'is')"


def _pattern(names: Sequence[str]) -> str:
    r"""Find a name with a value that is not empty, in JSON, or in JSON that JSON quotes.

    OTLP writes {"key": name, "value": {"stringValue": text}}. Numbers are no text: `"input": 12`
    is a count of tokens.
    """
    name = "|".join(re.escape(one) for one in names)
    quote, value = r'\\*"', r'(\\*"[^"\\]|\[\s*[^\]\s]|\{\s*[^}\s])'
    plain = rf"{quote}({name})(\.[^\"\\]*)?{quote}\s*:\s*{value}"
    keyed = (
        rf"{quote}key{quote}\s*:\s*{quote}({name})(\.[^\"\\]*)?{quote}\s*,"
        rf"\s*{quote}value{quote}\s*:\s*\{{\s*{quote}(string|array|kvlist|bytes)Value{quote}"
        rf"\s*:\s*{value}"
    )
    return f"{plain}|{keyed}"


def _rows_with(opened: Opened, tests: dict[str, str]) -> dict[str, int]:
    """Count the rows for which each test holds, in one pass."""
    if not tests:
        return {}
    with reading(opened.name):
        counts = opened.raw.aggregate(
            ", ".join(f"count(*) FILTER ({one})" for one in tests.values())
        )
        row = counts.fetchone() or ()
    return dict(zip(tests, row, strict=True))


def _refusal(opened: Opened, form: Form, found: dict[str, int]) -> BadFormat:
    rows = max(found.values())
    many = "hold" if len(found) > 1 else "holds"
    what = (
        f"{shown_some(found)} {many} what was said, in {rows:,} rows; "
        "Assay reads no prompts and no answers, and refuses to open logs that have them"
    )
    columns = ", ".join(named(name).replace('"', '\\"') for name in found)
    file = Path(opened.name).name
    return BadFormat(
        opened.name,
        None,
        what,
        form.without.replace("FILE", file).replace("COLUMNS", columns),
    )
