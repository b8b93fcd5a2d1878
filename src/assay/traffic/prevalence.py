"""Of a hundred such alerts, how many are innocent? The arithmetic of base rates, with its doubt."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from assay.stats.intervals import clopper_pearson

__all__ = ["Alerts", "Rate", "innocent_of", "precision"]


@dataclass(frozen=True, slots=True)
class Rate:
    """How often, of how many, and between which exact bounds?

    Examples
    --------
    >>> Rate.of(0, 30_000)  # doctest: +ELLIPSIS
    Rate(hits=0, trials=30000, low=0.0, high=0.000122...)
    """

    hits: int
    trials: int
    low: float
    high: float

    @classmethod
    def of(cls, hits: int, trials: int, *, level: float = 0.95) -> Rate:
        """Return a counted rate with its exact bounds; ValueError where it is none."""
        return cls(hits, trials, *clopper_pearson(hits, trials, level))


@dataclass(frozen=True, slots=True)
class Alerts:
    """Of a hundred alerts, how many concern the innocent: as counted, at best and at worst.

    None where nobody at all would be alerted.
    """

    prevalence: float
    innocent: float | None
    best: float | None
    worst: float | None


def precision(
    prevalence: float | str | Fraction, tpr: float | str | Fraction, fpr: float | str | Fraction
) -> Fraction | None:
    """Which share of alerts is right, where this share of the units is guilty?

    Exact: texts ("0.0025") and fractions are taken as written, no rounding enters.

    Returns
    -------
    None where nobody is alerted.

    Raises
    ------
    ValueError
        For a rate outside 0 to 1.

    Examples
    --------
    >>> precision("0.01", "0.9", "0.003")
    Fraction(100, 133)
    """
    share, hit, false = (Fraction(value) for value in (prevalence, tpr, fpr))
    if not all(0 <= value <= 1 for value in (share, hit, false)):
        msg = f"rates lie within 0 and 1, got {prevalence}, {tpr}, {fpr}"
        raise ValueError(msg)
    right, wrong = share * hit, (1 - share) * false
    return right / (right + wrong) if right + wrong else None


def innocent_of(prevalence: float, *, tpr: Rate, fpr: Rate) -> Alerts:
    """Of a hundred such alerts, how many are innocent, if this share of the units is guilty?

    Parameters
    ----------
    prevalence
        Share of guilty units, 0 to 1: stated by whoever asks, never estimated from the alerts.
    tpr, fpr
        Counted on known cases. The best and the worst answer take both bounds at once, each
        against the other: together they hold with nearly the confidence of both.

    Examples
    --------
    >>> alerts = innocent_of(0.0025, tpr=Rate.of(90, 100), fpr=Rate.of(4, 100_000))
    >>> round(alerts.innocent), round(alerts.best), round(alerts.worst)
    (2, 0, 5)
    """
    counted = (Fraction(tpr.hits, tpr.trials), Fraction(fpr.hits, fpr.trials))
    return Alerts(
        prevalence=prevalence,
        innocent=_innocent(prevalence, *counted),
        best=_innocent(prevalence, tpr.high, fpr.low),
        worst=_innocent(prevalence, tpr.low, fpr.high),
    )


def _innocent(prevalence: float, tpr: float | Fraction, fpr: float | Fraction) -> float | None:
    right = precision(prevalence, tpr, fpr)
    return None if right is None else float(100 * (1 - right))
