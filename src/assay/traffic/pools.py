"""Clusters whose accounts carry on each other's conversations after failures.

Relays do, and so do resellers and customers' own routers; the logs do not tell them
apart (`bench/traffic_pools.py`). So none of these is flagged, and no error rate is stated: they
are a question, which a list of authorised resellers answers.
"""

from __future__ import annotations

from collections.abc import Sequence

import ibis

from assay.core.cases import Pool
from assay.traffic.clusters import Cluster, members
from assay.traffic.signals.units import Units
from assay.traffic.warehouse import Tables

__all__ = ["LEAST", "pools"]

LEAST = 5
"""Conversations that went on in another account of the cluster after a failure."""


def pools(tables: Tables, clusters: Sequence[Cluster]) -> tuple[Pool, ...]:
    """Which clusters hand conversations on, most first?

    Parameters
    ----------
    tables
        What was derived from the logs.
    clusters
        Those that nobody vetted.

    Returns
    -------
    None where no conversation or status is known.
    """
    moved = Units(tables=tables, members=members(clusters)).within()
    counted = moved.group_by(id="unit").agg(
        moves=moved.handoffs.sum(), after_failure=moved.after_failure.sum()
    )
    busy = counted.filter(counted.after_failure >= LEAST)
    rows = busy.order_by(ibis.desc("after_failure"), "id").to_pyarrow().to_pylist()
    accounts = {one.id: one.accounts for one in clusters}
    return tuple(Pool(accounts=accounts[row["id"]], **row) for row in rows)
