"""Does one variant stand out from its set, for a reader who knows no model?"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.text.ngrams import char_ngrams, words

__all__ = ["Corpus", "corpus_of", "outliers"]

FARTHEST = 4.5
"""Robust standard deviations from the middle of the set."""
FLOORS = (0.03, 0.03, 0.02)
"""Smaller spreads are taken for these: log length, nats a character, share of rare words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """How often runs of three characters, and words, stand in the source texts."""

    runs: Counter[str]
    heads: Counter[str]
    words: Counter[str]


def corpus_of(texts: Iterable[str]) -> Corpus:
    """Count the source texts once, for all sets."""
    runs, heads, counted = Counter[str](), Counter[str](), Counter[str]()
    for text in texts:
        found = char_ngrams(text, 3)
        runs.update(found)
        heads.update(run[:2] for run in found)
        counted.update(words(text))
    return Corpus(runs=runs, heads=heads, words=counted)


def outliers(texts: Sequence[str], corpus: Corpus) -> list[int]:
    """Which of the texts stand out by length, by rare words, or by how surprising they are?

    The set is judged before any draw, and by rules that treat all its members alike: which one
    is published later can have no share in it.

    Parameters
    ----------
    texts
        The set, at least three; of fewer none stands out.
    corpus
        Of the source texts.

    Returns
    -------
    list
        Their places.

    Examples
    --------
    >>> texts = [f"add {n} apples and {n} pears" for n in range(10, 30)]
    >>> outliers([*texts, "zzzzzzzzzz " * 40], corpus_of(texts))
    [20]
    """
    if len(texts) < 3:
        return []
    table = np.array([_features(text, corpus) for text in texts])
    far = _distances(table)
    return [int(place) for place in np.flatnonzero((far > FARTHEST).any(axis=1))]


def _distances(table: NDArray[np.float64]) -> NDArray[np.float64]:
    off = np.abs(table - np.median(table, axis=0))
    spread = np.maximum(1.4826 * np.median(off, axis=0), FLOORS)
    far: NDArray[np.float64] = off / spread
    return far


def _features(text: str, corpus: Corpus) -> tuple[float, float, float]:
    runs = char_ngrams(text, 3)
    nats = [
        math.log((corpus.heads[run[:2]] + 200) / (corpus.runs[run] + 1)) for run in runs
    ]  # add-one, over some two hundred signs
    told = words(text)
    rare = sum(corpus.words[word] == 0 for word in told)
    return math.log1p(len(text)), math.fsum(nats) / max(1, len(nats)), rare / max(1, len(told))
