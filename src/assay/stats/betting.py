"""Label betting: can the scores tell who is a suspect, at any stopping time?

Suspects and controls lie in one urn and are revealed in random order. Before each label the bettor
sees the score and bets; nothing but the randomness of the labels is assumed, so scores may depend
on each other in any way and all suspects may share the same controls.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp

from assay.stats.bettors import family

Array = NDArray[np.float64]
Labels = NDArray[np.bool_]

_SCAN = 25  # verdicts looked at before bisection, since wealth need not fall steadily in gamma


@dataclass(frozen=True, slots=True, kw_only=True)
class Wealth:
    """What became of one unit of money that was bet on the labels?

    Parameters
    ----------
    log_path
        Natural logarithm of the wealth after each step, shape (n,).
    value
        Wealth now: the e-value. Never the maximum of the path.
    bets
        Probability of "suspect" that the mixture of bettors put on each item, shape (n,).
    """

    log_path: Array
    value: float
    bets: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class _Game:
    """Everything about R runs that does not depend on gamma; K bettors."""

    log_ratios: Array  # (K, R, n): log odds that each bettor adds to the urn's
    prior: Array  # (K,)
    urn: Array  # (R, n): share of suspects left before each step
    suspects: Labels  # (R, n)


def label_betting(
    scores: ArrayLike,
    suspects: ArrayLike,
    *,
    suspects_total: int | None = None,
    controls_total: int | None = None,
    gamma: float = 1.0,
) -> Wealth:
    """How much money does one win by betting on the labels, knowing the scores?

    The urn holds ``suspects_total`` suspects and ``controls_total`` controls. Before step t a share
    pi_t of what is left are suspects. Each bettor names a probability q_t from this score and from
    past scores and labels, and its wealth is multiplied by ``q_t(Y) / pi_t(Y)``. When the labels
    are exchangeable given the scores this has mean one at every step, so the wealth is a test
    martingale: it reaches ``1/alpha`` at any time with probability at most alpha. The result is the
    average over a fixed family of bettors. A step at which one kind only is left changes nothing.

    With gamma > 1 the odds of "suspect" may be off by any factor in [1/gamma, gamma] at each step,
    so its probability p lies in [pi-, pi+]. The bettor with q divides by q' = q clipped to that
    range. If q is inside, the factor is 1. If q > pi+, its mean ``p q/pi+ + (1-p)(1-q)/(1-pi+)``
    rises in p and is 1 at p = pi+, so it is at most 1; likewise below. Hence a supermartingale.

    Parameters
    ----------
    scores
        Shape (n,) or (n, d): rows in order of revelation, already shuffled; higher means more like
        a suspect in every column. A missing value is neutral.
    suspects
        Shape (n,), bool.
    suspects_total, controls_total
        Whole urn, when the rows are only the first part of a run; else counted from the rows.
    gamma
        Odds factor, >= 1, that the labels may deviate from chance by.

    Raises
    ------
    ValueError
        For shapes that do not fit, totals below what was seen, an urn without both kinds, or
        gamma < 1.

    Examples
    --------
    >>> labels = np.array([True, False] * 20)
    >>> wealth = label_betting(np.where(labels, 2.0, 0.0) + np.arange(40) % 3, labels)
    >>> wealth.value > 100
    True

    References
    ----------
    Podkopaev & Ramdas 2023, Sequential predictive two-sample and independence testing,
    arXiv 2305.00143 (here in finite-population form); Rosenbaum 2002, Observational Studies
    (sensitivity to hidden bias).
    """
    if not gamma >= 1:
        msg = f"gamma is an odds factor of at least 1, got {gamma}"
        raise ValueError(msg)
    table, labels = _checked(scores, suspects)
    totals = _totals(labels, suspects_total, controls_total)
    wealths, bets = _play(_game(table, labels, totals), gamma)
    path = wealths[0]
    return Wealth(log_path=path, value=math.exp(min(path[-1], 700.0)), bets=bets[0])


def sensitivity(
    scores: ArrayLike, suspects: ArrayLike, *, alpha: float, upper: float = 10.0
) -> float:
    """How far must the labels deviate from chance to explain the verdict away?

    The smallest odds factor gamma at which the wealth at the end of the path no longer reaches
    ``1/alpha``: 1.0 when it is not reached even without deviation, ``upper`` when it is even there.

    Parameters
    ----------
    scores, suspects
        As for :func:`label_betting`, the whole urn.
    alpha
        Level of the verdict, 0 to 1.
    upper
        Largest factor tried, > 1.

    Raises
    ------
    ValueError
        As for :func:`label_betting`, or for alpha or upper out of range.

    Examples
    --------
    >>> labels = np.array([True, False] * 40)
    >>> 1.5 < sensitivity(np.where(labels, 1.0, 0.0), labels, alpha=0.01) < 10
    True

    References
    ----------
    Rosenbaum 2002, Observational Studies, chapter 4.
    """
    if not 0 < alpha < 1 or not upper > 1:
        msg = f"need 0 < alpha < 1 and upper > 1, got alpha={alpha}, upper={upper}"
        raise ValueError(msg)
    table, labels = _checked(scores, suspects)
    game = _game(table, labels, _totals(labels, None, None))
    needed = math.log(1 / alpha)

    def flagged(gamma: float) -> bool:
        return bool(_play(game, gamma)[0][0, -1] >= needed)

    low = 1.0
    if not flagged(low):
        return 1.0
    for high in np.geomspace(1.0, upper, _SCAN)[1:].tolist():
        if not flagged(high):
            return _bisect(flagged, low, high)
        low = high
    return upper


def label_betting_many(scores: Array, suspects: Labels, *, gamma: float = 1.0) -> Array:
    """What are the wealth paths of many whole runs at once?

    Parameters
    ----------
    scores
        Shape (R, n) or (R, n, d).
    suspects
        Shape (R, n), with the same number of suspects in each run.
    gamma
        As for :func:`label_betting`.

    Returns
    -------
    Log wealth, shape (R, n); row r equals ``label_betting(scores[r], suspects[r]).log_path``.

    Raises
    ------
    ValueError
        When shapes or numbers of suspects do not fit.

    Examples
    --------
    >>> label_betting_many(np.zeros((3, 2)), np.array([[True, False]] * 3)).shape
    (3, 2)
    """
    counts = suspects.sum(axis=1)
    if scores.shape[:2] != suspects.shape or np.ptp(counts) != 0:
        msg = "every run needs one score row per label and the same number of suspects"
        raise ValueError(msg)
    table = scores[:, :, None] if scores.ndim == 2 else scores
    totals = int(counts[0]), int(suspects.shape[1] - counts[0])
    return _play(_game(table, suspects, totals), gamma)[0]


def _checked(scores: ArrayLike, suspects: ArrayLike) -> tuple[Array, Labels]:
    table, labels = np.asarray(scores, dtype=np.float64), np.asarray(suspects)
    if table.ndim == 1:
        table = table[:, None]
    if table.ndim != 2 or 0 in table.shape or labels.shape != table.shape[:1]:
        msg = f"scores {np.shape(scores)} and suspects {np.shape(suspects)} do not fit"
        raise ValueError(msg)
    if labels.dtype != np.bool_:
        msg = f"suspects must be bool, got {labels.dtype}"
        raise ValueError(msg)
    return table[None], labels[None]


def _totals(labels: Labels, suspects: int | None, controls: int | None) -> tuple[int, int]:
    seen = int(labels.sum())
    total = (
        seen if suspects is None else suspects,
        labels.size - seen if controls is None else controls,
    )
    if total[0] < seen or total[1] < labels.size - seen:
        msg = f"the urn of {total[0]} suspects and {total[1]} controls holds less than was drawn"
        raise ValueError(msg)
    if 0 in total:
        msg = "the urn needs at least one suspect and one control"
        raise ValueError(msg)
    return total


def _game(table: Array, suspects: Labels, totals: tuple[int, int]) -> _Game:
    n, size = suspects.shape[1], sum(totals)
    left = totals[0] - (np.cumsum(suspects, axis=1) - suspects)
    ratios, prior = family(table, suspects, totals[0] / size)
    return _Game(
        log_ratios=ratios,
        prior=prior,
        urn=left / (size - np.arange(n)),
        suspects=suspects,
    )


def _play(game: _Game, gamma: float) -> tuple[Array, Array]:
    """Log wealth and mixture bets of all runs, each of shape (R, n)."""
    certain = (game.urn <= 0) | (game.urn >= 1)
    odds = np.where(certain, 1.0, game.urn) / np.where(certain, 1.0, 1 - game.urn)
    # The urn's odds at the edge nearest to the bettor's own; inside the band nothing is won.
    band = math.log(gamma)
    excess = game.log_ratios - np.clip(game.log_ratios, -band, band)
    edge = np.log(odds) + game.log_ratios - excess
    gain = np.where(game.suspects, excess, 0.0) - _log_mean(edge, excess)
    paths = np.cumsum(np.where(certain, 0.0, gain), axis=2) + np.log(game.prior)[:, None, None]
    wealth = logsumexp(paths, axis=0)
    before = np.concatenate(
        [
            np.broadcast_to(np.log(game.prior)[:, None, None], paths[:, :, :1].shape),
            paths[:, :, :-1],
        ],
        axis=2,
    )
    held = np.exp(before - logsumexp(before, axis=0))
    own = 1 / (1 + np.exp(-(np.log(odds) + game.log_ratios)))
    bets = np.where(certain, game.urn, (held * own).sum(axis=0))
    return wealth, bets


def _log_mean(log_odds: Array, excess: Array) -> Array:
    """Log of (p e**excess + 1 - p), the normaliser that makes a bet fair at these odds."""
    mean: Array = np.logaddexp(log_odds + excess, 0.0) - np.logaddexp(log_odds, 0.0)
    return mean


def _bisect(flagged: Callable[[float], bool], low: float, high: float) -> float:
    """Largest factor known to be flagged, within a thousandth of the flip."""
    while high - low > 1e-3:
        middle = (low + high) / 2
        low, high = (middle, high) if flagged(middle) else (low, middle)
    return low
