"""JSON Lines and JSON lists: one object per row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from assay.core.errors import BadFormat
from assay.formats.lines import read_lines, read_whole
from assay.formats.row import Row, shown, shown_path
from assay.formats.strictjson import parse

__all__ = ["read_json", "read_jsonl"]


def read_jsonl(path: Path) -> Iterator[Row]:
    """Which rows does a ``.jsonl`` file hold, plain or gzipped? Blank lines are skipped."""
    name = shown_path(path)
    for number, text in read_lines(path):
        if text.strip():
            yield as_row(name, number, parse(text, path=name, line=number))


def read_json(path: Path) -> Iterator[Row]:
    """Which rows does a JSON list of objects hold? Rows count as lines."""
    name = shown_path(path)
    text = read_whole(path)
    if not text.strip():
        return
    rows = parse(text, path=name, line=None)
    if not isinstance(rows, list):
        what = f"holds {shown(rows)} and not a list of rows"
        raise BadFormat(name, None, what, 'write [{"id": ..., "statement": ...}, ...]')
    for number, value in enumerate(rows, 1):
        yield as_row(name, number, value)


def as_row(name: str, number: int, value: object) -> Row:
    """Take an object as a row; anything else is refused."""
    if isinstance(value, dict):
        return Row(name, number, value)
    what = f"{shown(value)} is not an object"
    raise BadFormat(name, number, what, 'one row is one object: {"id": ..., "statement": ...}')
