"""Conformal p-values, Benjamini-Hochberg and Bashari's e-values by definition."""

from fractions import Fraction


def p_values(suspects: list[float], controls: list[float]) -> list[Fraction]:
    """Count the controls at or above each suspect."""
    return [
        Fraction(1 + sum(control >= suspect for control in controls), len(controls) + 1)
        for suspect in suspects
    ]


def bh(p: list[Fraction], q: Fraction) -> list[bool]:
    """Find the largest k whose k-th smallest p-value is at most q k / m, in exact fractions."""
    m = len(p)
    ordered = sorted(p)
    cut = Fraction(-1)
    for k in range(1, m + 1):
        if ordered[k - 1] <= q * k / m:
            cut = ordered[k - 1]
    return [value <= cut for value in p]


def bashari_e(suspects: list[float], controls: list[float], q: Fraction) -> list[float]:
    """Walk up the suspects' scores to the first threshold with an estimated rate of at most q."""
    m, n = len(suspects), len(controls)
    for threshold in sorted(suspects):
        above = sum(control >= threshold for control in controls)
        chosen = sum(suspect >= threshold for suspect in suspects)
        if Fraction(m * (1 + above), (n + 1) * chosen) <= q:
            return [
                float(Fraction(n + 1, 1 + above)) if suspect >= threshold else 0.0
                for suspect in suspects
            ]
    return [0.0] * m
