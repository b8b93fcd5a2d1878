"""Three published methods, asked the same question about the same models and items.

They are given what their papers ask for, and in doubt more: dataset inference gets the reference
model's numbers wherever Assay does, the permutation test gets benchmarks whose file was planted in
its published order, and Min-K%++ gets a threshold fitted on the suite's own labels, of other kinds
of benchmark.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from assay.core.subject import Reply
from assay.probes.logprob import lowest_mean, standardised

__all__ = [
    "LEVELS",
    "dataset_inference",
    "features",
    "fixed_threshold",
    "minkpp",
    "permutation_test",
    "swaps",
]

Array = NDArray[np.float64]

LEVELS: Final[Mapping[str, float]] = {"permutation": 0.05, "dataset inference": 0.1}
"""P-values below which each says "leaked": dataset inference's own, and the usual one."""
SHARES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
PENALTY = 1.0
"""Of the linear model, in units of standardised features: some hundred rows, some forty columns."""


def minkpp(reply: Reply, share: float = 0.2) -> float:
    """Min-K%++ of one text: mean of the lowest share of standardised log-probabilities."""
    return lowest_mean(standardised(reply), share)


def fixed_threshold(scores: Array, leaked: NDArray[np.bool_]) -> float:
    """Above which mean Min-K%++ score is a benchmark best called leaked?

    Whoever uses a fixed threshold has it from benchmarks whose contamination is known. This one
    maximises balanced accuracy on those.

    Parameters
    ----------
    scores
        Shape (n,): one mean score for each benchmark.
    leaked
        Shape (n,): what is known of them; both kinds occur.

    Examples
    --------
    >>> fixed_threshold(np.array([1.0, 2.0, 3.0, 4.0]), np.array([False, False, True, True]))
    2.5

    References
    ----------
    Zhang et al. 2025, arXiv 2404.02936.
    """
    values = np.unique(scores)
    cuts = np.array([values[0] - 1, *(values[1:] + values[:-1]) / 2, values[-1] + 1])
    above = scores[None, :] > cuts[:, None]
    balanced = above[:, leaked].mean(axis=1) + (~above[:, ~leaked]).mean(axis=1)
    return float(cuts[int(np.argmax(balanced))])


def swaps(texts: Sequence[str]) -> list[tuple[str, str]]:
    r"""Lay neighbours together, in published and in swapped order: shards of two.

    All orders of a shard are then asked for, and both items fit into a small window.

    Examples
    --------
    >>> swaps(["a", "b", "c"])
    [('a\n\nb', 'b\n\na')]
    """
    pairs = zip(texts[::2], texts[1::2], strict=False)
    return [(f"{one}\n\n{two}", f"{two}\n\n{one}") for one, two in pairs]


def permutation_test(replies: Sequence[tuple[Reply, Reply]]) -> float:
    """Is the published order likelier than a shuffled one? One-sided p of a t-test over shards.

    Parameters
    ----------
    replies
        To what `swaps` lays together; a shard that the model could not score is left out.

    Returns
    -------
    float
        1 where there are fewer than two shards, or they do not differ.

    References
    ----------
    Oren et al. 2024, arXiv 2310.17623.
    """
    gains = [
        math.fsum(a.logprobs) - math.fsum(b.logprobs)
        for a, b in replies
        if a.logprobs and b.logprobs
    ]
    if len(gains) < 2 or np.ptp(gains) == 0:
        return 1.0
    return float(stats.ttest_1samp(gains, 0.0, alternative="greater").pvalue)


def features(text: str, reply: Reply) -> list[float]:
    """Which numbers does dataset inference look at, for one text and one model?"""
    values = np.array(reply.logprobs)
    scaled = np.array(standardised(reply))
    size = len(zlib.compress(text.encode("utf-8", "surrogatepass")))
    found = [float(values.mean()), float(values.sum()) / size, float(np.exp(-values.mean()))]
    for share in SHARES:
        found += [lowest_mean(values.tolist(), share), lowest_mean(scaled.tolist(), share)]
        found.append(-lowest_mean((-values).tolist(), share))  # the likeliest: Max-K%
    return found


def dataset_inference(suspects: Array, controls: Array, *, seed: int) -> float:
    """Can a linear model of one half tell suspects from controls in the other? One-sided p.

    Parameters
    ----------
    suspects, controls
        Shape (n, d): features of the suspects and of the held-back items.
    seed
        Draws the halves.

    Returns
    -------
    float
        Of Welch's t-test of the model's scores on the halves that it was not fitted to; 1 where
        they do not differ at all.

    References
    ----------
    Maini et al. 2024, LLM Dataset Inference, arXiv 2406.06443.
    """
    draw = np.random.default_rng(seed)
    a, b = draw.permutation(suspects), draw.permutation(controls)
    fit = np.vstack([a[: len(a) // 2], b[: len(b) // 2]])
    labels = np.r_[np.ones(len(a) // 2), np.zeros(len(b) // 2)]
    low, high = np.quantile(fit, [0.025, 0.975], axis=0)  # outliers are clipped, as published
    middle, spread = np.clip(fit, low, high).mean(axis=0), np.clip(fit, low, high).std(axis=0)

    def scaled(rows: Array) -> Array:
        clipped: Array = (np.clip(rows, low, high) - middle) / np.where(spread > 0, spread, 1.0)
        return clipped

    rows = scaled(fit)
    slopes = np.linalg.solve(
        rows.T @ rows + PENALTY * np.eye(rows.shape[1]), rows.T @ (labels - labels.mean())
    )
    left, right = (scaled(half) @ slopes for half in (a[len(a) // 2 :], b[len(b) // 2 :]))
    if np.ptp(np.r_[left, right]) == 0:
        return 1.0
    p = stats.ttest_ind(left, right, equal_var=False, alternative="greater").pvalue
    return float(p)
