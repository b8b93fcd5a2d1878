"""What calibration found of an instrument, for people."""

from __future__ import annotations

import math

from assay.core.calibration import Measured

__all__ = ["measured_lines"]

UNCALIBRATED = "Not calibrated in this version."


def measured_lines(one: Measured | None) -> list[str]:
    """How often is this instrument wrong, what does it see, and what does it cost?

    Parameters
    ----------
    one
        What was measured of its version; None where nothing was.

    Examples
    --------
    >>> measured_lines(None)
    ['Not calibrated in this version.']
    """
    if one is None:
        return [UNCALIBRATED]
    low, high = one.box.parameters
    models = max((cell.models for cell in one.cells), default=0)
    several = "model" if models == 1 else "models"
    lines = [f"Calibrated on {models} trained {several} of {low:,} to {high:,} parameters."]
    if excess := one.excess():
        lines.append(
            f"**Demoted: descriptive.** It flagged {excess.flagged:,} of {excess.of:,} clean "
            f"cases at {excess.alpha:g}, which is surely more than that."
        )
    rates = (f"{s.flagged:,} of {s.of:,} at {s.alpha:g}" for s in one.sizes)
    lines.append(f"Clean cases flagged: {', '.join(rates)}.")
    doses = (f"{_mean(c.separations):.2f} at {c.dose}" for c in one.cells)
    lines.append(f"AUC of leaked items against controls, by copies: {', '.join(doses)}.")
    if one.power:
        lines.append(f"Flagged at 0.01 where half of the items leaked{_power(one)}.")
    if one.calls is not None and one.tokens is not None:
        lines.append(
            f"Cost beyond the instruments before it: {one.calls:.3g} requests and "
            f"{one.tokens:.4g} tokens per item."
        )
    return lines


def _mean(values: tuple[float, ...]) -> float:
    return math.fsum(values) / len(values)


def _power(one: Measured) -> str:
    half = [p for p in one.power if p.share == 0.5]
    if not half:
        return ": not measured"
    said = (f"{p.flagged / p.of:.0%} at {p.dose}" for p in half)
    return f" ({half[0].items} of each side), by copies: {', '.join(said)}"
