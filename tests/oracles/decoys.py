"""Target-decoy competition by definition."""

from __future__ import annotations

from collections.abc import Sequence


def decoy_flags(
    own: Sequence[float], decoy: Sequence[float], pairs: Sequence[str], q: float, gamma: float
) -> list[bool]:
    """Try every threshold from the smallest up."""
    tested = []
    for name in dict.fromkeys(filter(None, pairs)):
        best = -1
        for i, other in enumerate(pairs):
            if other == name and (best < 0 or max(own[i], decoy[i]) > max(own[best], decoy[best])):
                best = i
        tested.append(best)
    margins = {i: own[i] - decoy[i] for i in tested}
    for t in sorted({abs(w) for w in margins.values()} - {0}):
        wins = [i for i, w in margins.items() if w >= t]
        losses = sum(w <= -t for w in margins.values())
        if wins and gamma * (1 + losses) / len(wins) <= q + 1e-12:
            return [i in wins for i in range(len(own))]
    return [False] * len(own)
