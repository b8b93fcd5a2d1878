"""What accounts did cannot change who is linked: evidence is shuffled, clusters stay."""

import duckdb
import numpy as np
import pyarrow as pa
from tests.traffic.owners import pool, strangers

from assay.traffic.clusters import Cluster, clusters
from assay.traffic.engines import DuckDB, requests_schema
from assay.traffic.features.holders import addresses, links, standing
from assay.traffic.linkage import link
from assay.traffic.schema import COLUMNS

NUMBERS = ("count", "number")
EVIDENCE = [
    one for one in COLUMNS if one.use == "evidence" and one.kind in (*NUMBERS, "label", "token")
]


def formed(order: np.ndarray) -> tuple[Cluster, ...]:
    """Form clusters from requests whose evidence is dealt out in this order."""
    held: dict[str, dict[str, str]] = {}
    for account, field, value in [*strangers(100), *pool("ring", 8, each=8)]:
        held.setdefault(account, {})[field] = value
    rows = [{"account": account, **fields} for account, fields in held.items()]
    dealt = {
        one.name: [int(i) if one.kind in NUMBERS else f"{one.name}{i}" for i in order]
        for one in EVIDENCE
    }
    table = pa.Table.from_pylist(rows)
    for name, values in dealt.items():
        table = table.append_column(name, pa.array(values))
    connection = duckdb.connect(config={"threads": 1})
    engine = DuckDB(connection)
    engine.reader.create_table("requests", schema=requests_schema())
    connection.register("given", table)
    names = ", ".join(table.column_names)
    connection.execute(
        f"INSERT INTO requests (time, {names}) SELECT TIMESTAMP '2026-03-02', {names} FROM given"  # noqa: S608
    )
    timed = engine.requests()
    engine.create("early", links(standing(timed), addresses(timed)))
    link(connection, "early")
    return clusters(connection)


def test_shuffled_evidence_leaves_the_clusters() -> None:
    accounts = np.arange(108)
    found = formed(accounts)
    assert [len(cluster.accounts) for cluster in found] == [8]
    assert formed(np.random.default_rng(1).permutation(accounts)) == found
