"""Daily totals that say nothing of any one account: differentially private, by OpenDP."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import duckdb

from assay.core.errors import BadConfig
from assay.core.loading import load_attribute

__all__ = ["CAP", "DailyTotals", "daily_totals"]

CAP = 1000
"""Requests of an account on a day that are counted: fixed, since one chosen from the data tells."""

BY_DAY = """SELECT day, count(*), sum(least(n, ?))::BIGINT FROM (
    SELECT account, time::DATE AS day, count(*) AS n FROM requests GROUP BY ALL)
    GROUP BY day ORDER BY day"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyTotals:
    """Noisy totals by day. What is protected is an account, in all its days together."""

    epsilon: float
    cap: int
    days: tuple[str, ...]
    accounts: tuple[int, ...]
    requests: tuple[int, ...]


def daily_totals(
    requests: duckdb.DuckDBPyConnection, *, epsilon: float, cap: int = CAP
) -> DailyTotals:
    """How many accounts asked how much on each day, so that no account can be told from it?

    One account changes the count of each day by at most 1 and the capped sum by at most `cap`, on
    all days: that is the sensitivity, and half of epsilon goes to counts, half to sums. Which days
    there are is taken as public.

    Parameters
    ----------
    requests
        A connection with the table `requests`.
    epsilon
        Of this release, of all its numbers together. Further releases add theirs.
    cap
        Requests of an account on a day that are counted.

    Raises
    ------
    BadConfig
        For epsilon or a cap that is not positive.
    MissingExtra
        OpenDP is not installed.

    References
    ----------
    Dwork, McSherry, Nissim & Smith 2006, doi 10.1007/11681878_14.
    """
    if not (math.isfinite(epsilon) and epsilon > 0 and cap > 0):
        msg = f"epsilon {epsilon} and cap {cap} must be above 0\n  next: --dp-epsilon 1"
        raise BadConfig(msg)
    found = requests.execute(BY_DAY, [cap]).fetchall()
    days = [row[0].isoformat() for row in found]
    counts = _noisy([row[1] for row in found], len(days), epsilon / 2)
    sums = _noisy([row[2] for row in found], len(days) * cap, epsilon / 2)
    return DailyTotals(epsilon=epsilon, cap=cap, days=tuple(days), accounts=counts, requests=sums)


def _noisy(values: list[int], sensitivity: int, epsilon: float) -> tuple[int, ...]:
    """Add noise to whole numbers of which one account changes so much in all."""
    opendp: Any = load_attribute("opendp.prelude:m")
    domain: Any = load_attribute("opendp.prelude:vector_domain")
    atoms: Any = load_attribute("opendp.prelude:atom_domain")
    distance: Any = load_attribute("opendp.prelude:l1_distance")
    load_attribute("opendp.prelude:enable_features")("contrib")
    mechanism = opendp.make_laplace(
        domain(atoms(T=int)), distance(T=int), scale=sensitivity / epsilon
    )
    spent = mechanism.map(sensitivity)
    if spent > epsilon * (1 + 1e-9):
        msg = f"the mechanism would spend {spent} of {epsilon}"
        raise ValueError(msg)
    return tuple(max(int(value), 0) for value in mechanism(values))
