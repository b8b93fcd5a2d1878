"""Records, as lines of JSON."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from assay.core.errors import BadFormat
from assay.formats.row import first_fault

__all__ = ["read_rows", "write_rows"]

Row = TypeVar("Row", bound=BaseModel)


def read_rows(path: Path, kind: type[Row], fix: str) -> list[Row]:
    """Read records, one a line.

    Raises
    ------
    BadFormat
        A line is none; `fix` says what to do.
    """
    rows = []
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise BadFormat(str(path), None, f"cannot be read: {error.strerror}", fix) from error
    for number, line in enumerate(lines, 1):
        try:
            rows += [kind.model_validate_json(line)] if line.strip() else []
        except ValidationError as error:
            raise BadFormat(str(path), number, first_fault(error, "the line"), fix) from error
    return rows


def write_rows(path: Path, rows: Iterable[BaseModel]) -> None:
    """Write records, one a line, where nothing is yet."""
    with path.open("x", encoding="utf-8") as file:
        file.writelines(row.model_dump_json() + "\n" for row in rows)
