"""Parquet files, row by row, a few rows in memory at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from assay.core.errors import BadFormat
from assay.formats.lines import MAX_TOTAL
from assay.formats.row import Row, shown, shown_path, shown_some

__all__ = ["read_parquet", "write_parquet"]

ROWS = 64
"""Rows decoded at once, at most."""
ROOM = 1 << 30
"""Bytes that they may take: a value that repeats is stored once, and decoded every time."""


def read_parquet(path: Path, *, total: int = MAX_TOTAL) -> Iterator[Row]:
    """Which rows does a Parquet file hold? Rows count as lines.

    Raises
    ------
    BadFormat
        When it is no Parquet file, is broken, or expands to more than `total` bytes.
    """
    name, line = shown_path(path), 0
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            refuse_twins(name, file.schema_arrow.names)
            for piece in pieces(file, name, total):
                line += 1
                yield Row(name, line, piece.to_pylist()[0])
    except UnicodeDecodeError as error:
        what = f"invalid UTF-8: {shown(error.object[:40])}"
        raise BadFormat(name, line, what, "write the column again as UTF-8") from error
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        what = f"is not a readable Parquet file ({shown(str(error))})"
        raise BadFormat(name, None, what, "write it again, or give JSONL or CSV") from error


def pieces(file: pq.ParquetFile, name: str, total: int) -> Iterator[pa.RecordBatch]:
    """Read row by row, as long as all of it stays below `total` bytes."""
    line, spent = 0, 0
    for batch in file.iter_batches(batch_size=rows_at_once(file), use_threads=False):
        spent += batch.nbytes
        if spent > total:
            what = f"the file expands to more than {total:,} bytes"
            raise BadFormat(name, line + 1, what, "split it into files of fewer rows")
        for index in range(batch.num_rows):
            line += 1
            yield batch.slice(index, 1)


def rows_at_once(file: pq.ParquetFile) -> int:
    """How many rows fit in memory, each taken to be as large as all that its group stores?"""
    groups = (file.metadata.row_group(index) for index in range(file.metadata.num_row_groups))
    largest = max((group.total_byte_size for group in groups), default=1)
    return max(1, min(ROWS, ROOM // max(1, largest)))


def refuse_twins(name: str, columns: list[str]) -> None:
    """Refuse a column name given twice: one of the two would be lost."""
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if twice:
        what = f"columns are named twice: {shown_some(twice)}"
        raise BadFormat(name, None, what, "give every column a name of its own")


def write_parquet(path: Path, rows: Iterable[Mapping[str, str]]) -> int:
    """Write rows of texts, some at a time; returns how many they were.

    Parameters
    ----------
    path
        A file to make.
    rows
        Each with the columns of the first, in its order.
    """
    count, left = 0, iter(rows)
    first = list(islice(left, ROWS))
    columns = tuple(first[0]) if first else ()
    schema = pa.schema([(name, pa.string()) for name in columns])
    with pq.ParquetWriter(path, schema) as writer:
        while first:
            writer.write_batch(pa.RecordBatch.from_pylist(list(map(dict, first)), schema))
            count += len(first)
            first = list(islice(left, ROWS))
    return count
