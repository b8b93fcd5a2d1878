"""Whom may an account be compared with? Cells of volume and tenure, merged by size alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Stratum", "cells", "merge"]

Ints = NDArray[np.int64]
WEEK, QUARTER = 7.0, 90.0


def cells(daily: ArrayLike, age: ArrayLike) -> Ints:
    """Which accounts may be compared: how busy are they, and since when are they there?

    Parameters
    ----------
    daily
        Requests a day, shape (m,).
    age
        Days since the account was made, shape (m,); NaN where nobody says.

    Returns
    -------
    Shape (m,), four for each decade of volume: younger than a week, than a quarter, older, unknown.

    Examples
    --------
    >>> cells([5.0, 5.0, 500.0], [2.0, float("nan"), 200.0]).tolist()
    [0, 3, 10]
    """
    busy = np.floor(np.log10(np.maximum(np.asarray(daily, dtype=np.float64), 1.0)))
    known = np.asarray(age, dtype=np.float64)
    tenure = np.where(known < WEEK, 0, np.where(known < QUARTER, 1, 2))
    return np.asarray(4 * busy + np.where(np.isnan(known), 3, tenure), dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """Which cells were put together, and how many accounts are in them?"""

    cells: tuple[int, ...]
    tested: int
    calibration: int


def merge(tested: Ints, calibration: Ints, needed: int) -> tuple[Stratum, ...]:
    """Which neighbouring cells must be put together so that each can flag?

    The one with the fewest calibration accounts is joined with its smaller neighbour, as long as
    it has fewer than needed; cells without tested accounts bother nobody, and lend theirs.

    Parameters
    ----------
    tested, calibration
        Cells of the accounts, shapes (m,) and (n,).
    needed
        Calibration accounts for one stratum.

    Examples
    --------
    >>> cells_of = np.array([0, 0, 4, 4, 8])
    >>> [s.cells for s in merge(cells_of, cells_of, 2)]
    [(0,), (4, 8)]
    """
    names = sorted({*tested.tolist(), *calibration.tolist()})
    strata = [
        Stratum(
            cells=(one,),
            tested=int(np.count_nonzero(tested == one)),
            calibration=int(np.count_nonzero(calibration == one)),
        )
        for one in names
    ]
    while len(strata) > 1:
        short = [i for i, s in enumerate(strata) if s.tested and s.calibration < needed]
        if not short:
            break
        at = min(short, key=lambda i: strata[i].calibration)
        beside = [i for i in (at - 1, at + 1) if 0 <= i < len(strata)]
        with_ = min(beside, key=lambda i: strata[i].calibration)
        low = min(at, with_)
        strata[low : low + 2] = [_joined(strata[low], strata[low + 1])]
    return tuple(strata)


def _joined(one: Stratum, other: Stratum) -> Stratum:
    return Stratum(
        cells=one.cells + other.cells,
        tested=one.tested + other.tested,
        calibration=one.calibration + other.calibration,
    )
