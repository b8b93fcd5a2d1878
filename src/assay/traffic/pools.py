"""Clusters whose accounts carry on each other's conversations after failures.

Relays do, and so do resellers and customers' own routers; the logs do not tell them
apart (`bench/traffic_pools.py`). So none of these is flagged, and no error rate is stated: they
are a question, which a list of authorised resellers answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis
import pyarrow as pa

from assay.core.cases import Pool
from assay.traffic.clusters import Cluster

__all__ = ["LEAST", "pools"]

LEAST = 5
"""Conversations that went on in another account of the cluster after a failure."""


def pools(handoffs: ibis.Table, clusters: Sequence[Cluster]) -> tuple[Pool, ...]:
    """Which clusters hand conversations on, most first?

    Parameters
    ----------
    handoffs
        Of the derived tables.
    clusters
        Those that nobody vetted.

    Returns
    -------
    None where no conversation or status is known.
    """
    accounts = {one.id: one.accounts for one in clusters}
    return tuple(
        Pool(accounts=accounts[row["id"]], **row)
        for row in _moves(handoffs, accounts).to_pyarrow().to_pylist()
    )


def _moves(handoffs: ibis.Table, accounts: Mapping[str, Sequence[str]]) -> ibis.Table:
    """Count moves between accounts of one cluster."""
    pairs = [(name, unit) for unit, names in accounts.items() for name in names]
    columns = {
        column: pa.array([pair[at] for pair in pairs], pa.string())
        for at, column in enumerate(("from_account", "unit"))
    }
    members = ibis.memtable(pa.table(columns))
    others = members.select(to_account="from_account", other="unit")
    rows = handoffs.join(members, "from_account").join(others, "to_account")
    within = (
        rows.filter(rows.unit == rows.other)
        .group_by(id="unit")
        .agg(moves=rows.handoffs.sum(), after_failure=rows.after_failure.sum())
    )
    busy = within.filter(within.after_failure >= LEAST)
    return busy.order_by(ibis.desc("after_failure"), "id")
