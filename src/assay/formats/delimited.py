r"""Comma-separated values, RFC 4180, read strictly.

The `csv` module refuses fields over 131,072 characters unless a limit is changed for the whole
process, and patches are longer than that; it also takes a stray quote in silence. A row here ends
where its quotes are even; a regular expression parts its fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from assay.core.errors import BadFormat
from assay.formats.lines import MAX_LINE, read_lines
from assay.formats.row import Row, shown, shown_path, shown_some

__all__ = ["read_csv"]

# Possessive quantifiers: no way back, so no stack that grows with the field.
FIELD = re.compile(r'(?:"((?:[^"]++|"")*+)"|([^",\r\n]*+))(,|\Z)')


def read_csv(path: Path) -> Iterator[Row]:
    """Which rows does a ``.csv`` file hold, plain or gzipped? Empty cells are None.

    Raises
    ------
    BadFormat
        At a row of more or fewer cells than the header, a column named twice, a stray or
        unclosed quote, a NUL byte, a row over the limit of a line.
    """
    name = shown_path(path)
    header: list[str] | None = None
    for number, text in records(path):
        cells = parted(name, number, text)
        if header is None:
            header = checked_header(name, number, cells)
            continue
        if len(cells) != len(header):
            what = f"{len(cells)} cells, but the header names {len(header)} columns"
            fix = 'put cells that hold commas or line breaks in quotes: "a, b"'
            raise BadFormat(name, number, what, fix)
        yield Row(name, number, dict(zip(header, (cell or None for cell in cells), strict=True)))


def records(path: Path) -> Iterator[tuple[int, str]]:
    """Join lines until their quotes are even; yield each record with its first line."""
    name = shown_path(path)
    first, parts, odd, size = 0, list[str](), False, 0
    for number, text in read_lines(path):
        first = first if parts else number
        if "\0" in text:
            raise BadFormat(name, number, "a NUL byte", "write the file again as plain text")
        parts.append(text)
        size += len(text)
        if size > MAX_LINE:
            what = f"the row that begins here is longer than {MAX_LINE:,} characters"
            raise BadFormat(name, first, what, "close its quote, or cut the text")
        odd ^= text.count('"') % 2 == 1
        if odd:
            continue
        record = "".join(parts).removesuffix("\n").removesuffix("\r")
        parts, size = [], 0
        if record.strip():
            yield first, record
    if parts:
        raise BadFormat(name, first, "a quote is opened and never closed", "close it")


def parted(name: str, number: int, record: str) -> list[str]:
    """Part one record into its cells."""
    cells, at = list[str](), 0
    while True:
        match = FIELD.match(record, at)
        if match is None:
            rest = shown(record[at : at + 200])
            what = f"a stray quote or line break in cell {len(cells) + 1}: {rest}"
            raise BadFormat(
                name, number, what, 'put the cell in quotes and double its own: "a ""b"""'
            )
        quoted, bare, end = match.groups()
        cells.append(bare if quoted is None else quoted.replace('""', '"'))
        at = match.end()
        if not end:
            return cells


def checked_header(name: str, number: int, cells: list[str]) -> list[str]:
    """Take the first record as column names; a name given twice would lose a column."""
    twice = sorted({cell for cell in cells if cells.count(cell) > 1})
    if twice:
        what = f"columns are named twice: {shown_some(twice)}"
        raise BadFormat(name, number, what, "give every column a name of its own")
    return cells
