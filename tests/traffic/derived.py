"""Derived tables by hand: only the columns that a test names, the rest empty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from assay.traffic.warehouse import Tables

STAMP = pa.timestamp("us")
TEXT = ("account", "template", "model", "field", "value", "from_account", "to_account", "harness",
        "vetted", "org", "payment", "tier", "email")  # fmt: skip
NUMBERS = ("gap_cv", "gap_mean")
COLUMNS = {
    "accounts": ("account", "requests", "org", "created", "quota", "payment", "vetted", "harness"),
    "days": ("account", "day", "requests", "input_tokens", "output_tokens", "reasoning_tokens",
             "errors", "sessions", "hours", "gap_cv", "minute_squares", "first_minute",
             "last_minute"),
    "bins": ("account", "bin", "requests"),
    "templates": ("account", "day", "template", "requests"),
    "models": ("account", "day", "model", "requests"),
    "links": ("account", "field", "value", "requests"),
    "handoffs": ("from_account", "to_account", "day", "handoffs", "after_failure"),
}  # fmt: skip


def kind(column: str) -> pa.DataType:
    if column == "created":
        return STAMP
    if column in TEXT:
        return pa.string()
    return pa.float64() if column in NUMBERS else pa.int64()


def tables(**rows: Sequence[dict[str, Any]]) -> Tables:
    """Make tables of rows; accounts that only stand elsewhere are added."""
    named = {row["account"] for part in rows.values() for row in part if "account" in row}
    told = {row["account"] for row in rows.get("accounts", ())}
    accounts = [*rows.get("accounts", ()), *({"account": a} for a in sorted(named - told))]
    made = {}
    for name, columns in COLUMNS.items():
        part = accounts if name == "accounts" else rows.get(name, ())
        arrays = {c: pa.array([row.get(c) for row in part], kind(c)) for c in columns}
        made[name] = ibis.memtable(pa.table(arrays))
    return Tables(**made)


def day_of(account: str, times: NDArray[np.float64], day: int = 0) -> dict[str, Any]:
    """Describe the arrivals of a day, in seconds since midnight, as the warehouse would."""
    times = np.sort(times)
    gaps, counts = np.diff(times), np.bincount((times // 60).astype(int))
    return {
        "account": account,
        "day": day,
        "requests": times.size,
        "gap_cv": float(gaps.std(ddof=1) / gaps.mean()),
        "minute_squares": int((counts**2).sum()),
        "first_minute": int(times[0] // 60),
        "last_minute": int(times[-1] // 60),
        "hours": int(np.unique(times // 3600).size),
    }
