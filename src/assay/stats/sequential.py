"""Confidence sequences: intervals for a mean that hold at every step at once.

After a run that stopped early, an ordinary interval is wrong; one of these is right at any stop.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

_GRID = 1_000  # candidate means; the answer is rounded outwards to this grid
_CAP = 0.5  # largest share of the wealth at risk in one step, as in the paper

Bounds = tuple[NDArray[np.float64], NDArray[np.float64]]


def _scaled(values: ArrayLike, alpha: float, lower: float, upper: float) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or array.size == 0:
        msg = "values must be a non-empty one-dimensional array"
        raise ValueError(msg)
    if not lower < upper or not 0 < alpha < 1:
        msg = f"need lower < upper and 0 < alpha < 1, got {lower}, {upper}, {alpha}"
        raise ValueError(msg)
    if not ((array >= lower) & (array <= upper)).all():
        msg = f"every value must lie between {lower} and {upper}"
        raise ValueError(msg)
    return (array - lower) / (upper - lower)


def _stakes(x: NDArray[np.float64], alpha: float) -> NDArray[np.float64]:
    """How much to bet at each step, from the past only (predictable plug-in)."""
    t = np.arange(1, x.size + 1)
    means = (0.5 + np.cumsum(x)) / (t + 1)
    variances = (0.25 + np.cumsum((x - means) ** 2)) / (t + 1)
    past = np.concatenate([[0.25], variances[:-1]])
    stakes: NDArray[np.float64] = np.sqrt(2 * math.log(2 / alpha) / (past * t * np.log1p(t)))
    return stakes


def _floors(x: NDArray[np.float64], alpha: float, population: int | None) -> NDArray[np.float64]:
    """Lower bound of the mean after each step, each side at alpha / 2.

    The wealth of a bettor that claims "the mean is above m" falls as m rises, so every candidate
    below the highest ruined one is excluded too, and that one is a bound despite the grid.
    """
    grid = np.linspace(0.0, 1.0, _GRID + 1)
    steps = np.arange(x.size)
    seen = np.concatenate([[0.0], np.cumsum(x)[:-1]])
    if population is None:
        means = np.broadcast_to(grid, (x.size, grid.size))
    else:
        left = population - steps
        means = (population * grid[None, :] - seen[:, None]) / left[:, None]
    possible = np.clip(means, 1e-12, 1.0)
    stakes = np.minimum(_stakes(x, alpha)[:, None], _CAP / possible)
    wealth = np.cumsum(np.log1p(stakes * (x[:, None] - possible)), axis=0)
    # A candidate whose remaining items would need a mean below 0 is impossible from then on.
    ruined = (wealth >= math.log(2 / alpha)) | (means < -1e-9)
    ruined = np.maximum.accumulate(ruined, axis=0)
    last = grid.size - 1 - np.argmax(ruined[:, ::-1], axis=1)
    return np.where(ruined.any(axis=1), grid[last], 0.0)


def _bounds(x: NDArray[np.float64], alpha: float, population: int | None) -> Bounds:
    low, high = _floors(x, alpha, population), 1.0 - _floors(1.0 - x, alpha, population)
    if population is not None:  # what has been seen can no longer change
        seen, t = np.cumsum(x), np.arange(1, x.size + 1)
        low = np.maximum(low, seen / population)
        high = np.minimum(high, (seen + population - t) / population)
    return low, high


def mean_sequence(
    values: ArrayLike, *, alpha: float, lower: float = 0.0, upper: float = 1.0
) -> Bounds:
    """Where does the mean lie, after each of these independent values?

    With probability at least ``1 - alpha`` the mean lies between the bounds at *all* steps. Holds
    for values whose mean given the past is constant. By betting (predictable plug-in), one side
    at alpha/2 each.

    Parameters
    ----------
    values
        Shape (n,), each from lower to upper, in order of arrival.
    alpha
        Error rate over all steps together, 0 to 1.
    lower, upper
        Known range of a value.

    Returns
    -------
    Two arrays of shape (n,): lower and upper bounds; they only tighten.

    Raises
    ------
    ValueError
        For values out of range, no values, or alpha out of range.

    Examples
    --------
    >>> low, high = mean_sequence([1.0] * 50, alpha=0.05)
    >>> bool(low[-1] > 0.8), float(high[-1])
    (True, 1.0)

    References
    ----------
    Waudby-Smith & Ramdas 2024, Estimating means of bounded random variables by betting,
    arXiv 2010.09686.
    """
    low, high = _bounds(_scaled(values, alpha, lower, upper), alpha, None)
    return lower + (upper - lower) * low, lower + (upper - lower) * high


def mean_sequence_without_replacement(
    values: ArrayLike, population: int, *, alpha: float, lower: float = 0.0, upper: float = 1.0
) -> Bounds:
    """Where does the mean of the whole population lie, after each item drawn from it?

    The items must come in uniformly random order, without replacement. With probability at least
    ``1 - alpha`` the mean of all ``population`` items lies between the bounds at all steps; after
    the last item both equal it.

    Parameters
    ----------
    values
        Shape (n,), n <= population, each from lower to upper, in order of drawing.
    population
        Number of items in the whole population.
    alpha
        Error rate over all steps together, 0 to 1.
    lower, upper
        Known range of a value.

    Raises
    ------
    ValueError
        For more values than items, values out of range, no values, or alpha out of range.

    Examples
    --------
    >>> low, high = mean_sequence_without_replacement([1.0, 0.0, 1.0, 1.0], 4, alpha=0.05)
    >>> float(low[-1]), float(high[-1])
    (0.75, 0.75)

    References
    ----------
    Waudby-Smith & Ramdas 2020, Confidence sequences for sampling without replacement,
    arXiv 2006.04347; betting form in arXiv 2010.09686.
    """
    x = _scaled(values, alpha, lower, upper)
    if x.size > population:
        msg = f"{x.size} values cannot be drawn from {population} items without replacement"
        raise ValueError(msg)
    low, high = _bounds(x, alpha, population)
    return lower + (upper - lower) * low, lower + (upper - lower) * high
