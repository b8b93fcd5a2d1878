"""What can be known of a text without asking any model."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import HashingVectorizer

from assay.text.ngrams import words

_TOPICS = 24  # with the counts below and a date this stays under 40 columns
_BUCKETS = 2**12
_CODE = frozenset("{}[]()<>=+-*/\\|&^%$#@_;`~")


def blind_features(texts: Sequence[str], *, dates: ArrayLike | None = None) -> NDArray[np.float64]:
    """What do these texts look like to a judge that never asks a model?

    Length, word length, shares of digits, capitals, punctuation, line breaks and code symbols, and
    the leading directions of a hashed bag of words. Fitted on all texts together without labels,
    so that a classifier on top may be cross-fitted. Deterministic.

    Parameters
    ----------
    texts
        At least two.
    dates
        Shape (n,), finite, in any one unit (days, for example): one more column.

    Returns
    -------
    Shape (n, d) with d <= 40, finite, unscaled.

    Raises
    ------
    ValueError
        For fewer than two texts, or dates that do not fit them.

    Examples
    --------
    >>> blind_features(["def f(x): return x", "How many apples are left?"], dates=[1, 2]).shape
    (2, 11)

    References
    ----------
    Das et al. 2024, Blind baselines beat membership inference attacks, arXiv 2406.16201.
    """
    if len(texts) < 2:
        msg = f"blind features compare texts: need at least two, got {len(texts)}"
        raise ValueError(msg)
    blocks = [np.array([_counts(text) for text in texts]), _topics(texts)]
    if dates is not None:
        column = np.asarray(dates, dtype=np.float64)
        if column.shape != (len(texts),) or not np.isfinite(column).all():
            msg = f"need one finite date for each of the {len(texts)} texts"
            raise ValueError(msg)
        blocks.append(column[:, None])
    return np.hstack(blocks)


def _counts(text: str) -> list[float]:
    tokens = words(text)
    size = max(len(text), 1)
    return [
        math.log1p(len(text)),
        math.log1p(len(tokens)),
        sum(map(len, tokens)) / max(len(tokens), 1),
        sum(c.isdigit() for c in text) / size,
        sum(c.isupper() for c in text) / size,
        sum(not c.isalnum() and not c.isspace() for c in text) / size,
        text.count("\n") / size,
        sum(c in _CODE for c in text) / size,
    ]


def _topics(texts: Sequence[str]) -> NDArray[np.float64]:
    """Reduce the hashed words; a set without any word, or of one text twice, has no direction."""
    hashed = HashingVectorizer(n_features=_BUCKETS, alternate_sign=False, ngram_range=(1, 2))
    counts = hashed.transform(texts)
    rank = min(_TOPICS, len(texts), np.unique(counts.indices).size - 1)
    if rank < 1:
        return np.zeros((len(texts), 0))
    # The solver draws; one fixed seed makes the same texts give the same columns everywhere.
    reduced = TruncatedSVD(rank, algorithm="randomized", random_state=0).fit_transform(counts)
    return np.asarray(reduced, dtype=np.float64)
