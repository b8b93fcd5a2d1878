"""Where expressions run. Ibis writes the SQL; each engine's own connection runs it.

Ibis's drivers are used for reading only: its statements that make tables depend on versions of
DuckDB and sqlglot that nobody promises together (`docs/decisions/0012-*`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import duckdb
import ibis
from ibis.backends.duckdb import Backend

from assay.core.errors import BadConfig
from assay.traffic.features.clock import clock
from assay.traffic.schema import COLUMNS

__all__ = [
    "TYPES",
    "UTC",
    "ClickHouse",
    "DuckDB",
    "Engine",
    "definitions",
    "limit",
    "requests_schema",
]

TYPES = {
    "time": "timestamp(6)",
    "token": "string",
    "label": "string",
    "count": "int64",
    "number": "float64",
    "yes": "boolean",
    "hashes": "array<uint64>",
}
"""Which type of Ibis each kind of column has."""


def requests_schema() -> ibis.Schema:
    """Which columns does a table of requests have, and of which types?

    Examples
    --------
    >>> str(requests_schema()["quota"])
    'int64'
    """
    return ibis.schema({column.name: TYPES[column.kind] for column in COLUMNS})


UTC = "SETTINGS session_timezone = 'UTC'"
"""Without it a naive 1970-01-01 is the server's local midnight: New York's days are 5 hours off."""


class Engine(Protocol):
    """Where tables live, and where new ones are computed."""

    def requests(self) -> ibis.Table:
        """Which requests are there, with their clock?"""

    def table(self, name: str) -> ibis.Table:
        """Which table has this name?"""

    def create(self, name: str, expression: ibis.Table) -> None:
        """Compute an expression into a table, in place of one that is there."""

    def drop(self, name: str) -> None:
        """Forget a table, and free its room."""


class DuckDB:
    """DuckDB in this process."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self.reader = Backend.from_connection(connection)

    def requests(self) -> ibis.Table:
        """Which requests are there, with their clock?"""
        return clock(self.table("requests"))

    def table(self, name: str) -> ibis.Table:
        """Which table has this name?"""
        return self.reader.table(name)

    def create(self, name: str, expression: ibis.Table) -> None:
        """Compute an expression into a table, in place of one that is there."""
        columns = definitions(expression, "duckdb")
        self.connection.execute(f"CREATE OR REPLACE TABLE {name} ({columns})")
        self.connection.execute(f"INSERT INTO {name} {ibis.to_sql(expression)}")

    def drop(self, name: str) -> None:
        """Forget a table, and free its room."""
        self.connection.execute(f"DROP TABLE {name}")


@dataclass(frozen=True, slots=True)
class ClickHouse:
    """ClickHouse, in this process or elsewhere.

    Parameters
    ----------
    run
        Runs one statement: `chdb.session.Session().query`, or `command` of a client's.
    schemas
        Columns of the tables that are there.
    """

    run: Callable[[str], object]
    schemas: dict[str, ibis.Schema] = field(default_factory=lambda: {"requests": requests_schema()})

    def requests(self) -> ibis.Table:
        """Which requests are there, with their clock?"""
        return clock(self.table("requests"))

    def table(self, name: str) -> ibis.Table:
        """Which table has this name?"""
        return ibis.table(self.schemas[name], name=name)

    def create(self, name: str, expression: ibis.Table) -> None:
        """Compute an expression into a table, in place of one that is there."""
        self.run(f"DROP TABLE IF EXISTS {name}")  # its columns may be others than before
        columns = definitions(expression, "clickhouse")
        self.run(f"CREATE TABLE {name} ({columns}) ENGINE = MergeTree ORDER BY tuple()")
        self.run(f"INSERT INTO {name} {self.sql(expression)} {UTC}")
        self.schemas[name] = expression.schema()

    def drop(self, name: str) -> None:
        """Forget a table, and free its room."""
        self.run(f"DROP TABLE {name} SYNC")

    def sql(self, expression: ibis.Table) -> str:
        """How is this said in ClickHouse's SQL?"""
        return str(ibis.to_sql(expression, dialect="clickhouse"))


def definitions(expression: ibis.Table, dialect: str) -> str:
    """How are a new table's columns declared? Engines' own guesses are wider, or know no NULL."""
    columns = expression.schema().to_sqlglot_column_defs(dialect)
    return ", ".join(column.sql(dialect) for column in columns)


def limit(
    connection: duckdb.DuckDBPyConnection,
    *,
    memory_gib: float = 4.0,
    threads: int = 2,
    spill: Path | None = None,
) -> None:
    """How much of this machine may DuckDB use, and where may the rest go?

    Parameters
    ----------
    connection
        DuckDB's.
    memory_gib
        Memory that it may hold; what is more goes to the disk.
    threads
        Processors to use, at least 1.
    spill
        Folder for what does not fit; where it is None, DuckDB's own choice.

    Raises
    ------
    BadConfig
        Memory or threads are not positive.

    Examples
    --------
    >>> connection = duckdb.connect()
    >>> limit(connection, memory_gib=2)
    >>> connection.sql("select current_setting('memory_limit')").fetchone()
    ('2.0 GiB',)
    """
    if memory_gib <= 0 or threads < 1:
        msg = (
            f"memory of {memory_gib} GiB and {threads} threads: both must be positive\n"
            "  next: leave the options away"
        )
        raise BadConfig(msg)
    connection.execute("SET preserve_insertion_order = false")
    connection.execute("SET memory_limit = ?", [f"{memory_gib}GiB"])
    connection.execute("SET threads = ?", [threads])
    if spill is not None:
        connection.execute("SET temp_directory = ?", [str(spill)])
