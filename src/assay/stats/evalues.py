"""E-values: making, merging and testing with them.

An e-value is a non-negative statistic whose expectation under the null is at most one, so by
Markov's inequality it exceeds ``1/alpha`` with probability at most ``alpha``.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp

# How steeply the rank e-value falls: a mixture of r**-a. Large a pays when the published variant
# comes first, small a when it is merely near the top, and 0 keeps a fifth of the money in the
# pocket: no unit that ranks last can ruin a product over many units, most of which may be clean.
# With N = 20 the product still grows when 3 in 10 units are leaked (a shift by two standard
# deviations in those, or by 0.5 in all); steeper mixtures shrink there.
_EXPONENTS = (0.0, 0.25, 0.5, 1.0, 2.0)
_DIRECT_TERMS = 1000
_STAKES = (0.05, 0.1, 0.2, 0.4, 0.7, 1.0)


def _checked(evalues: ArrayLike) -> NDArray[np.float64]:
    values = np.asarray(evalues, dtype=np.float64)
    if values.ndim != 1 or values.size == 0:
        msg = "e-values must be a non-empty one-dimensional array"
        raise ValueError(msg)
    if np.isnan(values).any() or (values < 0).any():
        msg = "e-values must be numbers of at least 0"
        raise ValueError(msg)
    return values


def average(evalues: ArrayLike, weights: ArrayLike | None = None) -> float:
    """What do several e-values say together, whatever their dependence?

    The weighted mean is an e-value under any dependence, and essentially the only symmetric way to
    merge that is. It tests the *intersection* of the nulls.

    Parameters
    ----------
    evalues
        Shape (k,), each >= 0.
    weights
        Shape (k,), each >= 0, fixed before the e-values were seen; scaled to sum to one. Equal
        when left out. Whoever abstains keeps its weight and contributes 1.

    Raises
    ------
    ValueError
        For empty, negative or missing e-values, or weights that do not fit them.

    Examples
    --------
    >>> average([8.0, 1.0, 0.0])
    3.0

    References
    ----------
    Vovk & Wang 2021, E-values: calibration, combination and applications, arXiv 1912.06116.
    """
    values = _checked(evalues)
    shares = np.ones_like(values) if weights is None else np.asarray(weights, dtype=np.float64)
    if shares.shape != values.shape or not np.isfinite(shares).all() or (shares < 0).any():
        msg = "weights must be finite, at least 0, and one for each e-value"
        raise ValueError(msg)
    if shares.sum() == 0:
        msg = "at least one weight must be above 0"
        raise ValueError(msg)
    used = shares > 0  # 0 * inf is not a number, and a weight of 0 means: leave it out
    return float(np.average(values[used], weights=shares[used]))


def staked(evalues: ArrayLike) -> NDArray[np.float64]:
    """How much do successive e-values win, when few of them may know anything? Log, after each.

    Whoever stakes all its money on every e-value is ruined by many that know nothing, long before
    the few that do come up. So the money is shared out once among players that stake 5, 10, 20,
    40, 70 and 100 % of theirs each time. Each plays a fair game where `product` does, and so does
    their sum; against the best player at most a factor of six is lost, once.

    Parameters
    ----------
    evalues
        Shape (steps,), each >= 0, each fair given those before it.

    Raises
    ------
    ValueError
        For empty, negative or missing e-values.

    Examples
    --------
    >>> bool(np.exp(staked([1.0] * 50)[-1]).round(9) == 1.0)
    True
    >>> few = [20.0, *[0.8] * 30]
    >>> bool(np.exp(staked(few)[-1]) > 30 * np.prod(few))
    True

    References
    ----------
    Cover 1991, Universal portfolios, doi 10.1111/j.1467-9965.1991.tb00002.x; Waudby-Smith & Ramdas
    2024, Estimating means of bounded random variables by betting, arXiv 2010.09686.
    """
    values, stakes = _checked(evalues), np.array(_STAKES)[:, None]
    with np.errstate(divide="ignore"):  # who staked all on a 0 has nothing
        logs = np.cumsum(np.log(1 - stakes + stakes * values), axis=1)
    return np.asarray(logsumexp(logs, axis=0) - math.log(len(_STAKES)))


def product(evalues: ArrayLike) -> float:
    """What do successive e-values say together, when each one is fair given the past?

    Valid only when ``E[e_t | e_1 .. e_{t-1}] <= 1`` under the null. Independent randomisations
    (planted secrets, siblings drawn one by one) have this. Conformal e-values that share their
    controls do not: their product breaks its bound up to tenfold; use label betting there.

    Raises
    ------
    ValueError
        For empty, negative or missing e-values.

    Examples
    --------
    >>> product([2.0, 5.0, 0.5])
    5.0

    References
    ----------
    Vovk & Wang 2021, arXiv 1912.06116.
    """
    values = _checked(evalues)
    if (values == 0).any():  # bankrupt for good, also against a later infinity
        return 0.0
    return float(np.prod(values))


def calibrate(p: float, kappa: float = 0.5) -> float:
    """Which e-value may stand for this p-value?

    The power calibrator ``kappa * p**(kappa - 1)``.

    Parameters
    ----------
    p
        A p-value, 0 to 1.
    kappa
        Strictly between 0 and 1, fixed in advance; small values pay only for tiny p.

    Raises
    ------
    ValueError
        For p or kappa out of range.

    Examples
    --------
    >>> calibrate(0.0001)
    50.0

    References
    ----------
    Vovk & Wang 2021, arXiv 1912.06116, section 2.
    """
    if not 0 <= p <= 1 or not 0 < kappa < 1:
        msg = f"need 0 <= p <= 1 and 0 < kappa < 1, got p={p}, kappa={kappa}"
        raise ValueError(msg)
    return math.inf if p == 0 else kappa * p ** (kappa - 1)


def to_p(e: float) -> float:
    """Which p-value does this e-value give?

    Raises
    ------
    ValueError
        For a negative or missing e-value.

    Examples
    --------
    >>> to_p(40.0)
    0.025

    References
    ----------
    Markov's inequality; Vovk & Wang 2021, arXiv 1912.06116.
    """
    if not e >= 0:
        msg = f"an e-value is at least 0, got {e}"
        raise ValueError(msg)
    return 1.0 if e <= 1 else 1.0 / e


def e_bh(evalues: ArrayLike, q: float) -> NDArray[np.bool_]:
    """Which hypotheses fall at false discovery rate q, whatever the dependence of the e-values?

    Reject the k largest, for the largest k whose k-th largest e-value is at least ``m / (q k)``.
    Give it current values, never running maxima.

    Parameters
    ----------
    evalues
        Shape (m,), each >= 0.
    q
        Target false discovery rate, strictly between 0 and 1.

    Raises
    ------
    ValueError
        For bad e-values or q out of range.

    Examples
    --------
    >>> e_bh([40.0, 25.0, 1.0, 0.2], q=0.1).tolist()
    [True, True, False, False]

    References
    ----------
    Wang & Ramdas 2022, False discovery rate control with e-values, arXiv 2009.02824.
    """
    values = _checked(evalues)
    if not 0 < q < 1:
        msg = f"q must be strictly between 0 and 1, got {q}"
        raise ValueError(msg)
    descending = np.sort(values)[::-1]
    enough = descending * np.arange(1, values.size + 1) >= values.size / q
    if not enough.any():
        return np.zeros(values.size, dtype=np.bool_)
    # Every e-value at or above the cut: ties at the cut are rejected together.
    cut = float(descending[np.flatnonzero(enough)[-1]])
    return np.greater_equal(values, cut)


def _power_sum(exponent: float, n: int) -> float:
    """Sum r**-exponent over r = 1..n, by Euler-Maclaurin beyond the first thousand terms."""
    ranks = np.arange(1, min(n, _DIRECT_TERMS) + 1, dtype=np.float64)
    head = math.fsum(ranks**-exponent)
    if n <= _DIRECT_TERMS:
        return head
    low, high = float(_DIRECT_TERMS), float(n)
    if exponent == 1:
        area = math.log(high / low)
    else:
        area = float(high ** (1 - exponent) - low ** (1 - exponent)) / (1 - exponent)
    ends = (float(high**-exponent) - float(low**-exponent)) / 2
    slopes = -exponent * float(high ** (-exponent - 1) - low ** (-exponent - 1)) / 12
    return head + area + ends + slopes


def rank_e(rank: int, n: int) -> float:
    """How strong is the evidence of a rank that would be uniform on 1..n under the null?

    A fixed mixture of ``r**-a``, each normalised so that the mean over the n ranks is exactly one.
    Rank 1 is the most extreme; the last rank keeps a fifth of its stake or more.

    Parameters
    ----------
    rank
        1 (most extreme) to n.
    n
        Number of exchangeable variants, the tested one included.

    Raises
    ------
    ValueError
        When not 1 <= rank <= n.

    Examples
    --------
    >>> round(rank_e(1, 20), 2), round(rank_e(20, 20), 2)
    (4.68, 0.54)

    References
    ----------
    Vovk & Wang 2021, arXiv 1912.06116 (mixtures of power calibrators).
    """
    if not 1 <= rank <= n:
        msg = f"rank must lie in 1..n, got rank={rank}, n={n}"
        raise ValueError(msg)
    logs = [
        -a * math.log(rank) + math.log(n) - math.log(_power_sum(a, n) * len(_EXPONENTS))
        for a in _EXPONENTS
    ]
    return float(np.exp(logsumexp(logs)))


def rank_e_max(n: int) -> float:
    """What is the largest e-value that a rank among n can give?

    Raises
    ------
    ValueError
        When n < 1.

    Examples
    --------
    >>> rank_e_max(1)
    1.0
    """
    return rank_e(1, n)
