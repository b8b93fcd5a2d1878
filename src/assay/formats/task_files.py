"""Files of tasks: read and written whole, each name once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from assay.core.errors import BadFormat
from assay.core.loading import load_attribute
from assay.core.task import Task
from assay.formats import pro_tasks, swebench_tasks
from assay.formats.benchmarks import rows_of
from assay.formats.row import Row, first_fault, shown, shown_path
from assay.formats.writing import replacing

__all__ = ["FORMS", "read_tasks", "write_tasks"]

FORMS: Mapping[str, Callable[[Task], Mapping[str, str]]] = {
    "swebench": swebench_tasks.row_of,
    "pro": pro_tasks.row_of,
}
"""Which rows are written."""


def read_tasks(path: Path) -> Iterator[Task]:
    """Which tasks does this file hold? SWE-bench or Pro rows, or records, by their columns.

    Parameters
    ----------
    path
        .jsonl, .json, .csv (each may be gzipped, as the ending says) or .parquet.

    Raises
    ------
    BadFormat
        A row is no task, or has the name of an earlier one; the message names its line.
    UsageError
        There is no such file, or its form is not known.
    """
    seen: dict[str, int] = {}
    for row in rows_of(path):
        task = _task(row)
        if task.id in seen:
            what = f"the id {shown(task.id)} stands already in line {seen[task.id]}"
            raise row.fault(what, "give every task a name of its own")
        seen[task.id] = row.line
        yield task
    if not seen:
        raise BadFormat(shown_path(path), None, "holds no rows", "give a file of tasks")


def _task(row: Row) -> Task:
    if {"id", "statement", "test_patch"} <= set(row.values):
        return _own(row)
    return pro_tasks.task_of(row) if pro_tasks.claims(row) else swebench_tasks.task_of(row)


def _own(row: Row) -> Task:
    """Take a row that is a task's own record."""
    try:
        return Task.model_validate_json(json.dumps(row.values))
    except ValidationError as error:
        fix = "assay bench mine writes such a file"
        raise row.fault(first_fault(error, "the row"), fix) from error


def write_tasks(path: Path, tasks: Iterable[Task], *, form: str = "swebench") -> int:
    """Write tasks as rows; the file appears whole or not at all. Returns how many they were.

    Parameters
    ----------
    path
        Its ending, .jsonl, .json, .csv or .parquet, says how rows are written.
    tasks
        Taken one by one: JSONL and Parquet need no room for all of them.
    form
        A name of `FORMS`.

    Raises
    ------
    UsageError
        The folder cannot be written to, or the disk is full.
    BadFormat
        A name stands twice, or a text cannot be written.
    """
    writers = {".jsonl": _jsonl, ".json": _json, ".csv": _csv, ".parquet": _parquet}
    write = writers.get(path.suffix.lower())
    name = shown_path(path)
    if write is None:
        fix = f"end the name in one of {', '.join(writers)}"
        raise BadFormat(name, None, "tasks are not written in this form", fix)
    with replacing(path) as rough:
        return write(rough, _rows(name, tasks, form))


def _rows(name: str, tasks: Iterable[Task], form: str) -> Iterator[Mapping[str, str]]:
    seen = set[str]()
    for number, task in enumerate(tasks, 1):
        if task.id in seen:
            what = f"the id {shown(task.id)} would stand twice"
            raise BadFormat(name, number, what, "give every task a name of its own")
        seen.add(task.id)
        yield FORMS[form](task)


def _jsonl(path: Path, rows: Iterable[Mapping[str, str]]) -> int:
    count = 0
    with path.open("x", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count


def _json(path: Path, rows: Iterable[Mapping[str, str]]) -> int:
    known = list(rows)
    with path.open("x", encoding="utf-8", newline="\n") as file:
        json.dump(known, file, ensure_ascii=False, indent=1)
        file.write("\n")
    return len(known)


def _csv(path: Path, rows: Iterable[Mapping[str, str]]) -> int:
    """Write RFC 4180; every cell in quotes, so that no text looks like something else."""
    count = 0
    with path.open("x", encoding="utf-8", newline="") as file:
        for count, row in enumerate(rows, 1):
            if any("\0" in value for value in row.values()):
                what = "a NUL character, which CSV cannot hold"
                raise BadFormat(shown_path(path), count, what, "write JSONL")
            if count == 1:
                file.write(_record(row))
            file.write(_record(row.values()))
    return count


def _record(cells: Iterable[str]) -> str:
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\r\n"


def _parquet(path: Path, rows: Iterable[Mapping[str, str]]) -> int:
    write: Callable[[Path, Iterable[Mapping[str, str]]], int] = load_attribute(
        "assay.formats.parquet:write_parquet"
    )
    return write(path, rows)
