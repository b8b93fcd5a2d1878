"""Which text belongs to which output? E-values for an assignment that would be random.

A block has m outputs and m texts, and `table[i, j]` says how much of output i is found in text j;
text i is the one that belongs to output i. Under the null the outputs know nothing of that: given
all outputs and the set of all texts, every assignment of texts to outputs is as likely. Texts are
handed out one after the other. When output i's turn comes, its own text is uniform on those not
yet handed out, so its own entry over the mean of theirs has expectation one, and so has the
product. Which output comes next may depend on the outputs, on the set of the texts and on what has
been handed out, and so the most promising comes first, while there are many texts to choose from.

The product is an e-value of the *block*. Its factors are no steps of their own: a later factor
knows the earlier ones' texts, so whoever stops after some factors in another order, or multiplies
them as they happen to be dealt, has no bound. Blocks are independent of one another and may be
multiplied in any order, with any stop.

Where no recorded act assigned the texts, hidden bias may favour some assignments. If no swap of two
texts changes the odds of an assignment by more than Gamma, then neither does it those of one text
against another at any turn, and dividing by the largest *weighted* mean with weights in 1..Gamma
keeps the expectation at most one.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["assignment_e", "assignment_e_max", "soft_rank_e", "worst_mean"]

_PRIOR = 1.0  # one shared n-gram is luck: adding one to every entry makes e near 1 without more
_STAKE = 0.5  # half is kept: a wrong text, recited with confidence, costs at most a factor of two


def worst_mean(values: Sequence[float], gamma: float) -> float:
    """How large can the mean get when each value's weight is chosen from 1 to gamma?

    The largest values get the weight gamma, the others 1; which number of them is best is tried.

    Parameters
    ----------
    values
        Shape (k,), k at least 1, finite.
    gamma
        At least 1; 1 gives the plain mean.

    Raises
    ------
    ValueError
        For no values, values that are not finite, or gamma below 1.

    Examples
    --------
    >>> worst_mean([3.0, 0.0, 0.0], 1.0), worst_mean([3.0, 0.0, 0.0], 2.0)
    (1.0, 1.5)

    References
    ----------
    Rosenbaum 2002, Observational Studies, chapter 4, doi 10.1007/978-1-4757-3692-2.
    """
    row = [float(value) for value in values]
    if not row or not all(map(math.isfinite, row)):
        msg = "the worst mean is that of a non-empty row of finite values"
        raise ValueError(msg)
    if not 1 <= gamma < math.inf:
        msg = f"gamma is an odds ratio of at least 1, got {gamma}"
        raise ValueError(msg)
    # Sorted before they are added: the same values in another order give the same mean.
    ordered = sorted(row, reverse=True)
    lifted, weight = math.fsum(ordered), float(len(ordered))
    best = lifted / weight
    for value in ordered:
        lifted += (gamma - 1) * value
        weight += gamma - 1
        best = max(best, lifted / weight)
    return best


def soft_rank_e(own: float, others: Sequence[float], *, gamma: float = 1.0) -> float:
    """How much better does its own text fit than the others that could have been there?

    Half of 1 plus half of (own + 1) over the largest weighted mean of (value + 1).

    Parameters
    ----------
    own
        Fit of the text that belongs there, at least 0 (a count).
    others
        Fits of the other candidates, shape (k,), each at least 0; may be empty.
    gamma
        Largest odds of one candidate against another under the null.

    Raises
    ------
    ValueError
        For negative or missing values, or gamma below 1.

    Examples
    --------
    >>> round(soft_rank_e(99.0, [0.0, 0.0, 0.0]), 2), soft_rank_e(0.0, [0.0, 0.0])
    (2.44, 1.0)

    References
    ----------
    Own over mean: Balinsky & Balinsky 2024, arXiv 2403.19082; e-values under a group of
    permutations: Koning 2023, arXiv 2310.01153.
    """
    if not all(value >= 0 for value in (own, *others)):
        msg = "fits are numbers of at least 0"
        raise ValueError(msg)
    return 1 - _STAKE + _STAKE * _over_mean(own, (own, *others), gamma)


def assignment_e(table: ArrayLike, *, gamma: float = 1.0) -> float:
    """How strong is the evidence that outputs know which text is theirs?

    Parameters
    ----------
    table
        Shape (m, m): how much of output i is found in text j, at least 0. A row of NaN is an output
        that is missing, whatever its text: it is not tested, and its text stays with the others.
    gamma
        Largest factor by which swapping two texts may change an assignment's odds under the null.

    Returns
    -------
    float
        An e-value: expectation at most one over assignments of the texts.

    Raises
    ------
    ValueError
        For a table that is not square, negative values, or gamma below 1.

    Examples
    --------
    >>> round(assignment_e([[40.0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]), 2)
    2.36
    """
    fits = np.asarray(table, dtype=np.float64)
    if fits.ndim != 2 or fits.shape[0] != fits.shape[1]:
        msg = f"outputs and texts belong together one to one, got shape {fits.shape}"
        raise ValueError(msg)
    if np.isinf(fits).any() or (np.isnan(fits).any(axis=1) != np.isnan(fits).all(axis=1)).any():
        msg = "a row is either missing as a whole or finite"
        raise ValueError(msg)
    if (fits < 0).any():
        msg = "fits are numbers of at least 0"
        raise ValueError(msg)
    rows = [[float(value) for value in row] for row in fits]
    waiting = [i for i, row in enumerate(rows) if not math.isnan(row[i])]
    left = list(range(len(rows)))
    log_e = 0.0
    while waiting:
        turn = max(waiting, key=lambda i: (_promise([rows[i][j] for j in left], gamma), -i))
        left.remove(turn)
        others = [rows[turn][j] for j in left]
        log_e += math.log(soft_rank_e(rows[turn][turn], others, gamma=gamma))
        waiting.remove(turn)
    return math.exp(min(log_e, 700.0))


def assignment_e_max(m: int, *, gamma: float = 1.0) -> float:
    """Which e-value does a block of m outputs stay below?

    Raises
    ------
    ValueError
        For m below 1 or gamma below 1.

    Examples
    --------
    >>> assignment_e_max(2), assignment_e_max(1)
    (1.5, 1.0)
    """
    if m < 1 or not 1 <= gamma < math.inf:
        msg = f"need m and gamma of at least 1, got m={m}, gamma={gamma}"
        raise ValueError(msg)
    logs = (math.log(1 - _STAKE + _STAKE * (k - 1 + gamma) / gamma) for k in range(1, m + 1))
    return math.exp(min(math.fsum(logs), 700.0))


def _promise(row: Sequence[float], gamma: float) -> float:
    """What would this output gain, if its own text were the one that fits best?"""
    return _over_mean(max(row), row, gamma)


def _over_mean(own: float, row: Sequence[float], gamma: float) -> float:
    return (own + _PRIOR) / worst_mean([value + _PRIOR for value in row], gamma)
