"""Small logs, written in several forms."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from assay.traffic.load import Loaded

NOW = datetime.fromisoformat("2026-06-01")
START = datetime.fromisoformat("2026-05-01 10:00")
Row = dict[str, Any]


def requests(count: int = 6, **changes: Any) -> list[Row]:
    """Return rows of the schema, inside names, a minute apart."""
    row: Row = {
        "account": "0a1b2c3d4e5f60718293a4b5c6d7e8f9", "model": "m-1", "input_tokens": 10,
        "output_tokens": 5, "duration": 0.5, "stream": True, "blocks": [1, 2**64 - 1],
    }  # fmt: skip
    return [
        row | {"request": f"{i:032x}", "time": START + timedelta(minutes=i)} | changes
        for i in range(count)
    ]


def write(path: Path, rows: Sequence[Row]) -> Path:
    """Write rows in the form that the file's name says."""
    names = list(rows[0])
    if path.suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8") as file:
            out = csv.DictWriter(file, names)
            out.writeheader()
            out.writerows({k: _text(v) for k, v in row.items()} for row in rows)
    elif path.suffix in {".jsonl", ".json"}:
        lines = [json.dumps(row, default=str) for row in rows]
        text = "\n".join(lines) if path.suffix == ".jsonl" else f"[{','.join(lines)}]"
        path.write_text(text, encoding="utf-8")
    else:
        lists = pa.list_(pa.uint64())
        columns = {name: [row[name] for row in rows] for name in names}
        table = pa.table(
            {
                name: pa.array(values, lists if isinstance(values[0], list) else None)
                for name, values in columns.items()
            }
        )
        _write_table(path, table)
    return path


def _write_table(path: Path, table: pa.Table) -> None:
    if path.suffix == ".parquet":
        pq.write_table(table, path)
        return
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=2)


def _text(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list | dict) else value


def column(loaded: Loaded, name: str) -> list[Any]:
    """Return a column of what was loaded, by time and account."""
    table = loaded.requests.table("requests").order("time, account, request")
    return [value for (value,) in table.project(f'"{name}"').fetchall()]


def parquet(path: Path, expression: str) -> Path:
    """Write what a query of DuckDB gives."""
    with duckdb.connect() as connection:
        connection.sql(expression).write_parquet(str(path))
    return path
