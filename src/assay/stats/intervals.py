"""Intervals for shares, for areas under the curve, and for any statistic by bootstrap."""

import math
import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, stats

_RESAMPLES = 1_999

Interval = tuple[float, float]


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        msg = f"a level lies strictly between 0 and 1, got {level}"
        raise ValueError(msg)


def _sample(values: ArrayLike, name: str) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or array.size == 0 or np.isnan(array).any():
        msg = f"{name} must be a non-empty one-dimensional array without missing values"
        raise ValueError(msg)
    return array


def clopper_pearson(k: int, n: int, level: float = 0.95) -> Interval:
    """Between which shares does the true one lie, after k hits in n independent trials?

    Covers at least ``level`` for every true share. A one-sided bound at 95 % is one end of the
    interval at level 0.90.

    Raises
    ------
    ValueError
        When not 0 <= k <= n, n < 1, or the level is out of range.

    Examples
    --------
    >>> [round(bound, 4) for bound in clopper_pearson(0, 20)]
    [0.0, 0.1684]

    References
    ----------
    Clopper & Pearson 1934, doi 10.1093/biomet/26.4.404.
    """
    _check_level(level)
    if n < 1 or not 0 <= k <= n:
        msg = f"need 0 <= k <= n and n >= 1, got k={k}, n={n}"
        raise ValueError(msg)
    tail = (1 - level) / 2
    low = 0.0 if k == 0 else float(stats.beta.ppf(tail, k, n - k + 1))
    high = 1.0 if k == n else float(stats.beta.ppf(1 - tail, k + 1, n - k))
    return low, high


def bootstrap(
    values: ArrayLike,
    statistic: Callable[..., ArrayLike],
    *,
    seed: int,
    level: float = 0.95,
) -> Interval:
    """Between which bounds does a statistic of the sampled population lie, roughly?

    Bias-corrected and accelerated (BCa); approximate, about right from some 30 values on. Falls
    back to percentiles where BCa is undefined (all resamples on one side of the estimate).

    Parameters
    ----------
    values
        Shape (n,), n >= 2, independent draws.
    statistic
        ``statistic(values, axis)``, for example ``numpy.mean``.
    seed
        Seed of the resampling.
    level
        Aimed coverage, 0 to 1.

    Raises
    ------
    ValueError
        For fewer than two values, missing values, or the level out of range.

    Examples
    --------
    >>> low, high = bootstrap([float(i % 7) for i in range(70)], np.mean, seed=1)
    >>> low < 3.0 < high
    True

    References
    ----------
    Efron 1987, Better bootstrap confidence intervals, doi 10.1080/01621459.1987.10478410.
    """
    _check_level(level)
    sample = _sample(values, "values")
    if sample.size < 2:
        msg = "a bootstrap needs at least two values"
        raise ValueError(msg)
    if np.ptp(sample) == 0:
        constant = float(np.asarray(statistic(sample, axis=-1)))
        return constant, constant
    with warnings.catch_warnings(), np.errstate(invalid="ignore", divide="ignore"):
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)  # handled just below
        result = stats.bootstrap(
            (sample,),
            statistic,
            n_resamples=_RESAMPLES,
            confidence_level=level,
            method="BCa",
            rng=np.random.default_rng(seed),
        )
    low, high = result.confidence_interval
    if np.isnan(low) or np.isnan(high):
        tail = (1 - level) / 2
        low, high = np.quantile(result.bootstrap_distribution, [tail, 1 - tail])
    return float(low), float(high)


def placements(
    suspects: ArrayLike, controls: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What share of the controls lies below each suspect, and of the suspects above each control?

    Ties count half. The mean of either array is the area under the curve; their variances give
    its standard error.

    Raises
    ------
    ValueError
        For empty samples or missing values.

    Examples
    --------
    >>> [side.tolist() for side in placements([2.0, 3.0], [1.0, 2.0])]
    [[0.75, 1.0], [1.0, 0.75]]

    References
    ----------
    DeLong, DeLong & Clarke-Pearson 1988, doi 10.2307/2531595.
    """
    a, b = _sample(suspects, "suspects"), _sample(controls, "controls")
    ranks = stats.rankdata(np.concatenate([a, b]))
    own_a, own_b = stats.rankdata(a), stats.rankdata(b)
    return (ranks[: a.size] - own_a) / b.size, 1.0 - (ranks[a.size :] - own_b) / a.size


def auc(suspects: ArrayLike, controls: ArrayLike) -> float:
    """How likely does a random suspect score above a random control? Ties count half.

    Raises
    ------
    ValueError
        For empty samples or missing values.

    Examples
    --------
    >>> auc([2.0, 3.0], [1.0, 2.0])
    0.875
    """
    return float(placements(suspects, controls)[0].mean())


def auc_interval(suspects: ArrayLike, controls: ArrayLike, *, level: float = 0.95) -> Interval:
    """Between which bounds does the area under the curve lie?

    The wider, at each end, of DeLong's interval on the logit scale and Newcombe's score interval
    with the Hanley-McNeil variance: the first is right for any shapes in large samples, the second
    keeps a width when the samples are small or perfectly separated.

    Parameters
    ----------
    suspects, controls
        Shapes (n,) and (m,); larger means more suspicious.
    level
        Two-sided coverage, 0 to 1.

    Raises
    ------
    ValueError
        For empty samples, missing values, or the level out of range.

    Examples
    --------
    >>> low, high = auc_interval([2.0, 3.0, 4.0, 5.0], [0.0, 1.0, 1.5, 1.8])
    >>> low < 0.7, high
    (True, 1.0)

    References
    ----------
    DeLong et al. 1988, doi 10.2307/2531595; Newcombe 2006, doi 10.1002/sim.2324.
    """
    _check_level(level)
    above, below = placements(suspects, controls)
    z = float(stats.norm.ppf((1 + level) / 2))
    first = _delong(above, below, z)
    second = _newcombe(float(above.mean()), (above.size, below.size), z)
    return min(first[0], second[0]), max(first[1], second[1])


def auc_upper(suspects: ArrayLike, controls: ArrayLike, *, alpha: float = 0.05) -> float:
    """Below which value does the area under the curve lie, wrong at most alpha of the time?

    The upper end of :func:`auc_interval` at level ``1 - 2 alpha``.

    Raises
    ------
    ValueError
        For empty samples, missing values, or alpha not in (0, 0.5).

    Examples
    --------
    >>> round(auc_upper([0.0, 1.0] * 200, [0.0, 1.0] * 200), 2)
    0.53
    """
    return auc_interval(suspects, controls, level=1 - 2 * alpha)[1]


def _delong(above: NDArray[np.float64], below: NDArray[np.float64], z: float) -> Interval:
    area = float(above.mean())
    if not 0 < area < 1 or min(above.size, below.size) < 2:
        return area, area  # no variance to be had; the score interval decides
    variance = above.var(ddof=1) / above.size + below.var(ddof=1) / below.size
    centre = math.log(area / (1 - area))
    reach = z * math.sqrt(float(variance)) / (area * (1 - area))
    return _expit(centre - reach), _expit(centre + reach)


def _expit(x: float) -> float:
    return 0.5 * (1 + math.tanh(x / 2))


def _newcombe(area: float, sizes: tuple[int, int], z: float) -> Interval:
    """All areas whose own standard error reaches the observed one (Newcombe's method 5)."""
    n, m = sizes
    extra = (n + m) / 2 - 1

    def distance(candidate: float) -> float:
        shape = 1 + extra * ((1 - candidate) / (2 - candidate) + candidate / (1 + candidate))
        variance = candidate * (1 - candidate) * shape / (n * m)
        return (candidate - area) ** 2 - z * z * variance

    edge = 1e-9  # at 0 and 1 the estimate itself solves the equation; the other root is wanted
    low = 0.0 if area <= 0 else optimize.brentq(distance, 0.0, min(area, 1 - edge))
    high = 1.0 if area >= 1 else optimize.brentq(distance, max(area, edge), 1.0)
    return float(low), float(high)
