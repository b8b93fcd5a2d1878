"""Clusters that hand conversations on: listed, never flagged."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.traffic.derived import tables
from tests.traffic.weighing import EVEN

from assay.traffic.clusters import Cluster
from assay.traffic.load import read
from assay.traffic.pools import LEAST, pools
from assay.traffic.scan import Asked, scan
from assay.traffic.simulate.mixture import campaigns_of
from assay.traffic.simulate.week import Week, simulate
from assay.traffic.simulate.writing import write_parquet


def cluster(name: str, *accounts: str) -> Cluster:
    return Cluster(id=name, accounts=accounts, bits=9.0, links=2, mean_bits=9.0, by=())


MOVED = (
    ("a", "b", 1, 4, 3), ("b", "a", 2, 3, 2), ("c", "d", 1, 9, 4), ("e", "f", 1, 8, None),
    ("a", "e", 1, 90, 80), ("g", "h", 1, 90, 90),
)  # fmt: skip
COLUMNS = ("from_account", "to_account", "day", "handoffs", "after_failure")
TABLES = tables(handoffs=[dict(zip(COLUMNS, row, strict=True)) for row in MOVED])


def test_moves_between_accounts_of_one_cluster_count() -> None:
    formed = (cluster("few", "c", "d"), cluster("silent", "e", "f"), cluster("one", "a", "b"))
    (found,) = pools(TABLES, formed)
    assert (found.id, found.accounts) == ("one", ("a", "b"))
    assert (found.moves, found.after_failure) == (7, LEAST)


def test_the_busiest_is_first() -> None:
    formed = (cluster("one", "a", "b"), cluster("two", "g", "h"))
    assert [one.id for one in pools(TABLES, formed)] == ["two", "one"]


def test_without_clusters_there_is_none() -> None:
    assert pools(TABLES, ()) == ()


@pytest.mark.slow
def test_a_relay_is_asked_about_and_a_template_campaign_is_not(tmp_path: Path) -> None:
    campaigns = campaigns_of("relay:accounts=30+template:accounts=30")
    made = simulate(Week(accounts=600, campaigns=campaigns, seed=7000))
    write_parquet(made, tmp_path / "week.parquet")
    logs = read([tmp_path / "week.parquet"])
    found = scan(logs, Asked(), learned=EVEN)
    logs.requests.close()
    owners = {row["account"]: row["campaign"] or "" for row in made.truth.to_pylist()}
    named = {owners[name].partition("-")[0] for one in found.pools for name in one.accounts}
    assert "relay" in named
    assert "template" not in named
    assert not {one.id for one in found.pools} & {one.id for one in found.campaigns}
