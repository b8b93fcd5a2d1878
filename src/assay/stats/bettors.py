"""The bettors of label betting: what each makes of a score, from what had been seen by then.

All arrays carry a leading axis of R independent runs, so that validity can be tested by thousands.
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Array = NDArray[np.float64]
Labels = NDArray[np.bool_]

# The family of bettors: a normal shift of so many standard deviations (areas under the curve .64,
# .69, .76, .87 and .96), in all suspects or in a quarter of them. Weak shifts get the most weight:
# strong ones win quickly anyway, and hedging costs the weak ones their power.
_SHIFTS = (0.5, 0.7, 1.0, 1.6, 2.5)
_SHIFT_WEIGHTS = (0.30, 0.25, 0.20, 0.15, 0.10)
_SHARES = (1.0, 0.25)
_SHARE_WEIGHTS = (0.8, 0.2)
# With several columns: learned weights, the plain sum, and each column by itself.
_STREAM_WEIGHTS = (0.4, 0.4, 0.2)
_RIDGE = 8.0  # pseudo-items that hold the learned weights near "all columns alike" at first


def family(table: Array, suspects: Labels, share: float) -> tuple[Array, Array]:
    """Who bets, and how strongly on each item?

    Each bettor is a likelihood ratio that could be true: a stream to look at, a shift, and the
    share of suspects that are shifted. It depends on this item's scores and on earlier scores and
    labels only.

    Parameters
    ----------
    table
        Shape (R, n, d), in order of revelation, higher is more suspicious.
    suspects
        Shape (R, n).
    share
        Share of suspects in the whole urn, 0 to 1.

    Returns
    -------
    Log odds that each of K bettors adds to the urn's, shape (K, R, n), and their prior weights.

    Examples
    --------
    >>> ratios, prior = family(np.ones((1, 4, 3)), np.ones((1, 4), dtype=bool), 0.5)
    >>> ratios.shape, float(prior.sum().round(9))
    ((50, 1, 4), 1.0)
    """
    streams, stream_prior = _streams(table, suspects)
    ratios = _log_ratios(streams, share)
    prior = np.multiply.outer(np.multiply.outer(_SHIFT_WEIGHTS, _SHARE_WEIGHTS), stream_prior)
    return ratios.reshape(-1, *suspects.shape), prior.ravel() / prior.sum()


def _streams(table: Array, suspects: Labels) -> tuple[Array, Array]:
    """Scalar streams to bet on, shape (S, R, n), and the prior weight of each."""
    d = table.shape[2]
    columns = np.stack([running_normal_scores(table[:, :, j]) for j in range(d)])
    if d == 1:
        return columns, np.ones(1)
    # Rounded like every sum here: items that are equal must tie on any machine.
    plain = running_normal_scores(np.round(columns.sum(axis=0), 9))
    learned = learned_stream(columns.transpose(1, 2, 0), suspects)
    weights = [*_STREAM_WEIGHTS[:2], *[_STREAM_WEIGHTS[2] / d] * d]
    return np.concatenate([learned[None], plain[None], columns]), np.array(weights)


def _log_ratios(streams: Array, share: float) -> Array:
    """Log likelihood ratio of every bettor, shape (shifts, shares leaked, S, R, n).

    The stream is standard normal over the *pooled* items. A shift by delta in a share of them
    gives the pool the standard deviation below and moves its mean by share * delta.
    """
    ratios = []
    for delta in _SHIFTS:
        spread = math.sqrt(1 + share * (1 - share) * delta**2)
        full = delta * spread * streams + delta**2 * (share - 0.5)
        for leaked in _SHARES:
            partial = np.log1p(leaked * np.expm1(full)) if leaked < 1 else full
            ratios.append(partial)
    return np.stack(ratios).reshape(len(_SHIFTS), len(_SHARES), *streams.shape)


def running_normal_scores(scores: Array) -> Array:
    """How high does each score rank among those revealed so far, on a normal scale?

    Mid-ranks for ties; a missing score is neutral (0) and not counted by others. Shape kept.

    Parameters
    ----------
    scores
        Shape (R, n), in order of revelation.

    Examples
    --------
    >>> running_normal_scores(np.array([[5.0, 7.0, np.nan]])).round(2).tolist()
    [[0.0, 0.67, 0.0]]
    """
    n = scores.shape[1]
    earlier = np.tri(n, k=-1, dtype=np.bool_)
    rows, columns = scores[:, :, None], scores[:, None, :]
    below = np.count_nonzero((columns < rows) & earlier, axis=2)
    equal = np.count_nonzero((columns == rows) & earlier, axis=2)
    present = ~np.isnan(scores)
    seen = np.cumsum(present, axis=1) - present
    share = (below + equal / 2 + 0.5) / (seen + 1.0)
    return np.where(present, ndtri(share), 0.0)


def learned_stream(normal: Array, suspects: Labels) -> Array:
    """Which combination of columns has separated the labels so far, and where does each item rank?

    Discriminant weights from past columns and labels only (ridge towards equal weights, negative
    ones cut to zero because every column is declared "higher is more suspicious"); the item is
    ranked among all earlier ones under today's weights.

    Parameters
    ----------
    normal
        Shape (R, n, d): running normal scores of each column.
    suspects
        Shape (R, n).

    Returns
    -------
    Shape (R, n), on a normal scale.
    """
    weights = _weights(normal, suspects)
    # [r, t, s]: item s under the weights of step t.
    projected = np.round(weights @ normal.transpose(0, 2, 1), 9)
    n = normal.shape[1]
    own = np.diagonal(projected, axis1=1, axis2=2)[:, :, None]
    earlier = np.tri(n, k=-1, dtype=np.bool_)
    below = np.count_nonzero((projected < own) & earlier, axis=2)
    equal = np.count_nonzero((projected == own) & earlier, axis=2)
    share: Array = ndtri((below + equal / 2 + 0.5) / (np.arange(n) + 1.0))
    return share


def _weights(normal: Array, suspects: Labels) -> Array:
    """Ridge discriminant weights before each step, shape (R, n, d)."""
    d = normal.shape[2]
    label = suspects[:, :, None].astype(np.float64)
    ones = _past(label)
    zeros = _past(1.0 - label)
    total_one, total_zero = _past(normal * label), _past(normal * (1.0 - label))
    mean_one, mean_zero = total_one / (ones + 1.0), total_zero / (zeros + 1.0)
    square = _past(normal[:, :, :, None] * normal[:, :, None, :])
    within = (
        square
        - (total_one / np.maximum(ones, 1))[..., None] * total_one[:, :, None, :]
        - (total_zero / np.maximum(zeros, 1))[..., None] * total_zero[:, :, None, :]
    )
    count = (ones + zeros)[..., None]
    spread = (within + _RIDGE * np.eye(d)) / (count + _RIDGE)
    pull = (count * (mean_one - mean_zero)[..., None] + _RIDGE) / (count + _RIDGE)
    weights = np.linalg.solve(spread, pull)[..., 0]
    return np.asarray(np.maximum(weights, 0.0), dtype=np.float64)


def _past(values: Array) -> Array:
    """Sum of everything strictly before each step."""
    earlier: Array = np.cumsum(values, axis=1) - values
    return earlier
