"""The engines that must agree, each in this process, each behind the same few methods."""

from datetime import UTC as UTC_ZONE
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from chdb.session import Session

from assay.traffic.engines import UTC, ClickHouse, DuckDB, Engine, definitions, requests_schema
from assay.traffic.features.clock import DAY, MINUTE

Row = dict[str, Any]
SCHEMA = requests_schema().to_pyarrow()


def arrow(rows: list[Row]) -> pa.Table:
    """Write requests as a table of all columns of the schema."""
    return pa.table(
        [pa.array([row.get(column.name) for row in rows], column.type) for column in SCHEMA],
        schema=SCHEMA,
    )


class House(Protocol):
    """An engine that can be given a log, and read."""

    engine: Engine

    def fill(self, log: pa.Table) -> None:
        """Put these requests into the table `requests`."""

    def rows(self, expression: ibis.Table) -> list[Row]:
        """Compute an expression."""

    def plainly(self, expression: ibis.Table) -> list[Row]:
        """Compute an expression, without what the engine adds to it."""


class InDuckDB:
    """DuckDB, as `assay traffic scan` uses it."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.engine: Engine = DuckDB(self.connection)

    def fill(self, log: pa.Table) -> None:
        """Put these requests into the table `requests`."""
        self.connection.register("given", log)
        self.connection.execute("CREATE OR REPLACE TABLE requests AS FROM given")

    def rows(self, expression: ibis.Table) -> list[Row]:
        """Compute an expression."""
        found: list[Row] = (
            self.connection.execute(ibis.to_sql(expression)).to_arrow_table().to_pylist()
        )
        return found

    plainly = rows


class InClickHouse:
    """ClickHouse's engine in this process, on a server whose clock is New York's on purpose."""

    def __init__(self, folder: Path) -> None:
        self.session, self.file = Session(), folder / "log.parquet"
        self.session.query("SET session_timezone = 'America/New_York'")
        self.house = ClickHouse(self.session.query)
        self.engine: Engine = self.house

    def fill(self, log: pa.Table) -> None:
        """Put these requests into the table `requests`."""
        pq.write_table(log, self.file)
        columns = definitions(ibis.table(requests_schema(), name="requests"), "clickhouse")
        made = "ENGINE = MergeTree ORDER BY tuple()"
        self.session.query("DROP TABLE IF EXISTS requests")
        self.session.query(f"CREATE TABLE requests ({columns}) {made}")
        self.session.query(f"INSERT INTO requests SELECT * FROM file('{self.file}') {UTC}")  # noqa: S608 - own path

    def rows(self, expression: ibis.Table) -> list[Row]:
        """Compute an expression."""
        return self._read(f"{self.house.sql(expression)} {UTC}")

    def plainly(self, expression: ibis.Table) -> list[Row]:
        """Compute an expression by the server's own clock."""
        return self._read(self.house.sql(expression))

    def _read(self, sql: str) -> list[Row]:
        found = self.session.query(sql, "ArrowTable")
        return [{name: _naive(value) for name, value in row.items()} for row in found.to_pylist()]


def _naive(value: Any) -> Any:
    """ClickHouse's times carry a zone; the schema's are UTC and say nothing."""
    if not isinstance(value, datetime):
        return value
    return value.astimezone(UTC_ZONE).replace(tzinfo=None)


class InPolars:
    """Polars: another kind of engine, without SQL. It lacks windows and differences of times."""

    def __init__(self) -> None:
        self.connection = ibis.polars.connect()
        self.engine: Engine = self

    def fill(self, log: pa.Table) -> None:
        """Put these requests into the table `requests`."""
        self.connection.create_table("requests", log, overwrite=True)

    def rows(self, expression: ibis.Table) -> list[Row]:
        """Compute an expression."""
        found: list[Row] = self.connection.to_pyarrow(expression).to_pylist()
        return found

    plainly = rows

    def requests(self) -> ibis.Table:
        """As an engine: read the clock by a cast, which is to microseconds here, and only here."""
        requests = self.table("requests")
        timed = requests.mutate(
            at=requests.time.cast("int64"), born=requests.created.cast("int64") // 1_000_000
        )
        return timed.mutate(minute=timed.at // MINUTE, day=timed.at // DAY)

    def table(self, name: str) -> ibis.Table:
        """As an engine: which table has this name?"""
        return self.connection.table(name)

    def create(self, name: str, expression: ibis.Table) -> None:
        """As an engine: compute an expression into a table."""
        made = self.connection.to_pyarrow(expression)
        self.connection.create_table(name, made, overwrite=True)

    def drop(self, name: str) -> None:
        """As an engine: forget a table."""
        self.connection.drop_table(name)
