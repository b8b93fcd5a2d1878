"""Can a reader who knows no model tell one group of texts from another?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from assay.stats.intervals import auc, auc_interval
from assay.text.blind import blind_features

__all__ = ["Alike", "told_apart"]

Array = NDArray[np.float64]
FOLDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """The area under the curve of a text-only classifier, with its 95 % interval."""

    area: float
    low: float
    high: float
    planted: int
    real: int


def told_apart(texts: Sequence[str], planted: Sequence[bool], *, seed: int) -> Alike:
    """How well does a cross-fitted classifier tell these texts apart?

    Two logistic regressions, on counts and topics (`blind_features`) and on runs of two to four
    characters, whose ranks are averaged within each fold.

    Parameters
    ----------
    texts
        All of them.
    planted
        Which are of the one group.
    seed
        Of the folds.

    Returns
    -------
    Alike
        With fewer than two of a kind nothing can be learnt: the interval is 0 to 1.
    """
    labels = np.asarray(planted, dtype=np.bool_)
    few, many = int(labels.sum()), int((~labels).sum())
    if min(few, many) < 2:
        return Alike(area=0.5, low=0.0, high=1.0, planted=few, real=many)
    features = blind_features(texts)
    found = np.zeros(len(texts))
    splitter = StratifiedKFold(min(FOLDS, few, many), shuffle=True, random_state=seed)
    for train, test in splitter.split(features, labels):
        counts = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))
        counts.fit(features[train], labels[train])
        runs = make_pipeline(
            TfidfVectorizer(analyzer="char", ngram_range=(2, 4), max_features=20_000),
            LogisticRegression(max_iter=1000, class_weight="balanced"),
        )
        runs.fit([texts[i] for i in train], labels[train])
        both = (
            counts.decision_function(features[test]),
            runs.decision_function([texts[i] for i in test]),
        )
        # Ranks, because the levels of differently fitted classifiers are not comparable.
        found[test] = sum(stats.rankdata(one) / (test.size + 1) for one in both)
    low, high = auc_interval(found[labels], found[~labels])
    area = auc(found[labels], found[~labels])
    return Alike(area=area, low=low, high=high, planted=few, real=many)
