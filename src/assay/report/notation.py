"""How numbers are written, the same in the terminal and in HTML."""

from __future__ import annotations

import math

from assay.core.evidence import Null, Scalar, Status

__all__ = [
    "NULL_MEANS",
    "STATUS_MEANS",
    "decimal",
    "e_value",
    "log10_e",
    "p_value",
    "percent",
    "power",
    "scalar",
]

SMALLEST_LOG = -6.0
"""Evidence below 10^-6 is drawn at 10^-6: how far below one it is changes nothing."""

NULL_MEANS = {
    Null.EXACT: "a recorded random act fixed what was tested",
    Null.MATCHED: "against controls that the model cannot have seen",
    Null.CALIBRATED: "error rates measured on models whose contamination is known",
    Null.NONE: "descriptive: shown, never flags",
}

STATUS_MEANS = {
    Status.FLAGGED: "the evidence reached the line that was fixed before the run",
    Status.CLEAN: "a leak of the stated size was itself tested and rejected",
    Status.UNDECIDED: "neither claim was established",
}


def e_value(value: float | None) -> str:
    """Write an e-value with two or three figures.

    Examples
    --------
    >>> [e_value(v) for v in (0.0123, 1, 42.4, 1234, 5.6e7, None)]
    ['0.012', '1.00', '42.4', '1,234', '5.6e7', 'none']
    """
    if value is None:
        return "none"
    if not math.isfinite(value):
        return "infinite" if value > 0 else "not a number"
    if value == 0:
        return "0"
    if value >= 1e5 or value < 1e-3:
        return _power(value)
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value >= 10 else f"{value:.{2 if value >= 0.1 else 3}f}"


def _power(value: float) -> str:
    mantissa, _, exponent = f"{value:.1e}".partition("e")
    return f"{mantissa}e{int(exponent)}"


def p_value(value: float | None) -> str:
    """Write a p-value without a false zero.

    Examples
    --------
    >>> [p_value(v) for v in (0.0123, 0.5, 2e-7, 1.0)]
    ['.012', '.50', '2.0e-7', '1']
    """
    if value is None:
        return "none"
    if value >= 0.995:
        return "1"
    if value < 0.0005:
        return _power(value) if value > 0 else "0"
    return f"{value:.{2 if value >= 0.1 else 3}f}".lstrip("0")


def percent(share: float) -> str:
    """Write a share as a percentage.

    Examples
    --------
    >>> percent(0.01), percent(0.125), percent(0.0005)
    ('1 %', '12.5 %', '0.05 %')
    """
    return f"{100 * share:.3g} %"


def power(exponent: int) -> str:
    """Write a power of ten.

    Examples
    --------
    >>> [power(n) for n in (-2, 0, 4, 12)]
    ['0.01', '1', '10,000', '1e12']
    """
    if exponent < -3 or exponent > 5:
        return f"1e{exponent}"
    return f"{10**exponent:,}" if exponent >= 0 else f"{10.0**exponent:.{-exponent}f}"


def decimal(value: float) -> str:
    """Write an estimate with three figures.

    Examples
    --------
    >>> decimal(0.70312), decimal(-12.5), decimal(1234.5)
    ('0.703', '-12.5', '1,234')
    """
    if not math.isfinite(value):
        return str(value)
    if abs(value) >= 1000:
        return f"{value:,.0f}" if abs(value) < 1e9 else _power(value)
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


def scalar(value: Scalar) -> str:
    """Write one parameter."""
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def log10_e(value: float | None) -> float:
    """Return log10 of an e-value, within what can be drawn; no e-value counts as 1."""
    if value is None or math.isnan(value):
        return 0.0
    if value <= 0:
        return SMALLEST_LOG
    return max(SMALLEST_LOG, min(math.log10(value), 300.0)) if math.isfinite(value) else 300.0
