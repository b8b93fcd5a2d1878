"""How foreign text is written: as itself, but unable to do anything to a terminal or a page."""

from __future__ import annotations

import re

__all__ = ["printable", "shorten", "shown"]

PILE = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{3,}"
)
"""Marks piled on one letter: they would be drawn over the lines above and below."""


def printable(text: str, *, lines: bool = False) -> str:
    r"""Is this text safe to show? Make it so: nothing in it can move the cursor or turn text round.

    Control characters, escape sequences, bidirectional overrides, invisible joiners, lone
    surrogates and piles of accents become visible escapes; other spaces become plain ones.

    Parameters
    ----------
    text
        Anything that a model, a benchmark or a file may hold.
    lines
        Keep line breaks; otherwise they become spaces.

    Examples
    --------
    >>> printable("safe\x1b[2Jnot\u202eltr")
    'safe\\x1b[2Jnot\\u202eltr'
    """
    if text.isascii() and text.isprintable():
        return text
    plain = "".join(_shown(c, lines=lines) for c in text)
    return PILE.sub(lambda found: _escaped(found.group()), plain)


def _shown(char: str, *, lines: bool) -> str:
    if char == "\n" and lines:
        return char
    if char.isspace():
        return " "
    return char if char.isprintable() else _escaped(char)


def _escaped(text: str) -> str:
    return text.encode("unicode_escape").decode("ascii")


def shorten(text: str, limit: int = 60) -> str:
    """Cut the middle out of a long text; both ends tell identifiers apart.

    Examples
    --------
    >>> shorten("abcdefghij", 7)
    'abc...j'
    """
    if len(text) <= limit:
        return text
    tail = (limit - 3) // 3
    return text[: limit - 3 - tail] + "..." + (text[-tail:] if tail else "")


def shown(text: str, limit: int = 60) -> str:
    """Shorten a text, then make it safe: a line of a megabyte costs no more than a short one."""
    return printable(shorten(text, limit))
