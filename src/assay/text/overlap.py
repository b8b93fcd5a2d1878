"""How much of one text is found in another."""

from assay.text.ngrams import word_ngrams


def shared_ngrams(item: str, source: str, n: int = 13) -> set[tuple[str, ...]]:
    """Which runs of n words occur in both texts?

    Raises
    ------
    ValueError
        When n < 1.

    Examples
    --------
    >>> sorted(shared_ngrams("a b c d", "x b c d y", n=2))
    [('b', 'c'), ('c', 'd')]

    References
    ----------
    Brown et al. 2020, arXiv 2005.14165, appendix C.
    """
    return set(word_ngrams(item, n)) & set(word_ngrams(source, n))


def containment(item: str, source: str, n: int = 13) -> float | None:
    """What share of the item's distinct runs of n words occurs in the source?

    Not symmetric: a short item inside a long source has containment 1.

    Returns
    -------
    0 to 1, or None when the item is shorter than n words: then nothing can be said, which is not
    the same as no overlap.

    Raises
    ------
    ValueError
        When n < 1.

    Examples
    --------
    >>> containment("a b c d e", "z a b c", n=2)
    0.5
    >>> containment("too short", "too short", n=13) is None
    True

    References
    ----------
    Broder 1997, On the resemblance and containment of documents, doi 10.1109/SEQUEN.1997.666900.
    """
    parts = set(word_ngrams(item, n))
    if not parts:
        return None
    return len(parts & set(word_ngrams(source, n))) / len(parts)
