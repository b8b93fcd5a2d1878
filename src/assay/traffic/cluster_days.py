"""What do the signals say of each cluster on each day? From evidence alone, never from linkage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from assay.traffic.measuring import Measured, measure
from assay.traffic.schema import COLUMNS
from assay.traffic.scoring import Usual
from assay.traffic.signals.releases import Release
from assay.traffic.signals.roster import FOR_CLUSTERS
from assay.traffic.signals.units import Signal, Units
from assay.traffic.warehouse import Tables

__all__ = ["EVERY", "TOGETHER", "days_measured", "normalised"]

Floats = NDArray[np.float64]
EVERY = frozenset(column.name for column in COLUMNS)

TOGETHER = 5.0
"""Standard deviations at which what accounts do together counts no more: one day is one day."""


def days_measured(
    tables: Tables,
    members: Mapping[str, str],
    *,
    ordinary: frozenset[str] = frozenset(),
    present: frozenset[str] = EVERY,
    releases: tuple[Release, ...] | None = None,
) -> tuple[Measured, Usual]:
    """What do signals say of clusters by day, and what is usual for an account's day?

    A day's signals rest on that day and on earlier ones. What is usual is what the account-days of
    some honest accounts say, of later days too. Clusters with such an account are no references:
    then no cluster is treated unlike another, and one that nobody vetted is exchangeable with
    references if it is honest. (When all accounts said it, a large campaign made itself usual.)

    Parameters
    ----------
    tables
        Derived from the logs; `links` and the linkage fields of `accounts` are never read.
    members
        Cluster of each account; accounts that are not named belong to none.
    ordinary
        Honest accounts that say what is usual; none: all accounts say it.
    present
        Columns that the logs really had.
    releases
        Models that came out; None: found in the logs.
    """
    if not ordinary:
        everybody = tables.accounts.select("account").to_pyarrow()["account"].to_pylist()
        ordinary = frozenset(everybody)
    accounts = Units(
        tables=tables, daily=True, present=present, releases=releases, reference=ordinary
    )
    single = measure(_alone(), accounts)
    theirs = np.array([name in ordinary for name in single.units], dtype=np.bool_)
    clusters = replace(accounts, members=members)
    return measure(FOR_CLUSTERS, clusters), Usual.of(single.signals, single.value[theirs])


def normalised(found: Measured, usual: Usual) -> Floats:
    """Put every signal on one scale: ranks among account-days, or standard deviations as they are.

    What accounts do together has no counterpart in one account; its own null is independence.
    """
    normal = usual.normal(found.signals, found.value)
    for at, signal in enumerate(FOR_CLUSTERS):
        if signal.unit == "cluster":
            normal[..., at] = np.clip(found.value[..., at], -TOGETHER, TOGETHER)
    return normal


def _alone() -> tuple[Signal, ...]:
    return tuple(one for one in FOR_CLUSTERS if one.unit == "account")
