"""A text as words and runs of signs: where it can be cut, and how far another goes along."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Piece", "apart", "evenly", "led", "pieces"]

# Tokenisers cut between letters, signs and blanks, and seldom inside a run of signs. Scripts
# without blanks are cut letter by letter; a run that never ends is no word.
_SIGNS = r"\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"  # Thai, Lao, kana, han, hangul
_PIECE = re.compile(rf"\s*([{_SIGNS}]|[^\W{_SIGNS}]{{1,32}}|[^\w\s]{{1,32}})")


@dataclass(frozen=True, slots=True)
class Piece:
    """A word or a sign, and where the text can be cut before it.

    The cut lies before the blanks: that is where tokenisers cut, and a prompt that ends in a
    blank asks for something that no text they were made for has.
    """

    cut: int
    word: str


def pieces(text: str) -> tuple[Piece, ...]:
    r"""Which words and signs does the text hold, and where do they begin?

    Examples
    --------
    >>> [(p.cut, p.word) for p in pieces("def f(x):\n  return")]
    [(0, 'def'), (3, 'f'), (5, '('), (6, 'x'), (7, '):'), (9, 'return')]
    """
    return tuple(Piece(m.start(), m.group(1)) for m in _PIECE.finditer(text))


def led(found: Sequence[str], wanted: Sequence[str]) -> int:
    """How many words at the beginning are the wanted ones?

    Examples
    --------
    >>> led(["a", "b", "x"], ["a", "b", "c"])
    2
    """
    same = (i for i, (one, other) in enumerate(zip(found, wanted, strict=False)) if one != other)
    return next(same, min(len(found), len(wanted)))


def evenly(count: int, wanted: int) -> tuple[int, ...]:
    """Which places, at most so many, lie evenly over `count` of them? All where they are fewer.

    Examples
    --------
    >>> evenly(10, 4), evenly(2, 4)
    ((0, 2, 5, 7), (0, 1))
    """
    return tuple(dict.fromkeys(i * count // wanted for i in range(wanted))) if count else ()


def apart(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words must be put in, taken out or changed to make one of the other?

    Examples
    --------
    >>> apart("a b c d".split(), "a x c".split())
    2

    References
    ----------
    Levenshtein 1966; Wagner & Fischer 1974, doi 10.1145/321796.321811.
    """
    before = list(range(len(other) + 1))
    for i, word in enumerate(one, start=1):
        row = [i]
        for j, against in enumerate(other, start=1):
            row.append(min(row[-1] + 1, before[j] + 1, before[j - 1] + (word != against)))
        before = row
    return before[-1]
