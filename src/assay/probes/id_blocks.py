"""What is fixed before any id is asked about: blocks of neighbouring ids, pairs, rare n-grams.

Blocks and pairs come from ids alone. Which n-grams are rare comes from the set of all texts,
whichever id each belongs to. Only the check for a trend looks at texts under their ids.
"""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from assay.core.item import Benchmark, Item
from assay.text.ngrams import word_ngrams, words

__all__ = ["SMALLEST", "Layout", "layout", "natural", "said", "text_grams"]

Grams = NDArray[np.uint32]
SMALLEST = 4
"""Ids that a block holds at least."""
SHUFFLES = 999


@dataclass(frozen=True, slots=True)
class Layout:
    """Which ids stand together, and what each text has to itself."""

    blocks: dict[str, tuple[str, ...]]
    """To the first id of a block, all its ids: the block's e-value is told under that one."""
    partner: dict[str, str]
    """The id beside each one, with which it makes a pair."""
    rare: dict[str, Grams]
    """Hashes of the n-grams of each text that few texts have."""
    trend: float
    """In what share of shuffles within blocks are neighbours' texts at least as alike? 1: never
    checked, for there is no block."""

    def pair(self, name: str) -> str:
        """Name the pair of an id; empty when it has none."""
        beside = self.partner.get(name)
        return min(name, beside, key=natural) if beside else ""


@lru_cache(maxsize=2)  # an examination asks for one again and again; it depends on nothing else
def layout(benchmark: Benchmark, size: int, n: int, rare: int) -> Layout:
    """Lay out a benchmark.

    Parameters
    ----------
    benchmark
        Its items, strata and texts.
    size
        Ids in a block, about.
    n
        Words in an n-gram.
    rare
        Texts that may share an n-gram which counts as rare.
    """
    strata: dict[str, list[Item]] = defaultdict(list)
    for item in benchmark.items:
        strata[item.stratum].append(item)
    ordered = [sorted(items, key=lambda i: natural(i.id)) for items in strata.values()]
    blocks = [block for items in ordered for block in _cut(items, size)]
    return Layout(
        blocks={block[0].id: tuple(item.id for item in block) for block in blocks},
        partner=dict(_beside(ordered)),
        rare=_rare(benchmark.items, n, rare),
        trend=_trend(blocks),
    )


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key by which numbers inside names count as numbers.

    Examples
    --------
    >>> sorted(["a-10", "a-9", "a-100"], key=natural)
    ['a-9', 'a-10', 'a-100']
    """
    parts = re.split(r"([0-9]+)", name)
    return tuple(
        (1, len(part.lstrip("0")), part.lstrip("0")) if i % 2 else (0, 0, part)
        for i, part in enumerate(parts)
    )


def _cut(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Cut neighbours into blocks of nearly one size; too few make none."""
    count = max(1, min(round(len(items) / size), len(items) // SMALLEST))
    ends = [round(len(items) * i / count) for i in range(count + 1)]
    for low, high in pairwise(ends):
        if high - low >= SMALLEST:
            yield items[low:high]


def _beside(strata: Iterable[Sequence[Item]]) -> Iterator[tuple[str, str]]:
    """Pair the first with the second, the third with the fourth; a last one stays alone."""
    for items in strata:
        for one, other in zip(items[::2], items[1::2], strict=False):
            yield from ((one.id, other.id), (other.id, one.id))


def _hashed(grams: Iterable[Sequence[str]]) -> Grams:
    """Hash n-grams into sorted distinct numbers of four bytes: a benchmark's fit into memory.

    That two of them meet by chance (one in four billion) makes neither text's own likelier.
    """
    text = ("\0".join(gram).encode("utf-8", "surrogatepass") for gram in grams)
    return np.unique(np.fromiter(map(zlib.crc32, text), dtype=np.uint32))


@lru_cache(maxsize=2048)  # for the layout and again for the unit's score: a few kilobytes each
def text_grams(text: str, n: int) -> Grams:
    """Which n-grams does an item's text hold?"""
    return _hashed(word_ngrams(text, n))


def _rare(items: Sequence[Item], n: int, rare: int) -> dict[str, Grams]:
    texts = [text_grams(item.text, n) for item in items]
    known, counts = np.unique(np.concatenate([*texts, _hashed(())]), return_counts=True)
    few = known[counts <= rare]
    return {
        item.id: grams[np.isin(grams, few, assume_unique=True)]
        for item, grams in zip(items, texts, strict=True)
    }


def said(reply: str, prompt: str, name: str, n: int) -> Grams:
    """Which n-grams does a reply bring that its prompt did not give away?

    Left out are those of the prompt, and those with a word of the id that has a digit: an issue
    that quotes its own number would be found in whatever repeats the id.
    """
    given = set(word_ngrams(prompt, n))
    telling = {w for w in (*words(name), *re.split(r"[\W_]+", name.casefold())) if _digit(w)}
    grams = set(word_ngrams(reply, n)) - given
    return _hashed(gram for gram in grams if telling.isdisjoint(gram))


def _digit(word: str) -> bool:
    return any(c.isdigit() for c in word)


def _trend(blocks: Sequence[Sequence[Item]]) -> float:
    """Are neighbours more alike than chance within blocks? The words' Jaccard index, shuffled."""
    if not blocks:
        return 1.0
    rng = np.random.default_rng(0)
    observed, shuffled = 0.0, np.zeros(SHUFFLES)
    for block in blocks:
        bags = [frozenset(words(item.text)) for item in block]
        alike = np.array([[len(a & b) / max(1, len(a | b)) for b in bags] for a in bags])
        orders = rng.permuted(np.tile(np.arange(len(bags)), (SHUFFLES, 1)), axis=1)
        observed += np.diagonal(alike, 1).sum()
        shuffled += alike[orders[:, :-1], orders[:, 1:]].sum(axis=1)
    # Sums of the same numbers in another order differ by rounding; they count as equal.
    return float((1 + (shuffled >= observed - 1e-9).sum()) / (1 + SHUFFLES))
