"""Long tables of units and days as arrays, and back."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = ["dense", "listed", "within"]


def listed(column: pa.ChunkedArray) -> pa.Array:
    """Which different values are in a column, in order?

    Examples
    --------
    >>> listed(pa.chunked_array([["b", "a", "b"]])).to_pylist()
    ['a', 'b']
    """
    unique = pc.unique(column)
    return unique.take(pc.array_sort_indices(unique))


def within(column: pa.ChunkedArray, names: pa.Array) -> NDArray[np.int64]:
    """At which place of `names` is each value? -1 where it is not there."""
    found = pc.index_in(column, value_set=names.cast(column.type))
    return np.asarray(pc.fill_null(found, -1).to_numpy(), dtype=np.int64)


def dense(table: pa.Table, names: pa.Array, days: pa.Array | None = None) -> NDArray[np.float64]:
    """Put a table's `value` into an array by unit, and by day where days are given.

    Returns
    -------
    Shape (units,) or (units, days); NaN where there is no row, or nothing in it.

    Examples
    --------
    >>> table = pa.table({"unit": ["a", "b"], "value": [1.5, None]})
    >>> dense(table, pa.array(["a", "b", "c"])).tolist()
    [1.5, nan, nan]
    """
    value = table["value"].cast(pa.float64()).to_numpy()
    unit = within(table["unit"], names)
    if days is None:
        found = np.full(len(names), np.nan)
        found[unit[unit >= 0]] = value[unit >= 0]
        return found
    day = within(table["day"], days)
    known = (unit >= 0) & (day >= 0)
    found = np.full((len(names), len(days)), np.nan)
    found[unit[known], day[known]] = value[known]
    return found
