"""Cutting a text into overlapping pieces of n words or n characters."""

import re

_WORD = re.compile(r"\w+")


def words(text: str) -> list[str]:
    """Which words does the text hold, in order and without regard to case or punctuation?

    Examples
    --------
    >>> words("Return x_1, not X2!")
    ['return', 'x_1', 'not', 'x2']
    """
    return _WORD.findall(text.casefold())


def word_ngrams(text: str, n: int) -> list[tuple[str, ...]]:
    """Which runs of n words does the text hold? Empty when it is shorter than n.

    Raises
    ------
    ValueError
        When n < 1.

    Examples
    --------
    >>> word_ngrams("to be or not", 3)
    [('to', 'be', 'or'), ('be', 'or', 'not')]

    References
    ----------
    Brown et al. 2020, arXiv 2005.14165, appendix C (13 words as the sign of contamination).
    """
    _check(n)
    tokens = words(text)
    return [tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]


def char_ngrams(text: str, n: int) -> list[str]:
    """Which runs of n characters does the text hold? Empty when it is shorter than n.

    Raises
    ------
    ValueError
        When n < 1.

    Examples
    --------
    >>> char_ngrams("abcd", 3)
    ['abc', 'bcd']
    """
    _check(n)
    return [text[i : i + n] for i in range(len(text) - n + 1)]


def _check(n: int) -> None:
    if n < 1:
        msg = f"an n-gram has at least one part, got n={n}"
        raise ValueError(msg)
