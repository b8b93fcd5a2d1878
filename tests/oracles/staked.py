"""What shared money wins, one player after the other."""

from __future__ import annotations

__all__ = ["won"]


def won(*evalues: float) -> float:
    """Return the money after these e-values, of six players who began with a sixth each."""
    money = 0.0
    for stake in (0.05, 0.1, 0.2, 0.4, 0.7, 1.0):
        mine = 1 / 6
        for one in evalues:
            mine = mine * (1 - stake) + mine * stake * one
        money += mine
    return money
