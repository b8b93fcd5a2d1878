"""Features on DuckDB: what is unknown, what stays behind, and what the options do."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from assay.core.errors import BadConfig
from assay.traffic.engines import DuckDB, limit, requests_schema
from assay.traffic.warehouse import derive, materialise

ALWAYS = {
    "account", "day", "requests", "hours", "busiest_hour", "minutes", "minute_squares",
    "first_minute", "last_minute", "gap_mean", "gap_median", "gap_cv", "models", "top_model",
}  # fmt: skip
"""What time, account and model alone tell of a day."""


@pytest.fixture
def log() -> duckdb.DuckDBPyConnection:
    """Three requests of one account that say no more than they must."""
    connection = duckdb.connect()
    DuckDB(connection).reader.create_table("requests", schema=requests_schema())
    connection.execute(
        "INSERT INTO requests (time, account, model)"
        " SELECT TIMESTAMP '2026-03-01 00:00:30' + INTERVAL (n * n) MINUTE, 'a', 'm'"
        " FROM range(3) AS numbers(n)"
    )
    return connection


def test_what_nobody_logged_is_unknown(log: duckdb.DuckDBPyConnection) -> None:
    (day,) = derive(log).days.to_pyarrow().to_pylist()
    assert {name for name, value in day.items() if value is not None} == ALWAYS
    assert (day["gap_mean"], day["gap_median"], day["minutes"]) == (120.0, 120.0, 3)


def test_only_features_stay_and_requests_are_as_they_were(log: duckdb.DuckDBPyConnection) -> None:
    before = log.sql("SELECT * FROM requests").fetchall()
    derive(log)
    derive(log)  # again: what is there is replaced
    assert log.sql("SELECT * FROM requests").fetchall() == before
    names = {name for (name,) in log.sql("SHOW TABLES").fetchall()}
    kept = {"accounts", "bins", "days", "handoffs", "links", "used_model", "used_template"}
    assert names == {"requests"} | {f"feature_{name}" for name in kept}


def test_a_view_of_parquet_is_enough(log: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    log.execute(f"COPY requests TO '{tmp_path}/log.parquet'")
    other = duckdb.connect()
    other.execute(f"CREATE VIEW requests AS FROM '{tmp_path}/*.parquet'")
    assert derive(other).days.count().to_pyarrow().as_py() == 1


def crowd(folder: Path) -> duckdb.DuckDBPyConnection:
    """Put requests of 30,000 accounts at 240,000 moments into Parquet; memory is 45 MiB."""
    with duckdb.connect() as writer:
        DuckDB(writer).reader.create_table("requests", schema=requests_schema())
        writer.execute(
            "INSERT INTO requests (time, account, model)"
            " SELECT TIMESTAMP '2026-03-01' + INTERVAL (n % 80000) SECOND,"
            " md5((n % 30000)::VARCHAR), 'm' FROM range(240000) AS numbers(n)"
        )
        writer.execute(f"COPY requests TO '{folder}/log.parquet'")
    connection = duckdb.connect()
    limit(connection, memory_gib=0.045, threads=1, spill=folder / "spill")
    connection.execute(f"CREATE VIEW requests AS FROM '{folder}/log.parquet'")
    return connection


@pytest.mark.slow
def test_what_does_not_fit_in_memory_goes_to_the_disk(tmp_path: Path) -> None:
    connection = crowd(tmp_path)
    engine = DuckDB(connection)
    for step, rows in (("gaps", 30_000), ("bins", 240_000)):
        materialise(engine, step)
        assert engine.table(f"feature_{step}").count().to_pyarrow().as_py() == rows
    assert any((tmp_path / "spill").iterdir())


@pytest.mark.parametrize("option", [{"memory_gib": 0.0}, {"threads": 0}])
def test_impossible_limits_are_refused(option: dict[str, float]) -> None:
    with pytest.raises(BadConfig, match="must be positive"):
        limit(duckdb.connect(), **option)  # type: ignore[arg-type]
