"""Which texts are computed together, and where their shared beginnings lie.

Pure functions of token lists: no weights, no numerics. Texts are laid end to end without padding;
a beginning that a text shares with the one before it is computed once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile

__all__ = ["Layout", "Segment", "batches", "lay_out", "shared"]

Tokens = tuple[int, ...]

LEAST_SHARED = 16
"""Sharing fewer tokens than this costs more in attention than it saves elsewhere."""


@dataclass(frozen=True, slots=True)
class Segment:
    """The new tokens of one text, and what they look back on.

    `start` and `stop` bound its rows. `past` names the rows of the shared beginning, in order;
    empty when the text shares nothing.
    """

    start: int
    stop: int
    past: Tokens = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """One batch laid end to end.

    `tokens` and `positions` have one entry per row: R rows for all texts together. `paths[i][t]`
    is the row that holds token t of text i.
    """

    tokens: Tokens
    positions: Tokens
    segments: tuple[Segment, ...]
    paths: tuple[Tokens, ...]


def shared(one: Tokens, other: Tokens) -> int:
    """How many tokens at the beginning are shared usefully? 0 when too few to be worth it.

    Examples
    --------
    >>> shared((1,) * 20, (1,) * 18 + (2,)), shared((1, 2), (1, 3))
    (18, 0)
    """
    alike = sum(
        1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    )
    return alike if alike >= LEAST_SHARED else 0


def batches(
    texts: Sequence[Tokens],
    budget: int,
    *,
    alone: Callable[[Tokens], bool] = lambda _: False,
    more: Sequence[int] = (),
) -> list[list[int]]:
    """Which texts are computed together, in which order?

    Sorted by tokens, so that texts that begin alike are neighbours; then cut greedily from the
    front. Each batch depends only on the texts not yet taken, so leaving out the texts of the
    first batches leaves the later batches as they were.

    Parameters
    ----------
    texts
        Token lists, each with at least one token.
    budget
        Rows per batch; a longer text is a batch by itself.
    alone
        Texts that must not be laid beside others; they come last.
    more
        Rows that each text takes beside those of its tokens; none where empty.

    Returns
    -------
    list of list of int
        Indices into `texts`, batch by batch; every index once.

    Examples
    --------
    >>> batches([(3, 3), (1, 1), (2, 2)], budget=4)
    [[1, 2], [0]]
    """
    order = sorted(range(len(texts)), key=lambda i: (alone(texts[i]), texts[i], i))
    found: list[list[int]] = []
    spent = 0
    for here in order:
        text, later = texts[here], more[here] if more else 0
        before = texts[found[-1][-1]] if found else ()
        new = len(text) - shared(before, text) + later
        if not found or spent + new > budget or (alone(text) and text != before):
            found.append([here])
            spent = len(text) + later
        else:
            found[-1].append(here)
            spent += new
    return found


def lay_out(texts: Sequence[Tokens]) -> Layout:
    """Lay texts end to end, computing what neighbours share once.

    Parameters
    ----------
    texts
        The token lists of one batch, sorted.

    Examples
    --------
    >>> lay_out([(5, 6), (7,)]).positions
    (0, 1, 0)
    """
    tokens: list[int] = []
    positions: list[int] = []
    segments: list[Segment] = []
    paths: list[Tokens] = []
    before: Tokens = ()
    for text in texts:
        kept = shared(before, text)
        past = paths[-1][:kept] if kept else ()
        start = len(tokens)
        tokens.extend(text[kept:])
        positions.extend(range(kept, len(text)))
        paths.append(past + tuple(range(start, len(tokens))))
        if len(tokens) > start:
            segments.append(Segment(start, len(tokens), past))
        before = text
    return Layout(tuple(tokens), tuple(positions), tuple(segments), tuple(paths))
