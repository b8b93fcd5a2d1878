"""Where does each item stand among the controls, and how low may a new measurement come out?"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

__all__ = ["below", "prediction_bound", "standing"]


def below(values: ArrayLike, ordered: NDArray[np.float64]) -> NDArray[np.float64]:
    """What share of a sorted sample lies below each value? Ties count half.

    Parameters
    ----------
    values
        Any shape; what is missing stands above all.
    ordered
        Shape (n,), ascending, not empty.

    Examples
    --------
    >>> below([0.0, 2.0, 9.0], np.array([1.0, 2.0])).tolist()
    [0.0, 0.75, 1.0]
    """
    left, right = (np.searchsorted(ordered, values, side) for side in ("left", "right"))
    return np.asarray((left + right) / (2 * ordered.size), dtype=np.float64)


def standing(
    table: ArrayLike, suspects: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What share of the controls lies below each item, on average over the columns?

    A suspect is placed by the controls alone, not by other suspects: where a share s of the
    suspects is shifted, the area under the curve of suspects against controls is expected at
    ``1/2 + s (a - 1/2)``, with a the area when all of them are. Ranks among suspects and controls
    together would bend that line.

    Parameters
    ----------
    table
        Shape (n, d), higher is more suspicious. What is missing counts as suspicious: highest in
        a suspect, lowest in a control.
    suspects
        Shape (n,), bool; both kinds must be there.

    Returns
    -------
    Of the suspects and of the controls, values from 0 to 1; a control stands beside itself, so
    that the mean over controls is 1/2.

    Raises
    ------
    ValueError
        When shapes do not fit or one kind is not there.

    Examples
    --------
    >>> above, below = standing([[3.0], [0.0], [1.0], [2.0]], [True, False, False, False])
    >>> above.tolist(), below.round(2).tolist()
    ([1.0], [0.17, 0.5, 0.83])
    """
    scores, labels = np.asarray(table, dtype=np.float64), np.asarray(suspects, dtype=np.bool_)
    if scores.ndim != 2 or labels.shape != scores.shape[:1] or labels.all() or not labels.any():
        msg = f"need rows of scores and both kinds, got {scores.shape} and {labels.shape}"
        raise ValueError(msg)
    worst = np.where(labels, np.inf, -np.inf)[:, None]
    filled = np.where(np.isnan(scores), worst, scores)
    places = np.zeros(len(labels))
    for column in filled.T:
        places += below(column, np.sort(column[~labels]))
    # Rounded, since the order in which columns are added must not part what is equal.
    places = np.round(places / filled.shape[1], 12)
    return places[labels], places[~labels]


def prediction_bound(values: ArrayLike, *, alpha: float, groups: int | None = None) -> float:
    """Above which value does a new measurement lie, wrong at most alpha of the time?

    Student's bound for one more draw from a normal population; never above the smallest value
    seen, since few values cannot show that a population is normal.

    Parameters
    ----------
    values
        Shape (n,).
    alpha
        0 to 1/2.
    groups
        Independent groups that the values came in, where those of one group are alike: the bound
        then has the degrees of freedom of so many values.

    Returns
    -------
    Minus infinity with fewer than three groups.

    Examples
    --------
    >>> round(prediction_bound([0.80, 0.84, 0.82, 0.86], alpha=0.05), 3)
    0.762
    """
    sample = np.asarray(values, dtype=np.float64)
    count = sample.size if groups is None else min(groups, sample.size)
    if count < 3:
        return -math.inf
    t = float(stats.t.ppf(1 - alpha, count - 1))
    bound = sample.mean() - t * sample.std(ddof=1) * math.sqrt(1 + 1 / count)
    return float(min(bound, sample.min()))
