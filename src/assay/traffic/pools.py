"""Clusters whose accounts carry on each other's conversations after failures.

Relays do, and so do resellers and customers' own routers; the logs do not tell them
apart (`bench/traffic_pools.py`). So none of these is flagged, and no error rate is stated: they
are a question, which a list of authorised resellers answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb
import pyarrow as pa

from assay.core.cases import Pool
from assay.traffic.clusters import Cluster
from assay.traffic.warehouse import HANDOFFS

__all__ = ["LEAST", "pools"]

LEAST = 5
"""Conversations that went on in another account of the cluster after a failure."""


def pools(connection: duckdb.DuckDBPyConnection, clusters: Sequence[Cluster]) -> tuple[Pool, ...]:
    """Which clusters hand conversations on, most first?

    Parameters
    ----------
    connection
        Where features are, derived.
    clusters
        Those that nobody vetted.

    Returns
    -------
    None where no conversation or status is known.
    """
    return tuple(_pools(connection, {one.id: one for one in clusters}))


def _pools(connection: duckdb.DuckDBPyConnection, clusters: dict[str, Cluster]) -> Iterator[Pool]:
    pairs = [(name, one.id) for one in clusters.values() for name in one.accounts]
    names, units = ([pair[at] for pair in pairs] for at in (0, 1))
    columns = {"account": pa.array(names, pa.string()), "unit": pa.array(units, pa.string())}
    connection.register("pool_accounts", pa.table(columns))
    rows = connection.execute(
        f"""SELECT one.unit, sum(handoffs)::BIGINT, sum(after_failure)::BIGINT AS failed
            FROM {HANDOFFS}
            JOIN pool_accounts AS one ON one.account = from_account
            JOIN pool_accounts AS other ON other.account = to_account AND other.unit = one.unit
            GROUP BY one.unit HAVING failed >= {LEAST} ORDER BY failed DESC, one.unit"""  # noqa: S608 - names are ours
    ).fetchall()
    connection.unregister("pool_accounts")
    for unit, moves, failed in rows:
        accounts = clusters[unit].accounts
        yield Pool(id=unit, accounts=accounts, moves=moves, after_failure=failed)
