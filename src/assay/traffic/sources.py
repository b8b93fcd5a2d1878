"""Files, and standard input, as tables of DuckDB: what is read, not yet what it means.

Parquet stays where it is, and is read anew by each question. All else is read once. Each row keeps
its place, "assay:file" and "assay:row", so that a fault can be pointed at.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from assay.core.errors import BadFormat, UsageError
from assay.formats.delimited import checked_header, parted, records
from assay.formats.lines import check_file
from assay.formats.row import shown_path, shown_some
from assay.traffic.adapters.otlp import SHAPES
from assay.traffic.sql import literal

__all__ = ["ROW_LIMIT", "Opened", "opened", "reading"]

ROW_LIMIT = 32 << 20
"""Bytes of one row of text: an OTLP batch is one line."""
KINDS = {
    ".parquet": "parquet", ".pq": "parquet", ".csv": "csv", ".jsonl": "json", ".ndjson": "json",
    ".json": "json", ".arrow": "arrow", ".arrows": "arrow", ".ipc": "arrow",
}  # fmt: skip
MESSAGE = 300  # characters of what a reader says: it quotes the file
PLACES = ("filename", "file_row_number")


@dataclass(frozen=True, slots=True)
class Opened:
    """What was read: rows with the columns that they had, and where each stands.

    Parameters
    ----------
    name
        The file, as messages name it; the first of several that have the same columns.
    raw
        Its rows, with "assay:file" and "assay:row" (from 0) last.
    table
        The table that holds them; None where they stay in the files.
    native
        Do its columns have types of their own, so that reading them again costs little?
    """

    name: str
    raw: duckdb.DuckDBPyRelation
    table: str | None
    native: bool


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Turn what a reader says of a file into an error that names it."""
    try:
        yield
    except (duckdb.ParserException, duckdb.CatalogException, duckdb.InternalException):
        raise  # our own mistake, and nothing that a file can do
    except (duckdb.Error, pa.ArrowException, OSError, ValueError) as error:
        said = " ".join(str(error).split("\n\n")[0].split())
        short = said[:MESSAGE].encode("ascii", "backslashreplace").decode()
        what = "can not be read: " + "".join(one if one.isprintable() else " " for one in short)
        raise BadFormat(name, None, what, "mend the file, or export it again") from error


def opened(connection: duckdb.DuckDBPyConnection, sources: Sequence[str | Path]) -> list[Opened]:
    """What do these files hold? `-` is an Arrow IPC stream on standard input.

    Raises
    ------
    UsageError
        None are named, or there is no such file.
    BadFormat
        A file that is not what its name says.
    """
    files = list(_files(sources))
    if not files:
        msg = "no log is named\n  next: assay traffic scan LOGS..., or - for a stream of Arrow"
        raise UsageError(msg)
    kept = [file for file in files if _kind(file) == "parquet"]
    read = [_read(connection, file, at) for at, file in enumerate(files) if file not in kept]
    return [*_parquet(connection, kept), *read]


def _files(sources: Iterable[str | Path]) -> Iterator[Path]:
    for source in sources:
        path = Path(source)
        if path.is_dir():
            found = sorted(file for file in path.rglob("*") if _kind(file) and file.is_file())
            if not found:
                fix = f"name files that end in {', '.join(KINDS)}"
                raise BadFormat(shown_path(path), None, "holds no logs", fix)
            yield from found
            continue
        if str(source) != "-":
            check_file(path)
        yield path


def _kind(path: Path) -> str:
    """Tell a file's kind by its name."""
    suffixes = [one.lower() for one in path.suffixes]
    last = suffixes[-2:-1] if suffixes[-1:] in ([".gz"], [".zst"]) else suffixes[-1:]
    return KINDS.get(last[0], "") if last else ""


def _parquet(connection: duckdb.DuckDBPyConnection, files: list[Path]) -> list[Opened]:
    """Read files that have the same columns as one."""
    groups: dict[tuple[str, ...], list[Path]] = {}
    for file in files:
        name = shown_path(file)
        with reading(name):
            columns = pq.read_schema(file).names
        _refuse_twins(name, columns)
        taken = [column for column in columns if column.lower() in PLACES]
        if taken:
            what = f"has a column {shown_some(taken)}, which is how DuckDB names a row's place"
            raise BadFormat(name, None, what, "rename it")
        groups.setdefault(tuple(columns), []).append(file)
    return [_group(connection, group) for group in groups.values()]


def _group(connection: duckdb.DuckDBPyConnection, files: list[Path]) -> Opened:
    paths = [_plain(file) for file in files]
    with reading(shown_path(files[0])):
        raw = connection.read_parquet(
            paths,
            union_by_name=True,
            hive_partitioning=False,
            filename=True,
            file_row_number=True,
        )
        place = 'filename AS "assay:file", file_row_number AS "assay:row"'
        raw = raw.project(f"* EXCLUDE (filename, file_row_number), {place}")
    return Opened(shown_path(files[0]), raw, None, native=True)


def _plain(file: Path) -> str:
    """Write a path so that no part of it is a pattern, or the address of a server."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(file.absolute()))


def _read(connection: duckdb.DuckDBPyConnection, file: Path, at: int) -> Opened:
    name, table = shown_path(file), f"raw_{at}"
    readers = {"csv": _csv, "json": _json, "arrow": _arrow}
    kind = "arrow" if str(file) == "-" else _kind(file)
    if kind not in readers:
        fix = f"name a file that ends in {', '.join(KINDS)}, or - for a stream of Arrow"
        raise BadFormat(name, None, "its name does not say what it is", fix)
    with reading(name):
        readers[kind](connection, file).create(table)
        raw = connection.table(table)
        place = f'{literal(name)} AS "assay:file", rowid AS "assay:row"'
        return Opened(name, raw.project(f"*, {place}"), table, native=kind == "arrow")


def _csv(connection: duckdb.DuckDBPyConnection, file: Path) -> duckdb.DuckDBPyRelation:
    # Nothing is guessed: left to guess, DuckDB 1.5 drops rows of a wrong length in silence.
    name = shown_path(file)
    number, first = next(records(file), (1, ""))
    header = checked_header(name, number, parted(name, number, first))
    _refuse_twins(name, header)
    if not first:
        raise BadFormat(name, None, "is empty", "export it again, with its header")
    return connection.read_csv(
        _plain(file),
        columns=dict.fromkeys(header, "VARCHAR"),
        auto_detect=False,
        header=True,
        delimiter=",",
        quotechar='"',
        escapechar='"',
        max_line_size=ROW_LIMIT,
    )


def _json(connection: duckdb.DuckDBPyConnection, file: Path) -> duckdb.DuckDBPyRelation:
    """Read objects: one a line, or a list of them, or a single one."""
    name = shown_path(file)
    whole = file.name.lower().removesuffix(".gz").endswith(".json")
    style: Literal["auto", "newline_delimited"] = "auto" if whole else "newline_delimited"
    objects = connection.read_json(
        _plain(file),
        columns={"json": "JSON"},
        records="false",
        format=style,
        maximum_object_size=ROW_LIMIT,
    )
    found = objects.project("unnest(json_keys(json)) AS key").distinct().order("key")
    keys = [key for (key,) in found.fetchall()]
    if not keys:
        raise BadFormat(name, None, "holds no rows", "export it again")
    _refuse_twins(name, keys)
    return connection.read_json(
        _plain(file),
        columns={key: SHAPES.get(key, "VARCHAR") for key in keys},
        records="true",
        format=style,
        maximum_object_size=ROW_LIMIT,
    )


def _arrow(connection: duckdb.DuckDBPyConnection, file: Path) -> duckdb.DuckDBPyRelation:
    """Read batch by batch: none is kept."""
    name = shown_path(file)
    source = sys.stdin.buffer if str(file) == "-" else pa.OSFile(str(file))
    if str(file) != "-" and source.read(6) == b"ARROW1":
        whole = pa.ipc.open_file(source)
        batches = (whole.get_batch(at) for at in range(whole.num_record_batches))
        stream = pa.RecordBatchReader.from_batches(whole.schema, batches)
    else:
        if str(file) != "-":
            source.seek(0)
        stream = pa.ipc.open_stream(source)
    _refuse_twins(name, stream.schema.names)
    return connection.from_arrow(stream)


def _refuse_twins(name: str, columns: list[str]) -> None:
    """Refuse names that SQL can not tell apart, which would lose one of two columns."""
    lower = [column.lower() for column in columns]
    twins = sorted({column for column in columns if lower.count(column.lower()) > 1})
    if twins:
        what = f"columns have the same name but for upper case: {shown_some(twins)}"
        raise BadFormat(name, None, what, "give every column a name of its own")
    if any("\0" in column for column in columns):
        raise BadFormat(name, None, "a column's name holds a NUL", "name it otherwise")
