"""What did each cluster do on each day, and which signals say so? From evidence alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from assay.traffic.cluster_days import EVERY, days_measured, normalised
from assay.traffic.scoring import Weights, adds
from assay.traffic.signals.releases import Release
from assay.traffic.signals.table import dense
from assay.traffic.signals.units import Units
from assay.traffic.warehouse import Tables

__all__ = ["Daily", "daily"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Daily:
    """What clusters did on each day: shapes (clusters, days), `adds` (clusters, days, signals)."""

    clusters: tuple[str, ...]
    days: tuple[int, ...]
    """Since 1970."""
    score: Floats
    """NaN on days without requests."""
    adds: Floats
    """What each signal adds to the score."""
    signals: tuple[str, ...]
    requests: Floats
    accounts: Floats


def daily(
    tables: Tables,
    members: Mapping[str, str],
    weights: Weights,
    *,
    ordinary: frozenset[str] = frozenset(),
    present: frozenset[str] = EVERY,
    releases: tuple[Release, ...] | None = None,
) -> Daily:
    """How much like harvesting was each cluster on each day, and by which signals?

    Parameters
    ----------
    tables
        Derived from the logs.
    members
        Cluster of each account.
    weights
        Of clusters.
    ordinary, present, releases
        As of `assay.traffic.cluster_days.days_measured`.
    """
    found, usual = days_measured(
        tables, members, ordinary=ordinary, present=present, releases=releases
    )
    normal = normalised(found, usual)
    parts = adds(weights, found.signals, normal)
    names, days = pa.array(found.units, pa.string()), pa.array(found.days, pa.int64())
    rows = Units(tables=tables, members=members).keyed(tables.days)
    requests, accounts = (
        dense(rows.group_by("unit", "day").agg(value=value).to_pyarrow(), names, days)
        for value in (rows.requests.sum(), rows.account.nunique())
    )
    scores = parts.sum(axis=-1)
    scores[np.isnan(requests)] = np.nan
    return Daily(
        clusters=found.units,
        days=found.days,
        score=scores,
        adds=parts,
        signals=found.signals,
        requests=np.nan_to_num(requests),
        accounts=np.nan_to_num(accounts),
    )
