"""Scores of clusters by day: evidence alone, and nothing of what made the clusters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.traffic.derived import day_of, tables

from assay.traffic.cluster_days import days_measured
from assay.traffic.daily import daily
from assay.traffic.load import read
from assay.traffic.schema import COLUMNS
from assay.traffic.scoring import Weights
from assay.traffic.signals.roster import FOR_CLUSTERS, SIGNALS
from assay.traffic.simulate.mixture import campaigns_of
from assay.traffic.simulate.week import Week, simulate
from assay.traffic.warehouse import Tables, derive, limit

EVEN = Weights(weight={one.id: 1.0 for one in SIGNALS}, version={})
LINKAGE = [column.name for column in COLUMNS if column.use == "linkage"]


@pytest.fixture(scope="module")
def log() -> tuple[pa.Table, dict[str, str]]:
    """Two days of a hundred accounts, among them a relay pool of twelve; its clusters by truth."""
    made = simulate(Week(accounts=100, days=2, seed=3, campaigns=campaigns_of("relay:accounts=12")))
    table = pa.Table.from_batches(list(made.batches))
    truth = made.truth.to_pylist()
    return table, {row["account"]: row["campaign"] or f"group {row['group'] % 9}" for row in truth}


def derived(table: pa.Table, folder: Path) -> Tables:
    file = folder / f"{len(list(folder.iterdir()))}.parquet"
    pq.write_table(table, file)
    logs = read([str(file)])
    limit(logs.requests, threads=1)
    return derive(logs.requests)


@pytest.mark.slow
def test_permuting_linkage_of_requests_changes_nothing(
    log: tuple[pa.Table, dict[str, str]], tmp_path: Path
) -> None:
    """Every linkage column shuffled over all rows by itself; sums may differ in their last bit."""
    table, members = log
    rng = np.random.default_rng(1)
    shuffled = table
    for name in LINKAGE:
        at = shuffled.schema.get_field_index(name)
        order = pa.array(rng.permutation(table.num_rows))
        shuffled = shuffled.set_column(at, name, table[name].take(order))
    assert not shuffled["payment"].equals(table["payment"])
    found = daily(derived(table, tmp_path), members, EVEN)
    other = daily(derived(shuffled, tmp_path), members, EVEN)
    assert (found.clusters, found.days) == (other.clusters, other.days)
    np.testing.assert_allclose(found.score, other.score, rtol=1e-9)
    assert found.score.shape == (len(set(members.values())), 2)
    assert np.nanmax(found.score) > 0


def test_permuting_linkage_changes_nothing() -> None:
    """As below, on tables by hand: `links` and the linkage fields of accounts are dealt anew."""
    rng = np.random.default_rng(2)
    names = [f"a{i:02}" for i in range(24)]
    rows: dict[str, list[dict[str, Any]]] = {
        "days": [day_of(a, rng.uniform(0, 86_400, 40), d) for a in names for d in (0, 1)],
        "bins": [{"account": a, "bin": int(b), "requests": 3}
                 for a in names for b in rng.permutation(288)[:60]],
        "templates": [{"account": a, "day": d, "template": f"t{rng.integers(9)}", "requests": 20}
                      for a in names for d in (0, 1)],
        "models": [{"account": a, "day": d, "model": "m", "requests": 40}
                   for a in names for d in (0, 1)],
    }  # fmt: skip
    found = []
    for order in (range(24), rng.permutation(24)):
        linked = [{"org": f"o{i % 5}", "payment": f"p{i % 7}", "email": "free"} for i in order]
        held = [{"account": a, **one} for a, one in zip(names, linked, strict=True)]
        links = [{"account": a, "field": "payment", "value": one["payment"], "requests": 80}
                 for a, one in zip(names, linked, strict=True)]  # fmt: skip
        made = tables(accounts=held, links=links, **rows)
        members = {a: f"c{i % 4}" for i, a in enumerate(names)}
        found.append(daily(made, members, EVEN))
    one, other = found
    assert one.clusters == other.clusters == ("c0", "c1", "c2", "c3")
    assert one.days == other.days == (0, 1)
    np.testing.assert_allclose(one.score, other.score, rtol=1e-9)
    assert np.nanmax(one.score) > 0


def test_no_signal_of_clusters_needs_linkage() -> None:
    needed = {name for signal in FOR_CLUSTERS for name in signal.needs}
    assert needed.isdisjoint(LINKAGE)


@pytest.mark.slow
def test_a_later_day_changes_no_earlier_one(
    log: tuple[pa.Table, dict[str, str]], tmp_path: Path
) -> None:
    """Day one's raw signals are the same whether or not day two has happened."""
    table, members = log
    day = table["time"].cast(pa.timestamp("us")).cast(pa.int64()).to_numpy() // 86_400_000_000
    first = table.filter(pa.array(day == day.min()))
    some = {a: c for a, c in members.items() if a in set(first["account"].to_pylist())}
    whole, _ = days_measured(derived(table, tmp_path), some)
    alone, _ = days_measured(derived(first, tmp_path), some)
    assert whole.units == alone.units
    assert np.count_nonzero(~np.isnan(alone.value)) > 50
    # Sums of another order may differ in their last bit.
    np.testing.assert_allclose(whole.value[:, 0], alone.value[:, 0], rtol=1e-9)
