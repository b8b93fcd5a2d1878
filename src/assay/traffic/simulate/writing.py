"""Where does the log go? Into a pipe as an Arrow stream, or a Parquet file; the truth apart."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from assay.core.errors import BadConfig, StoreError, boundary
from assay.traffic.simulate.rows import SCHEMA
from assay.traffic.simulate.week import Simulated

__all__ = ["parquet_file", "write_parquet", "write_stream", "write_truth"]


def parquet_file(name: str) -> Path:
    """Return the file of this name, which has to end in `.parquet`.

    Raises
    ------
    BadConfig
        It does not.

    Examples
    --------
    >>> parquet_file("week.parquet").name
    'week.parquet'
    """
    path = Path(name)
    if path.suffix != ".parquet":
        msg = f"{name}: a Parquet file is written\n  next: {path.stem or 'week'}.parquet"
        raise BadConfig(msg)
    return path


def write_stream(made: Simulated, sink: IO[bytes]) -> None:
    """Write the log as an Arrow IPC stream.

    Raises
    ------
    BrokenPipeError
        The reader left.
    """
    with pa.ipc.new_stream(sink, SCHEMA) as writer:
        for batch in made.batches:
            writer.write_batch(batch)


def write_parquet(made: Simulated, path: Path) -> None:
    """Write the log as a Parquet file.

    Raises
    ------
    StoreError
        The disk refuses.
    """
    with (
        boundary(StoreError, f"writing {path}"),
        pq.ParquetWriter(path, SCHEMA, compression="zstd") as writer,
    ):
        for batch in made.batches:
            writer.write_batch(batch)


def write_truth(made: Simulated, path: Path) -> None:
    """Write who is who as a Parquet file: account, class, campaign, group, hard, origin."""
    with boundary(StoreError, f"writing {path}"):
        pq.write_table(made.truth, path, compression="zstd")
