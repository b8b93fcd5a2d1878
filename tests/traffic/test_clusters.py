"""Clusters: components of links, cut where weak links chain owners together."""

from itertools import pairwise

import duckdb
import numpy as np
import pyarrow as pa
from tests.traffic.owners import held, pool, strangers

from assay.traffic.clusters import clusters, members, shared
from assay.traffic.comparing import COMPARISONS
from assay.traffic.linkage import link


def weighed(pairs: list[tuple[str, str, float]]) -> duckdb.DuckDBPyConnection:
    """Open a database with these linked pairs."""
    left, right, weight = zip(*pairs, strict=True)
    table = pa.table({"account_l": list(left), "account_r": list(right), "weight": list(weight)})
    connection = duckdb.connect(config={"threads": 1})
    connection.register("given", table)
    connection.execute("CREATE TABLE linkage_records (unique_id VARCHAR, org INTEGER[])")
    zeros = ", ".join(f"0.0 AS {name}" for name in COMPARISONS)
    connection.execute(f"CREATE TABLE linkage_weights AS SELECT *, {zeros} FROM given")  # noqa: S608
    return connection


def chain(name: str, size: int, bits: float) -> list[tuple[str, str, float]]:
    return [(f"{name}{a:04}", f"{name}{b:04}", bits) for a, b in pairwise(range(size))]


def test_pools_are_clusters_and_what_they_share_is_told() -> None:
    herd = [(f"herd{number}", "org", "a firm") for number in range(9)]
    connection = held([*strangers(400), *pool("ring", 10, each=10), *pool("herd", 9), *herd])
    link(connection)
    found = clusters(connection)
    assert [cluster.declared for cluster in found] == [False, True]
    assert [len(cluster.accounts) for cluster in found] == [10, 9]
    assert all(len({name[:4] for name in cluster.accounts}) == 1 for cluster in found)
    assert dict(found[0].by).keys() == COMPARISONS.keys()
    assert members(found)["ring0"] == found[0].id
    told = {one.field: one for one in shared(connection, found)[found[0].id]}
    assert (told["payment"].values, told["payment"].holders) == (1, 10)
    assert (told["email"].values, told["email"].holders) == (1, 10)


def test_a_couple_is_no_cluster() -> None:
    assert clusters(weighed([("a", "b", 9.0), *chain("c", 3, 9.0)]))[0].accounts == (
        "c0000", "c0001", "c0002",
    )  # fmt: skip


def test_what_is_tied_by_a_weak_link_falls_apart_where_it_is_too_large() -> None:
    two = [*chain("a", 30, 12.0), *chain("b", 30, 12.0), ("a0000", "b0000", 4.5)]
    assert [len(c.accounts) for c in clusters(weighed(two))] == [60]
    cut = clusters(weighed(two), most=40)
    assert [len(c.accounts) for c in cut] == [30, 30]
    assert all(cluster.bits == 5.0 for cluster in cut)


def test_what_holds_together_at_every_threshold_stays_whole() -> None:
    found = clusters(weighed(chain("a", 3000, 20.0)), most=100)
    assert [len(cluster.accounts) for cluster in found] == [3000]


def test_no_order_of_pairs_changes_the_clusters() -> None:
    rng = np.random.default_rng(1)
    ends = rng.integers(0, 300, (400, 2))
    pairs = [(f"a{x}", f"a{y}", float(w)) for (x, y), w in zip(ends, rng.uniform(4, 20, 400))  # noqa: B905
             if x < y]  # fmt: skip
    shuffled = [pairs[i] for i in rng.permutation(len(pairs))]
    assert clusters(weighed(pairs), most=40) == clusters(weighed(shuffled), most=40)


def test_nothing_linked_is_no_cluster() -> None:
    connection = weighed([("a", "b", 9.0)])
    connection.execute("DELETE FROM linkage_weights")
    assert clusters(connection) == ()
