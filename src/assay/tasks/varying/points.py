"""The points of a list, in another order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import factorial, prod
from random import Random

__all__ = ["orders_of", "reordered"]

_POINT = re.compile(r"(\s*)(?:[-*+] +(?=\S)|(?=\[\w[^\]]*\] ))")
Span = tuple[int, int]


def reordered(text: str, draw: Random) -> str:
    r"""Draw another order of the points of each list; their own lines stay together.

    Lists whose points are numbered stay, and so do points that a blank line parts from others.

    Examples
    --------
    >>> reordered("Fixed\n\n* a\n* b\n  and c\n", Random(1))
    'Fixed\n\n* b\n  and c\n* a\n'
    """
    lines = text.splitlines()
    for spans in _lists(lines):
        points = [lines[start:end] for start, end in spans]
        draw.shuffle(points)
        lines[spans[0][0] : spans[-1][1]] = [line for point in points for line in point]
    return "\n".join(lines) + "\n" * text.endswith("\n")


def orders_of(text: str) -> int:
    r"""In how many orders could its points stand? 1 where it has no list.

    Examples
    --------
    >>> orders_of("* a\n* b\n* c\n\n1. d\n2. e")
    6
    """
    return prod(factorial(len(spans)) for spans in _lists(text.splitlines()))


def _lists(lines: list[str]) -> Iterator[list[Span]]:
    """Yield lists of two points and more: where each point begins and ends."""
    at = 0
    while at < len(lines):
        spans = list(_points(lines, at))
        if len(spans) > 1:
            yield spans
        at = spans[-1][1] if spans else at + 1


def _points(lines: list[str], at: int) -> Iterator[Span]:
    """Yield the points that begin at a line, as long as their marks are alike."""
    first = _mark(lines[at])
    while first and at < len(lines) and _mark(lines[at]) == first:
        end = at + 1
        while end < len(lines) and _goes_on(lines[end], first):
            end += 1
        yield at, end
        at = end


def _mark(line: str) -> str:
    """Return what a point begins with; empty for a line that is none."""
    found = _POINT.match(line)
    return (found.group() or "[") if found else ""


def _goes_on(line: str, mark: str) -> bool:
    """Is this a further line of a point: further to the right than its mark?"""
    indent = len(mark) - len(mark.lstrip())
    return bool(line.strip()) and len(line) - len(line.lstrip()) > indent
