"""Numbers by lot, for millions of rows at once: the same key gives the same number anywhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

__all__ = ["Floats", "Hashes", "Ints", "Records", "from_quantiles", "hexadecimal", "keyed", "share"]

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]
Hashes = NDArray[np.uint64]
Records = NDArray[np.void]

STEP, FIRST, SECOND = (
    np.array([c], dtype=np.uint64)
    for c in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
)
"""Constants of splitmix64 (Steele, Lea and Flood 2014), as arrays: those overflow in silence."""
A, B, C = (np.uint64(n) for n in (30, 27, 31))
DIGITS = np.frombuffer("".join(f"{n:02x}" for n in range(256)).encode(), dtype=np.uint16)


def keyed(*parts: ArrayLike) -> Hashes:
    """Which 64 bits belong to this key? They look random, and are the same each time.

    Parameters
    ----------
    parts
        Whole numbers, arrays of one length or single ones; the order counts.

    Examples
    --------
    >>> bool(keyed(1, 2)[0] == keyed(1, 2)[0]), bool(keyed(1, 2)[0] == keyed(2, 1)[0])
    (True, False)
    """
    made = STEP
    for part in parts:
        mixed = (made ^ np.atleast_1d(np.asarray(part)).astype(np.uint64)) + STEP
        mixed = (mixed ^ (mixed >> A)) * FIRST
        mixed = (mixed ^ (mixed >> B)) * SECOND
        made = mixed ^ (mixed >> C)
    return made


def share(hashes: Hashes) -> NDArray[np.float32]:
    """Return each hash as a number between 0 and 1."""
    return (hashes >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-24)


def hexadecimal(values: Hashes, absent: NDArray[np.bool_] | None = None) -> pa.Array:
    """Write each number as 16 hexadecimal digits, in one go.

    Examples
    --------
    >>> hexadecimal(np.array([255], dtype=np.uint64)).to_pylist()
    ['00000000000000ff']
    """
    octets = np.ascontiguousarray(values).astype(">u8").view(np.uint8)
    offsets = np.arange(0, 16 * len(values) + 1, 16, dtype=np.int32)
    valid = None
    if absent is not None:
        valid = pa.py_buffer(np.packbits(~absent, bitorder="little"))
    buffers = [valid, pa.py_buffer(offsets), pa.py_buffer(DIGITS[octets])]
    return pa.Array.from_buffers(pa.string(), len(values), buffers)


def from_quantiles(tables: Floats, which: Ints, at: Floats) -> Floats:
    """Draw from distributions that are given by their quantiles.

    Parameters
    ----------
    tables
        Shape (distributions, points): quantiles at even steps from 0 to 1.
    which
        For each draw, the distribution.
    at
        For each draw, a number in [0, 1).

    Examples
    --------
    >>> from_quantiles(np.array([[0.0, 10.0, 40.0]]), np.array([0, 0]), np.array([0.25, 0.75]))
    array([ 5., 25.])
    """
    place = at * (tables.shape[1] - 1)
    low = place.astype(np.int32)
    lower = tables[which, low]
    drawn: Floats = lower + (place - low) * (tables[which, low + 1] - lower)
    return drawn
