"""Which items are known? Each competes with one decoy, and losses count the lucky wins."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["decoy_flags"]


def decoy_flags(
    own: ArrayLike, decoy: ArrayLike, pairs: Sequence[str], *, q: float = 0.10, gamma: float = 1.0
) -> NDArray[np.bool_]:
    """Which items fit their own text better than their decoy's, at false discovery rate q?

    Items come in disjoint pairs, each the other's decoy. Of a pair one item is tested: the one
    with the larger of its two fits, which is the same whichever text is its own. For an item that
    knows nothing the sign of own minus decoy is then a coin flip, one coin for each pair, so that
    losses are as many as lucky wins (or at least 1/gamma as many, where hidden bias makes the odds
    of a win gamma). Wins above t are flagged, for the smallest t at which
    gamma * (1 + losses at t) is at most q times the wins at t.

    At least gamma/q wins are needed: fewer items cannot be flagged.

    Parameters
    ----------
    own
        Fit of each item's output to its own text, shape (n,), at least 0.
    decoy
        Fit to its decoy's text, shape (n,).
    pairs
        Name of the pair that each item belongs to, shape (n,); empty: it has none and is not
        tested. Where only one item of a pair was measured, that one is tested.
    q
        Target false discovery rate, strictly between 0 and 1.
    gamma
        Largest odds of a lucky win, at least 1.

    Returns
    -------
    Shape (n,), true where flagged.

    Raises
    ------
    ValueError
        For arrays that do not fit one another, values missing or below 0, more than two items in a
        pair, or q or gamma out of range.

    Examples
    --------
    >>> names = [f"pair {i}" for i in range(12)]
    >>> decoy_flags([40.0] * 11 + [0.0], [0.0] * 11 + [3.0], names, q=0.1).sum()
    np.int64(11)

    References
    ----------
    Barber & Candes 2015, Controlling the false discovery rate via knockoffs, arXiv 1404.5609
    (knockoff+, and SeqStep+ for coins that are not fair); Elias & Gygi 2007, target-decoy search,
    doi 10.1038/nmeth1019.
    """
    fits = np.column_stack([_fits(own), _fits(decoy)])
    if len(pairs) != len(fits):
        msg = f"each of {len(fits)} items belongs to one pair or none, got {len(pairs)} names"
        raise ValueError(msg)
    if not 0 < q < 1 or not 1 <= gamma < np.inf:
        msg = f"need 0 < q < 1 and gamma of at least 1, got q={q}, gamma={gamma}"
        raise ValueError(msg)
    tested = _tested(fits.max(axis=1), pairs)
    flags = np.zeros(len(fits), dtype=np.bool_)
    margin = fits[tested, 0] - fits[tested, 1]
    flags[tested] = margin >= _cut(margin, q, gamma)
    return flags


def _fits(values: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or not np.isfinite(array).all() or (array < 0).any():
        msg = "fits are a row of finite numbers of at least 0"
        raise ValueError(msg)
    return array


def _tested(promise: NDArray[np.float64], pairs: Sequence[str]) -> NDArray[np.intp]:
    """Choose one item of each pair; between equals, the first."""
    members: dict[str, list[int]] = {}
    for place, name in enumerate(pairs):
        if name:
            members.setdefault(name, []).append(place)
    if any(len(places) > 2 for places in members.values()):
        msg = "a pair has two items"
        raise ValueError(msg)
    return np.array([max(p, key=lambda i: promise[i]) for p in members.values()], dtype=np.intp)


def _cut(margin: NDArray[np.float64], q: float, gamma: float) -> float:
    """Find the smallest margin at which few enough wins are luck; infinite when there is none."""
    levels = np.unique(np.abs(margin[margin != 0]))
    won = np.sort(margin)
    wins = won.size - np.searchsorted(won, levels, side="left")
    losses = np.searchsorted(won, -levels, side="right")
    # A tie with the level is a pass: 1e-12 lets one through that rounding would hold back.
    enough = gamma * (1 + losses) <= q * wins * (1 + 1e-12)
    return float(levels[np.argmax(enough)]) if enough.any() else np.inf
