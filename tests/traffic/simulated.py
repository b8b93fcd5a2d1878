"""A simulated log as a table beside its truth, in DuckDB."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa

from assay.traffic.simulate.rows import SCHEMA
from assay.traffic.simulate.week import Simulated, Week, simulate

__all__ = ["Log"]


class Log:
    """What does a query say of this week? Tables: `log`, `truth`, and `known`, joined."""

    def __init__(self, week: Week) -> None:
        made: Simulated = simulate(week)
        self.table = pa.Table.from_batches(made.batches, SCHEMA)
        self.truth, self.rows = made.truth, made.rows
        self.connection = duckdb.connect(config={"threads": 1})
        self.connection.execute("set timezone = 'UTC'")
        self.connection.register("log", self.table)
        self.connection.register("truth", self.truth)
        self.connection.execute(
            "create view known as select *, epoch(time - timestamptz '2026-03-02') as elapsed "
            "from log join truth using (account)"
        )

    def ask(self, query: str, *given: object) -> list[tuple[Any, ...]]:
        """Return all rows of the answer; each `?` stands for a given value."""
        return self.connection.execute(query, given).fetchall()

    def one(self, query: str, *given: object) -> Any:
        """Return the only value of the answer."""
        ((value,),) = self.ask(query, *given)
        return value
