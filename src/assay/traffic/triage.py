"""Which customers are worth a look? One p-value each, against those that a person found honest.

A customer is all accounts of one organisation or payer: a reseller's fifty score alike, and are
vetted, or not, together. Whoever counts them as fifty flags a whole honest pool as soon as the
highest one happens to be unvetted: half of what was flagged in four simulated weeks was innocent,
where 5 % was promised. So a customer is one hypothesis, by the mean score of its accounts.

The reference is split by chance, whole groups together, into three parts with one use each: `fit`
(what a usual value is), `calibration` (the p-values), `held` (are the p-values right this week?).
Customers are compared inside a stratum of volume and tenure. Strata are merged, by their sizes
alone and never by scores, until each can flag: its smallest p-value is 1/(n + 1), and
Benjamini-Hochberg over m customers finds k of them only where that is at most q k / m.

The false discovery rate over all strata is at most q: lower the level t from 1 until m t <= q R(t).
In every stratum the tested honest accounts at or above its cut, over one plus the calibration
accounts there, is a supermartingale in t, with expectation at most tested / (n + 1) at any stopping
time, and the level at which Benjamini-Hochberg stops is one. No dependence between p-values of
different strata is assumed away.

This is triage: it chooses whom to look at, and nobody is acted upon for it alone.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from assay.stats.conformal import bh, p_values
from assay.traffic.drift import Check, check
from assay.traffic.strata import Stratum, merge

__all__ = ["Part", "Scored", "Triage", "part", "triage"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Part = Literal["fit", "calibration", "held"]

SHARES: tuple[tuple[Part, float], ...] = (("fit", 0.25), ("calibration", 0.65), ("held", 0.10))
"""Most goes where power comes from; a tenth of some thousands is enough to see p-values drift."""


def part(group: str, *, seed: int) -> Part:
    """For what is an honest account used? Drawn for its whole group, so that no group is in two.

    Parameters
    ----------
    group
        The organisation or payer; the account itself where neither is known.

    Examples
    --------
    >>> part("someone", seed=1) == part("someone", seed=1)
    True
    """
    digest = hashlib.blake2b(f"{seed}\0{group}".encode(), digest_size=8).digest()
    drawn = int.from_bytes(digest, "big") / 2**64
    below = 0.0
    for name, share in SHARES:
        below += share
        if drawn < below:
            return name
    return "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """Scores of accounts, the cells they are compared in, and the groups they belong to."""

    score: Floats
    cell: Ints
    group: Sequence[str] = ()
    """Customer of each account; empty: every account is its own."""

    def __post_init__(self) -> None:
        if np.isnan(self.score).any() or self.score.shape != self.cell.shape:
            msg = "each account needs one score and one cell"
            raise ValueError(msg)

    def within(self, stratum: Stratum) -> NDArray[np.bool_]:
        """Which of them belong to this stratum?"""
        return np.isin(self.cell, stratum.cells)

    def customers(self) -> tuple[Scored, Ints]:
        """Return each customer's mean score and middle cell, and the customer of each account."""
        if not self.group:
            return self, np.arange(self.score.size)
        _, row = np.unique(np.asarray(self.group, dtype=np.str_), return_inverse=True)
        size = np.bincount(row)
        ordered = np.lexsort((self.cell, row))
        middle = ordered[np.cumsum(size) - size + (size - 1) // 2]
        mean = np.bincount(row, self.score) / size
        return Scored(score=mean, cell=self.cell[middle]), row.astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Triage:
    """Which accounts stand out, with their customers, at which rate of false discoveries?"""

    p: Floats
    """Of each account's customer."""
    flagged: NDArray[np.bool_]
    """Is its customer?"""
    customers: int
    """How many were tested."""
    honest: int
    """How many of those found honest are there to compare with, or were held back."""
    reached: int
    """How many of them score as high as a flagged one of their stratum."""
    q: float
    strata: tuple[Stratum, ...]
    smallest: int
    """The fewest customers that could be flagged at all; more than were hoped for: no power."""
    check: Check
    abstained: str = ""
    """Why nobody is flagged, where p-values cannot be trusted."""


def triage(
    tested: Scored, calibration: Scored, held: Scored, *, q: float = 0.05, k: int = 20
) -> Triage:
    """Which accounts stand out from the honest ones?

    Parameters
    ----------
    tested, calibration, held
        Accounts nobody looked at; honest ones to compare with; honest ones to check that with.
    q
        False discovery rate over all tested customers.
    k
        The smallest number of harvesting customers that it should be able to find.

    Raises
    ------
    ValueError
        For q or k out of range, or missing scores.

    Examples
    --------
    >>> at = lambda *scores: Scored(score=np.array(scores), cell=np.zeros(len(scores), dtype=int))
    >>> found = triage(at(9.0, 0.5), at(*np.arange(99) / 99), at(0.2, 0.7), k=1)
    >>> found.flagged.tolist(), float(found.p[0])
    ([True, False], 0.01)
    """
    if not 0 < q < 1 or k < 1:
        msg = f"q must be strictly between 0 and 1 and k at least 1, got {q} and {k}"
        raise ValueError(msg)
    units, row = tested.customers()
    known, kept = calibration.customers()[0], held.customers()[0]
    m = units.score.size
    strata = merge(units.cell, known.cell, math.ceil(m / (q * k)) - 1)
    p, pairs = np.ones(m), []
    for stratum in strata:
        mine, theirs = units.within(stratum), known.within(stratum)
        if mine.any() and theirs.any():
            p[mine] = p_values(units.score[mine], known.score[theirs])
        pairs.append((kept.score[kept.within(stratum)], known.score[theirs]))
    checked = check(pairs)
    why = _why_not(m, strata, checked)
    flagged = bh(p, q) if m and not why else np.zeros(m, dtype=bool)
    return Triage(
        p=p[row],
        flagged=flagged[row],
        customers=m,
        honest=known.score.size + kept.score.size,
        reached=sum(_reached(units, flagged, (known, kept), one) for one in strata),
        q=q,
        strata=strata,
        smallest=max((math.ceil(m / (q * (s.calibration + 1))) for s in strata if s.tested),
                     default=0),
        check=checked,
        abstained=why,
    )  # fmt: skip


def _reached(
    units: Scored, flagged: NDArray[np.bool_], honest: Sequence[Scored], stratum: Stratum
) -> int:
    alerted = units.score[flagged & units.within(stratum)]
    if not alerted.size:
        return 0
    scores = np.concatenate([one.score[one.within(stratum)] for one in honest])
    return int(np.count_nonzero(scores >= alerted.min()))


def _why_not(m: int, strata: Sequence[Stratum], checked: Check) -> str:
    if not m:
        return "no account was left to be tested"
    if not any(stratum.calibration for stratum in strata):
        return "no account was vetted as honest: there is nothing to compare with"
    return "" if checked.passed else f"honest accounts drifted: {checked.words}"
