"""The guard: may controls that chance did not pick be used as controls?

Items that a model cannot have seen are often later, longer or worded differently. Then any score
that reacts to length or wording "finds" a leak. Three conditions must hold before such controls
may support a flag; passing is necessary, and never a proof that the groups are alike.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from assay.stats.betting import sensitivity
from assay.stats.intervals import auc, auc_upper, placements

Array = NDArray[np.float64]

BLIND_CEILING = 0.55
BLIND_LEVEL = 0.05
BEATS_LEVEL = 0.05
GAMMA_FLOOR = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Did the controls pass, and on what numbers?

    Parameters
    ----------
    blind_auc
        Area under the curve of a classifier that never asked the model, 0 to 1.
    blind_upper
        Upper 95 % bound of that area.
    beats_p
        One-sided p-value that the scores separate the groups better than the blind classifier.
    gamma_star
        Odds factor of hidden bias at which the verdict flips; 1.0 when there is no verdict.
    passed
        All three conditions hold.
    reason
        One sentence, with the numbers.
    """

    blind_auc: float
    blind_upper: float
    beats_p: float
    gamma_star: float
    passed: bool
    reason: str


def guard(
    scores: ArrayLike,
    blind_features: ArrayLike,
    suspects: ArrayLike,
    *,
    alpha: float,
    seed: int,
    folds: int = 5,
) -> Guard:
    """May these suspects be compared with these controls, and does the verdict survive doubt?

    (a) A cross-fitted classifier on model-free features has an area under the curve whose upper
    95 % bound is at most .55, in samples large enough that alike groups would typically pass (some
    180 of each kind). (b) The scores beat that classifier on the same items, paired,
    one-sided at .05. (c) The label-betting verdict at alpha survives odds shifted by 1.5.

    Parameters
    ----------
    scores
        Shape (n,) or (n, d), higher is more suspicious, rows in (shuffled) order of revelation.
    blind_features
        Shape (n, k), finite: what can be known of an item without asking the model.
    suspects
        Shape (n,), bool.
    alpha
        Level of the verdict.
    seed
        Seed of the folds.
    folds
        Cross-fitting folds, >= 2.

    Raises
    ------
    ValueError
        For shapes that do not fit, missing features, or fewer than two folds.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> labels = rng.permutation(np.arange(60) < 30)
    >>> outcome = guard(labels + rng.random(60), rng.random((60, 2)), labels, alpha=0.01, seed=0)
    >>> outcome.passed
    False
    >>> "too few" in outcome.reason
    True

    References
    ----------
    Rosenbaum 2002, Observational Studies (sensitivity); DeLong et al. 1988, doi 10.2307/2531595
    (paired comparison); Das et al. 2024, Blind baselines beat membership inference attacks,
    arXiv 2406.16201.
    """
    table, features, labels = _checked(scores, blind_features, suspects, folds)
    n, m = int(labels.sum()), int((~labels).sum())
    if min(n, m) < folds:
        reason = f"Cannot certify: too few items ({n} suspects, {m} controls) for {folds} folds."
        return Guard(
            blind_auc=math.nan, blind_upper=1.0, beats_p=1.0, gamma_star=1.0,
            passed=False, reason=reason,
        )  # fmt: skip
    blind = _out_of_fold(features, labels, folds, seed)
    blind_auc = auc(blind[labels], blind[~labels])
    upper = auc_upper(blind[labels], blind[~labels], alpha=BLIND_LEVEL)
    beats = paired_auc_p(_combined(table), blind, labels)
    gamma = sensitivity(table, labels, alpha=alpha)
    failures = _failures(upper, beats, gamma, (n, m))
    numbers = (
        f"blind AUC {blind_auc:.3f} (bound {upper:.3f}), paired p {beats:.2g}, Gamma* {gamma:.2f}"
    )
    verdict = "Cannot certify: " + "; ".join(failures) if failures else "Passed"
    return Guard(
        blind_auc=blind_auc,
        blind_upper=upper,
        beats_p=beats,
        gamma_star=gamma,
        passed=not failures,
        reason=f"{verdict} ({numbers}).",
    )


def paired_auc_p(first: Array, second: Array, suspects: NDArray[np.bool_]) -> float:
    """Does the first score separate suspects from controls better than the second, same items?

    DeLong's paired test, one-sided; asymptotic, fair from some 30 items of each kind on.

    Parameters
    ----------
    first, second
        Shape (n,).
    suspects
        Shape (n,), at least two of each kind.

    Raises
    ------
    ValueError
        For fewer than two of either kind.

    Examples
    --------
    >>> labels = np.arange(40) < 20
    >>> paired_auc_p(labels * 1.0 + np.arange(40) % 2, np.arange(40) % 3 * 1.0, labels) < 0.05
    True

    References
    ----------
    DeLong et al. 1988, doi 10.2307/2531595.
    """
    if min(suspects.sum(), (~suspects).sum()) < 2:
        msg = "a paired comparison needs two suspects and two controls"
        raise ValueError(msg)
    above_first, below_first = placements(first[suspects], first[~suspects])
    above_second, below_second = placements(second[suspects], second[~suspects])
    above, below = above_first - above_second, below_first - below_second
    variance = above.var(ddof=1) / above.size + below.var(ddof=1) / below.size
    difference = float(above.mean())
    if variance == 0:
        return 0.0 if difference > 0 else 1.0
    return float(stats.norm.sf(difference / math.sqrt(float(variance))))


def _checked(
    scores: ArrayLike, blind_features: ArrayLike, suspects: ArrayLike, folds: int
) -> tuple[Array, Array, NDArray[np.bool_]]:
    table = np.asarray(scores, dtype=np.float64)
    table = table[:, None] if table.ndim == 1 else table
    features = np.asarray(blind_features, dtype=np.float64)
    labels = np.asarray(suspects)
    if labels.dtype != np.bool_ or labels.ndim != 1:
        msg = "suspects must be a one-dimensional bool array"
        raise ValueError(msg)
    if table.ndim != 2 or features.ndim != 2 or not len(table) == len(features) == labels.size:
        msg = f"scores {table.shape}, features {features.shape}, suspects {labels.shape} do not fit"
        raise ValueError(msg)
    if not np.isfinite(features).all() or 0 in features.shape:
        msg = "blind features must be finite, at least one column"
        raise ValueError(msg)
    if folds < 2:
        msg = f"cross-fitting needs at least two folds, got {folds}"
        raise ValueError(msg)
    return table, features, labels


def _out_of_fold(features: Array, labels: NDArray[np.bool_], folds: int, seed: int) -> Array:
    """Score each item by a classifier that was fitted without it, ranked within its fold."""
    blind = np.zeros(labels.size)
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    for train, test in splitter.split(features, labels):
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))
        model.fit(features[train], labels[train])
        # Ranks, because the levels of differently fitted classifiers are not comparable.
        blind[test] = stats.rankdata(model.decision_function(features[test])) / (test.size + 1)
    return blind


def _combined(table: Array) -> Array:
    """Mean of the columns' ranks; a missing value counts as the middle."""
    ranks = stats.rankdata(table, axis=0, nan_policy="omit")
    mean: Array = np.where(np.isnan(ranks), (len(table) + 1) / 2, ranks).mean(axis=1)
    return mean


def _failures(upper: float, beats: float, gamma: float, sizes: tuple[int, int]) -> list[str]:
    """Name what failed, in plain words."""
    failures = []
    typical = typical_bound(*sizes)
    if typical > BLIND_CEILING:  # a pass would be luck: a blind AUC well below one half
        failures.append(
            f"too few items: even alike groups of this size reach a bound of {typical:.3f}"
        )
    elif upper > BLIND_CEILING:
        failures.append(
            f"a blind classifier may reach an AUC of {upper:.3f}, above {BLIND_CEILING}"
        )
    if beats > BEATS_LEVEL:
        failures.append(f"the scores do not beat the blind classifier (p {beats:.2g})")
    if gamma < GAMMA_FLOOR:
        failures.append(f"the verdict flips at odds shifted by {gamma:.2f}, below {GAMMA_FLOOR}")
    return failures


def typical_bound(n: int, m: int) -> float:
    """Which upper bound of the blind AUC do two *alike* groups of n and m items typically reach?

    Above BLIND_CEILING the sample cannot show that the groups are alike: from some 180 + 180 on it
    can.

    Examples
    --------
    >>> round(typical_bound(82, 82), 3), typical_bound(250, 250) < 0.55
    (0.574, True)
    """
    return 0.5 + float(stats.norm.ppf(1 - BLIND_LEVEL)) * math.sqrt((n + m + 1) / (12 * n * m))
