"""Parquet files, row by row, a few rows in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from assay.core.errors import BadFormat
from assay.formats.lines import MAX_TOTAL
from assay.formats.row import Row, shown, shown_path

__all__ = ["read_parquet"]

BATCH = 64
"""Rows decoded at once: one repeated value takes a few bytes on disk, and all of them here."""


def read_parquet(path: Path, *, total: int = MAX_TOTAL) -> Iterator[Row]:
    """Which rows does a Parquet file hold? Rows count as lines.

    Raises
    ------
    BadFormat
        When it is no Parquet file, is broken, or expands to more than `total` bytes.
    """
    name, line, spent = shown_path(path), 0, 0
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=BATCH, use_threads=False):
                spent += batch.nbytes
                if spent > total:
                    what = f"the file expands to more than {total:,} bytes"
                    raise BadFormat(name, line + 1, what, "split it into files of fewer rows")
                for index in range(batch.num_rows):
                    line += 1
                    yield Row(name, line, batch.slice(index, 1).to_pylist()[0])
    except UnicodeDecodeError as error:
        what = f"invalid UTF-8: {shown(error.object[:40])}"
        raise BadFormat(name, line, what, "write the column again as UTF-8") from error
    except (pa.ArrowException, OSError) as error:
        what = f"is not a readable Parquet file ({shown(str(error))})"
        raise BadFormat(name, None, what, "write it again, or give JSONL or CSV") from error
