"""Accounts that share one load among them: their sum is smoother than chance would make it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from assay.traffic.features.clock import BIN
from assay.traffic.signals.units import Unit, Units

__all__ = ["JointSmoothness", "OnTimes", "smoother"]

Floats = NDArray[np.float64]
BINS = 24 * 60 // BIN


def smoother(load: Floats, *, shifts: int, seed: int) -> float:
    """How much less does the sum vary than if each account kept a clock of its own?

    Each account's day is turned by a random number of bins, again and again: that keeps how each
    varies and breaks only how they vary together. A common day and night make the sum rougher than
    that, so honest accounts of one place are below 0.

    Parameters
    ----------
    load
        Shape (accounts, bins), not negative.
    shifts
        Random turns, at least 2.

    Returns
    -------
    Standard deviations below the mean of the turned sums' variance; NaN where turning changes
    nothing.

    Examples
    --------
    >>> halves = np.kron(np.eye(2), np.ones(24))
    >>> smoother(halves, shifts=99, seed=1) > 1.5 > 0 > smoother(halves[[0, 0]], shifts=99, seed=1)
    True
    """
    rng = np.random.default_rng(seed)
    accounts, bins = load.shape
    twice = np.concatenate([load, load], axis=1)
    rows, steps = np.arange(accounts)[:, None], np.arange(bins)
    starts = rng.integers(0, bins, (shifts, accounts, 1))
    turned = np.array([twice[rows, start + steps].sum(axis=0).var() for start in starts])
    spread = float(turned.std(ddof=1))
    # Rounding alone makes 1e-16 of a sum that no turn can change.
    if spread <= 1e-9 * max(float(turned.mean()), 1e-300):
        return float("nan")
    return float((turned.mean() - load.sum(axis=0).var()) / spread)


def _each(units: Units, most: int) -> Iterator[tuple[str, int, Floats]]:
    """Cluster-days with their accounts' loads, shape (accounts, 144); the busiest where many."""
    rows = units.keyed(units.tables.bins)
    table = rows.select("unit", "account", "bin", "requests").to_pyarrow()
    name, account = (_codes(table[c]) for c in ("unit", "account"))
    at = table["bin"].to_numpy().astype(np.int64)
    requests = table["requests"].to_numpy().astype(np.float64)
    day = at // BINS
    order = np.lexsort((account[0], day, name[0]))
    key = np.stack([name[0][order], day[order]])
    edges = np.flatnonzero(np.any(np.diff(key, axis=1), axis=0)) + 1
    for low, high in pairwise([0, *edges.tolist(), order.size] if order.size else [0]):
        mine = order[low:high]
        _, who = np.unique(account[0][mine], return_inverse=True)
        load = np.zeros((who.max() + 1, BINS))
        np.add.at(load, (who, at[mine] % BINS), requests[mine])
        busiest = np.argsort(-load.sum(axis=1), kind="stable")[:most]
        yield name[1][name[0][mine[0]]], int(day[mine[0]]), load[busiest]


def _codes(column: pa.ChunkedArray) -> tuple[NDArray[np.int64], list[str]]:
    values = np.asarray(column.to_pylist(), dtype=np.str_)
    names, codes = np.unique(values, return_inverse=True)
    return codes.astype(np.int64), names.tolist()


def _measured(units: Units, most: int, value: Callable[[Floats, int], float]) -> pa.Table:
    """Measure each cluster-day, seeded by what it holds and not by where it stands."""
    found: dict[tuple[str, int], float] = {}
    for unit, day, load in _each(units, most):
        enough = load.shape[0] >= 3 and load.sum() >= 3 * load.shape[0]
        seed = int(units.seed + day + 1_000_003 * int(load.sum()))
        found[unit, day] = value(load, seed) if enough else float("nan")
    table = pa.table(
        {
            "unit": pa.array([unit for unit, _ in found], pa.string()),
            "day": pa.array([day for _, day in found], pa.int64()),
            "value": pa.array(found.values(), pa.float64(), from_pandas=True),
        }
    )
    if units.daily:
        return table
    return table.group_by("unit").aggregate([("value", "mean")]).rename_columns(["unit", "value"])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Joint:
    """What both have, but for which load of an account is summed."""

    id: ClassVar[str]
    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ("time",)
    unit: ClassVar[Unit] = "cluster"
    linkage: ClassVar[bool] = False
    too_little: ClassVar[str] = "no day with three accounts and three requests of each"
    shifts: int = 99
    most: int = 500
    """Accounts of a cluster that are looked at, the busiest."""

    def measure(self, units: Units) -> pa.Table:
        """Return standard deviations below independence, for each day of a cluster."""
        return _measured(
            units,
            self.most,
            lambda load, seed: smoother(self._counted(load), shifts=self.shifts, seed=seed),
        )

    @staticmethod
    def _counted(load: Floats) -> Floats:
        return load


@dataclass(frozen=True, slots=True, kw_only=True)
class JointSmoothness(_Joint):
    """Is the load of a cluster smoother than that of accounts that know nothing of each other?

    The variance of the summed requests of ten minutes, against that of accounts whose days are
    turned by chance. Roots of requests are summed, so that one burst does not decide.

    Fails when: an honest router balances its load over its own accounts; a pool is so small that
    each account is busy all the time.
    References: none; disclosed pools are said to balance load.
    """

    id: ClassVar[str] = "joint-smoothness"

    @staticmethod
    def _counted(load: Floats) -> Floats:
        return np.sqrt(load)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnTimes(_Joint):
    """Do the accounts of a cluster take turns, so that about as many are at work at any time?

    As joint smoothness, of how many accounts are active in each ten minutes.

    Fails when: shifts of honest workers take turns too; accounts are active all day.
    References: none; relay pools hand the load from account to account.
    """

    id: ClassVar[str] = "on-times"

    @staticmethod
    def _counted(load: Floats) -> Floats:
        return (load > 0).astype(np.float64)
