"""Which accounts form a cluster? Those that links of enough bits hold together.

A component that is too large to be one owner is usually several, tied by a few weak links (a shared
address, once). Its own threshold is raised bit by bit until it falls apart. That was chosen over
community detection: the same pairs give the same clusters without a seed, and "held together by
links of at least nine bits" is a sentence that an analyst can check and a customer can dispute.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from assay.traffic.comparing import COMPARISONS
from assay.traffic.holdings import RECORDS
from assay.traffic.linkage import ODDS, TABLE
from assay.traffic.sql import named

__all__ = ["FEWEST", "MOST", "Cluster", "Shared", "clusters", "members", "shared"]

FEWEST = 3
"""Accounts of a cluster: two that share a card are a couple."""
MOST = 1000
"""Accounts above which a component is looked at again under a higher threshold."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Accounts held together by links of at least `bits`; `links` of them, weighing `mean_bits`.

    `by` says how many bits each comparison adds to a link on average; `declared`, whether all of
    them are in one organisation and say so.
    """

    id: str
    accounts: tuple[str, ...]
    bits: float
    links: int
    mean_bits: float
    by: tuple[tuple[str, float], ...]
    declared: bool = False


@dataclass(frozen=True, slots=True)
class Shared:
    """Of one field: how many values a cluster's accounts hold, and how many hold the commonest."""

    field: str
    values: int
    holders: int


@dataclass(frozen=True, slots=True)
class _Links:
    """Linked pairs as arrays: numbers of accounts, weights, and the bits of each comparison."""

    accounts: NDArray[np.object_]
    left: Ints
    right: Ints
    weight: Floats
    parts: Floats


def clusters(
    connection: duckdb.DuckDBPyConnection, *, most: int = MOST, fewest: int = FEWEST
) -> tuple[Cluster, ...]:
    """Which clusters do the linked pairs form?

    Parameters
    ----------
    connection
        Holds the pairs that `assay.traffic.linkage.link` left in it.
    most
        Accounts above which a component's threshold is raised. One that holds together at every
        threshold stays whole, however large.
    fewest
        Accounts of the smallest cluster.

    Returns
    -------
    Largest first. An id depends on the accounts alone.
    """
    links = _read(connection)
    everything = np.arange(links.weight.size)
    if not everything.size:
        return ()
    found = [
        _cluster(links, chosen, bits)
        for chosen, bits in _components(links, everything, ODDS, most)
        if _size(links, chosen) >= fewest
    ]
    said = _declared(connection, members(found))
    marked = (replace(one, declared=one.id in said) for one in found)
    return tuple(sorted(marked, key=lambda c: (-len(c.accounts), c.id)))


def members(found: Sequence[Cluster]) -> dict[str, str]:
    """Return the cluster of each account that is in one."""
    return {account: cluster.id for cluster in found for account in cluster.accounts}


def shared(
    connection: duckdb.DuckDBPyConnection, found: tuple[Cluster, ...], links: str = "links"
) -> dict[str, tuple[Shared, ...]]:
    """What do the accounts of each cluster share, in words for people?"""
    _register(connection, members(found))
    rows = connection.sql(f"""
        SELECT cluster, field, count(*) AS held, max(holders) AS commonest FROM (
            SELECT cluster, field, value, count(DISTINCT account) AS holders
            FROM {named(links)} JOIN cluster_members USING (account) GROUP BY ALL)
        GROUP BY ALL ORDER BY cluster, field""").fetchall()  # noqa: S608 - names are quoted
    connection.unregister("cluster_members")
    told: dict[str, list[Shared]] = {cluster.id: [] for cluster in found}
    for cluster, field, held, commonest in rows:
        told[cluster].append(Shared(field, held, commonest))
    return {cluster: tuple(held) for cluster, held in told.items()}


def _register(connection: duckdb.DuckDBPyConnection, belongs: dict[str, str]) -> None:
    columns = {"account": list(belongs), "cluster": list(belongs.values())}
    arrays = {name: pa.array(column, pa.string()) for name, column in columns.items()}
    connection.register("cluster_members", pa.table(arrays))


def _declared(connection: duckdb.DuckDBPyConnection, belongs: dict[str, str]) -> set[str]:
    """Find the clusters all of whose accounts are in one organisation."""
    _register(connection, belongs)
    rows = connection.sql(f"""
        SELECT DISTINCT cluster FROM (
            SELECT cluster, number, count(*) AS inside
            FROM (SELECT unique_id AS account, unnest(org) AS number FROM {RECORDS})
            JOIN cluster_members USING (account) GROUP BY ALL)
        JOIN (SELECT cluster, count(*) AS size FROM cluster_members GROUP BY ALL) USING (cluster)
        WHERE inside = size""").fetchall()  # noqa: S608 - names are ours
    connection.unregister("cluster_members")
    return {row[0] for row in rows}


def _read(connection: duckdb.DuckDBPyConnection) -> _Links:
    columns = ", ".join(named(name) for name in COMPARISONS)
    query = f"SELECT account_l, account_r, weight, {columns} FROM {TABLE} ORDER BY ALL"  # noqa: S608
    pairs = connection.sql(query).to_arrow_table()
    left, right = (pairs[side].to_numpy() for side in ("account_l", "account_r"))
    accounts, numbers = np.unique(np.concatenate([left, right]), return_inverse=True)
    parts = [pairs[name].to_numpy() for name in COMPARISONS]
    return _Links(
        accounts=accounts,
        left=numbers[: left.size],
        right=numbers[left.size :],
        weight=pairs["weight"].to_numpy(),
        parts=np.column_stack(parts) if left.size else np.empty((0, len(parts))),
    )


def _components(
    links: _Links, chosen: Ints, bits: float, most: int
) -> Iterator[tuple[Ints, float]]:
    """Yield the links of each component and the threshold that it was formed at."""
    waiting = [(chosen, bits)]
    while waiting:
        among, threshold = waiting.pop()
        for piece in _pieces(links, among):
            stronger = piece[links.weight[piece] >= threshold + 1]
            if _size(links, piece) <= most or not stronger.size:
                yield piece, threshold
            else:
                waiting.append((stronger, threshold + 1))


def _pieces(links: _Links, chosen: Ints) -> list[Ints]:
    """Part links by the component that they lie in."""
    ends, numbers = np.unique([links.left[chosen], links.right[chosen]], return_inverse=True)
    left, right = numbers.reshape(2, -1)
    graph = coo_array((np.ones(left.size), (left, right)), shape=(ends.size, ends.size))
    labels = connected_components(graph, directed=False)[1][left]
    order = np.argsort(labels, kind="stable")
    return np.split(chosen[order], np.flatnonzero(np.diff(labels[order])) + 1)


def _size(links: _Links, chosen: Ints) -> int:
    return int(np.unique([links.left[chosen], links.right[chosen]]).size)


def _cluster(links: _Links, chosen: Ints, bits: float) -> Cluster:
    inside = np.unique([links.left[chosen], links.right[chosen]])
    accounts = tuple(str(name) for name in links.accounts[inside])
    digest = hashlib.sha256("\0".join(accounts).encode("utf-8", "surrogatepass")).hexdigest()
    return Cluster(
        id=f"cluster-{digest[:12]}",
        accounts=accounts,
        bits=bits,
        links=int(chosen.size),
        mean_bits=float(links.weight[chosen].mean()),
        by=tuple(zip(COMPARISONS, links.parts[chosen].mean(axis=0).tolist(), strict=True)),
    )
