"""How foreign text is written: as itself, but unable to do anything to a terminal or a page."""

from __future__ import annotations

__all__ = ["printable", "shorten"]


def printable(text: str, *, lines: bool = False) -> str:
    r"""Is this text safe to show? Make it so: nothing in it can move the cursor or turn text round.

    Control characters, escape sequences, bidirectional overrides, invisible joiners and lone
    surrogates become visible escapes; other spaces become plain ones.

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
    return "".join(_shown(c, lines=lines) for c in text)


def _shown(char: str, *, lines: bool) -> str:
    if char == "\n" and lines:
        return char
    if char.isspace():
        return " "
    if char.isprintable():
        return char
    return char.encode("unicode_escape").decode("ascii")


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
