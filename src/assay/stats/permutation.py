"""Exact tests from shuffling: ranks, permutation p-values and their sequential form."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

# Above this product of sample sizes, or with ties, the rank-sum law is drawn instead of enumerated.
_ENUMERATED = 10_000
_SHUFFLES = 9_999


def _finite(values: ArrayLike, name: str, ndim: int = 1) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != ndim or array.size == 0 or np.isnan(array).any():
        msg = f"{name} must be a non-empty {ndim}-dimensional array without missing values"
        raise ValueError(msg)
    return array


def rank_p(observed: float, draws: ArrayLike) -> float:
    """How often is a draw from the null at least as extreme as what was observed?

    ``(1 + #{draws >= observed}) / (m + 1)``: exact when the observed value and the m draws are
    exchangeable under the null. Ties count against significance.

    Parameters
    ----------
    observed
        Larger is more extreme.
    draws
        Shape (m,), m >= 1.

    Raises
    ------
    ValueError
        For missing values or no draws.

    Examples
    --------
    >>> rank_p(3.0, [1.0, 2.0, 3.0, 0.0])
    0.4

    References
    ----------
    Phipson & Smyth 2010, Permutation p-values should never be zero, arXiv 1603.05766.
    """
    null = _finite(draws, "draws")
    if np.isnan(observed):
        msg = "the observed value is missing"
        raise ValueError(msg)
    return float((1 + np.count_nonzero(null >= observed)) / (null.size + 1))


def joint_rank(observed_by_shard: ArrayLike, draws: ArrayLike) -> float:
    """How extreme is the sum over shards, against the sums of the draws?

    One rank for all shards together. It is exact for any number of shards, unlike a t-test over
    shards, which is only asymptotic.

    Parameters
    ----------
    observed_by_shard
        Shape (shards,).
    draws
        Shape (shards, m): the same statistic on m shuffles of each shard.

    Raises
    ------
    ValueError
        When shapes do not agree or values are missing.

    Examples
    --------
    >>> joint_rank([2.0, 2.0], [[1.0, 3.0, 0.0], [1.0, 2.0, 0.0]])
    0.5

    References
    ----------
    Oren et al. 2024, Proving test set contamination in black-box language models, arXiv 2310.17623.
    """
    observed = _finite(observed_by_shard, "observed_by_shard")
    null = _finite(draws, "draws", ndim=2)
    if null.shape[0] != observed.size:
        msg = f"{observed.size} shards were observed, but draws has {null.shape[0]} rows"
        raise ValueError(msg)
    # Both sums run in the same order, so that equal terms give equal sums and ties stay ties.
    sums = np.column_stack([observed, null]).sum(axis=0)
    return rank_p(float(sums[0]), sums[1:])


def mann_whitney(suspects: ArrayLike, controls: ArrayLike, *, seed: int = 0) -> float:
    """Do suspects score higher than controls? One-sided rank-sum p-value.

    Enumerated when there are no ties and the samples are small, else drawn from 9,999 seeded
    shuffles, so that it is exact under exchangeability at any size (its floor is then 1/10,000).

    Raises
    ------
    ValueError
        For empty samples or missing values.

    Examples
    --------
    >>> mann_whitney([3.0, 4.0], [1.0, 2.0]) == 1 / 6
    True

    References
    ----------
    Mann & Whitney 1947, doi 10.1214/aoms/1177730491.
    """
    a, b = _finite(suspects, "suspects"), _finite(controls, "controls")
    pooled = np.concatenate([a, b])
    if a.size == 1 or b.size == 1:  # the labelling is which item stands alone: a plain rank
        return float(np.mean(pooled >= a[0] if a.size == 1 else pooled <= b[0]))
    if np.unique(pooled).size == pooled.size and a.size * b.size <= _ENUMERATED:
        return float(stats.mannwhitneyu(a, b, alternative="greater", method="exact").pvalue)
    ranks = stats.rankdata(pooled)

    def rank_sum(first: NDArray[np.float64], _: NDArray[np.float64], axis: int = 0) -> ArrayLike:
        return np.asarray(first.sum(axis=axis))

    return permutation_test(
        rank_sum, ranks[: a.size], ranks[a.size :], permutations=_SHUFFLES, seed=seed
    )


def permutation_test(
    statistic: Callable[..., ArrayLike],
    a: ArrayLike,
    b: ArrayLike,
    *,
    permutations: int,
    seed: int,
) -> float:
    """Is the statistic of (a, b) larger than under shuffled group labels? One-sided p-value.

    Parameters
    ----------
    statistic
        ``statistic(a, b, axis)``, larger means more extreme.
    a, b
        Shapes (n,) and (m,), both at least 2.
    permutations
        Number of shuffles; all distinct ones are enumerated when there are no more than that.
    seed
        Seed of the shuffles.

    Raises
    ------
    ValueError
        For samples of fewer than two, missing values or no shuffles.

    Examples
    --------
    >>> def difference(a, b, axis=0):
    ...     return a.mean(axis=axis) - b.mean(axis=axis)
    >>> permutation_test(difference, [5.0, 6.0, 7.0], [1.0, 2.0], permutations=999, seed=1)
    0.1

    References
    ----------
    Phipson & Smyth 2010, arXiv 1603.05766.
    """
    if permutations < 1:
        msg = f"need at least one permutation, got {permutations}"
        raise ValueError(msg)
    result = stats.permutation_test(
        (_finite(a, "a"), _finite(b, "b")),
        statistic,
        permutation_type="independent",
        vectorized=True,
        n_resamples=permutations,
        batch=1_000,  # bounds the memory of large samples
        alternative="greater",
        rng=np.random.default_rng(seed),
    )
    return float(result.pvalue)


def besag_clifford(draw: Iterator[bool], hits: int, limit: int) -> float:
    """How extreme is the observed value, drawing from the null only as often as needed?

    Draws until ``hits`` draws were at least as extreme, or ``limit`` draws were made. Exact, and
    cheap when there is nothing to see.

    Parameters
    ----------
    draw
        Yields True when one more draw from the null is at least as extreme as what was observed.
    hits
        Stop after that many, >= 1; 10 is customary.
    limit
        Most draws, >= hits; the smallest p is 1/(limit + 1).

    Raises
    ------
    ValueError
        When not 1 <= hits <= limit, or the iterator ends early.

    Examples
    --------
    >>> besag_clifford(iter([True, False, True, False]), hits=2, limit=99)
    0.6666666666666666

    References
    ----------
    Besag & Clifford 1991, Sequential Monte Carlo p-values, doi 10.1093/biomet/78.2.301.
    """
    if not 1 <= hits <= limit:
        msg = f"need 1 <= hits <= limit, got hits={hits}, limit={limit}"
        raise ValueError(msg)
    found = 0
    for count in range(1, limit + 1):
        extreme = next(draw, None)
        if extreme is None:
            msg = f"the draws ended after {count - 1} of {limit}"
            raise ValueError(msg)
        found += extreme
        if found == hits:
            return hits / count
    return (found + 1) / (limit + 1)


def missingness(attempted_by_label: ArrayLike) -> float:
    """Do answers go missing more often under one label than under the other?

    Fisher's exact test, two-sided. A small p means that the missing answers tell the labels apart,
    so they must not be treated as missing at random.

    Parameters
    ----------
    attempted_by_label
        Shape (2, 2), counts: rows suspects and controls, columns answered and missing.

    Raises
    ------
    ValueError
        When it is no 2 x 2 table of counts.

    Examples
    --------
    >>> missingness([[50, 0], [50, 0]])
    1.0
    >>> missingness([[50, 0], [38, 12]]) < 0.001
    True

    References
    ----------
    Fisher 1922, doi 10.2307/2340521.
    """
    table = np.asarray(attempted_by_label)
    if table.shape != (2, 2) or (table < 0).any() or (table != np.floor(table)).any():
        msg = "need a 2 x 2 table of counts"
        raise ValueError(msg)
    return float(min(1.0, stats.fisher_exact(table.astype(np.int64)).pvalue))
