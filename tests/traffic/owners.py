"""Small worlds of accounts and what they share: (account, field, value) rows in DuckDB."""

from collections.abc import Iterable

import duckdb
import numpy as np
import pyarrow as pa

Row = tuple[str, str, str]


def held(rows: Iterable[Row]) -> duckdb.DuckDBPyConnection:
    """Open a database whose table `links` holds these rows."""
    columns = list(zip(*rows, strict=True))
    names = ("account", "field", "value")
    table = pa.table({name: list(column) for name, column in zip(names, columns, strict=True)})
    connection = duckdb.connect(config={"threads": 1})
    connection.register("given", table)
    connection.execute("CREATE TABLE links AS SELECT *, 1 AS requests FROM given")
    connection.unregister("given")
    return connection


def strangers(count: int, *, seed: int = 0) -> list[Row]:
    """Return accounts with a payer each, addresses that seldom meet, and usual clients."""
    rng = np.random.default_rng(seed)
    rows: list[Row] = []
    for number in range(count):
        account = f"stranger{number}"
        rows += [
            (account, "payment", f"card{number}"),
            (account, "prefix", f"net{rng.integers(20 * count)}"),
            (account, "asn", f"as{rng.integers(8)}"),
            (account, "agent", f"agent{rng.integers(5)}"),
            (account, "tls", f"tls{rng.integers(4)}"),
            (account, "email", ("free", "company")[number % 2]),
        ]
    return rows


def pool(name: str, size: int, *, each: int = 4, seed: int = 0) -> list[Row]:
    """Return accounts of one owner: a card for every few of them, and addresses that rotate."""
    rng = np.random.default_rng(seed)
    rows: list[Row] = []
    for number in range(size):
        account = f"{name}{number}"
        networks = {f"{name}-net{rng.integers(max(size // 3, 2))}" for _ in range(2)}
        rows += [(account, "prefix", network) for network in sorted(networks)]
        rows += [
            (account, "payment", f"{name}-card{number // each}"),
            (account, "asn", f"as{rng.integers(8)}"),
            (account, "agent", f"agent{rng.integers(5)}"),
            (account, "tls", f"tls{rng.integers(4)}"),
            (account, "email", "disposable"),
        ]
    return rows
