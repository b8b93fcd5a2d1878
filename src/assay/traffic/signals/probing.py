"""Trying out, then scaling up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from assay.traffic.signals.table import dense, listed
from assay.traffic.signals.units import Unit, Units

__all__ = ["Probing", "scaled_up"]

Floats = NDArray[np.float64]


def scaled_up(requests: Floats, new: Floats, *, floor: float) -> Floats:
    """How much did it scale up, up to each day, what was tried out on a day before?

    For a day and an earlier one: the share of the earlier day's requests that were first uses of a
    template, times the share of this day's that were not, times the logarithm of growth between
    them; the largest over earlier days.

    Parameters
    ----------
    requests, new
        Requests of each day and those among them that used a template for the first time, shape
        (units, days); 0 where there were none.
    floor
        Requests that are added to the earlier day, so that growth from nothing is no growth.

    Examples
    --------
    >>> grown = scaled_up(np.array([[50.0, 900.0, 900.0]]), np.array([[40.0, 9.0, 0.0]]), floor=10)
    >>> grown.round(2).tolist()
    [[nan, 1.79, 1.81]]
    """
    found = np.full(requests.shape, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        tried = new / (requests + floor)
        repeated = np.where(requests > 0, 1 - new / requests, 0.0)
        for day in range(1, requests.shape[1]):
            growth = np.log(requests[:, [day]] / (requests[:, :day] + floor))
            worth = tried[:, :day] * np.maximum(growth, 0.0)
            found[:, day] = repeated[:, day] * worth.max(axis=1)
    found[requests == 0] = np.nan
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Probing:
    """Was there a day of many new templates, and then many more requests with few of them?

    Fails when: an honest team develops a prompt and releases it, which looks the same; probing was
    done from other accounts, or before these days.
    References: none; one lab was seen to try more than 12,000 techniques before it scaled up.
    """

    id: ClassVar[str] = "probing"
    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ("template",)
    unit: ClassVar[Unit] = "account"
    linkage: ClassVar[bool] = False
    too_little: ClassVar[str] = "fewer than two days with a template"
    floor: float = 20.0

    def measure(self, units: Units) -> pa.Table:
        """Return the largest scale-up of what was tried, up to each day or over all days."""
        rows = units.keyed(units.tables.templates)
        asked = rows.group_by("unit", "day").agg(value=rows.requests.sum().cast("float64"))
        firsts = rows.group_by("unit", "template").agg(day=rows.day.min())
        new = firsts.group_by("unit", "day").agg(value=firsts.count().cast("float64"))
        table = asked.to_pyarrow()
        names, days = listed(table["unit"]), listed(table["day"])
        requests = np.nan_to_num(dense(table, names, days))
        grown = scaled_up(
            requests, np.nan_to_num(dense(new.to_pyarrow(), names, days)), floor=self.floor
        )
        unit, day = np.nonzero(~np.isnan(grown))
        found = pa.table(
            {"unit": names.take(pa.array(unit)), "day": days.take(pa.array(day)),
             "value": grown[unit, day]}
        )  # fmt: skip
        if units.daily:
            return found
        return (
            found.group_by("unit").aggregate([("value", "max")]).rename_columns(["unit", "value"])
        )
