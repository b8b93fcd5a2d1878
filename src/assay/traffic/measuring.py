"""What do the signals say of every unit? One array, and why each number is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from assay.traffic.signals.table import dense, listed
from assay.traffic.signals.units import Signal, Units

__all__ = ["Measured", "measure"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Signals of units: shape (units, signals), or (units, days, signals)."""

    units: tuple[str, ...]
    days: tuple[int, ...]
    """Since 1970; empty where it is one number over all days."""
    signals: tuple[str, ...]
    value: Floats
    """NaN where a signal abstains."""
    reasons: Mapping[str, Mapping[str, int]]
    """Of each signal: why it abstained, and of how many units, or units and days."""


def measure(signals: Sequence[Signal], units: Units) -> Measured:
    """What do these signals say of these units?

    A signal whose columns the logs lack is not asked, and abstains from all.

    Parameters
    ----------
    signals
        From `signals.roster`.
    units
        Tables, and by whom they are told apart.
    """
    names, days = _names(units), _days(units)
    shape = (len(names), len(days)) if units.daily else (len(names),)
    value = np.full((*shape, len(signals)), np.nan)
    reasons: dict[str, dict[str, int]] = {}
    for at, signal in enumerate(signals):
        missing = [column for column in signal.needs if column not in units.present]
        if not missing:
            found = signal.measure(units)
            value[..., at] = dense(found, names, days if units.daily else None)
        why = f"no {' and no '.join(missing)}" if missing else signal.too_little
        absent = int(np.isnan(value[..., at]).sum())
        reasons[signal.id] = {why: absent} if absent else {}
    return Measured(
        units=tuple(names.to_pylist()),
        days=tuple(days.to_pylist()) if units.daily else (),
        signals=tuple(signal.id for signal in signals),
        value=value,
        reasons=reasons,
    )


def _names(units: Units) -> pa.Array:
    if units.members is not None:
        return pa.array(sorted(set(units.members.values())), pa.string())
    return listed(units.tables.accounts.select("account").to_pyarrow()["account"])


def _days(units: Units) -> pa.Array:
    table = units.tables.days.select("day").distinct().to_pyarrow()
    return listed(table["day"].cast(pa.int64()))
