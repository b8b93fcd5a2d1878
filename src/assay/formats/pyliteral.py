"""Lists of texts as Python prints them: read without evaluating anything."""

from __future__ import annotations

import re

__all__ = ["texts_of"]

CODES = r"[\\'\"abfnrtv0]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}"
SINGLE, DOUBLE = (rf"(?:[^{quote}\\\n]|\\(?:{CODES}))*+" for quote in "'\"")
ENTRY = re.compile(rf"""\s*+(?:'({SINGLE})'|"({DOUBLE})")\s*+(,|\])""")
EMPTY = re.compile(r"\s*+\[\s*+\]\s*+")
OPEN = re.compile(r"\s*+\[")
CLOSE = re.compile(r"\s*+\]")
ESCAPE = re.compile(r"\\(?:([\\'\"abfnrtv0])|x(..)|u(.{4})|U(.{8}))")
MEANT = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "0": "\0"}


def texts_of(text: str) -> list[str] | None:
    r"""Which texts does this list hold? None when it is no such list.

    Only one list of plain texts is read, with the escapes that Python's own `repr` writes: no
    nesting, no prefixes, no text put together of two.

    Examples
    --------
    >>> texts_of("['a', \"it's\", 'b\\n']")
    ['a', "it's", 'b\n']
    >>> texts_of("['a', __import__('os')]") is None
    True
    """
    if EMPTY.fullmatch(text):
        return []
    opened = OPEN.match(text)
    if opened is None:
        return None
    found, at = list[str](), opened.end()
    while entry := ENTRY.match(text, at):
        single, double, after = entry.groups()
        found.append(double if single is None else single)
        at = entry.end()
        last = CLOSE.match(text, at) if after == "," else None
        at = last.end() if last else at
        if last or after == "]":
            return _unescaped(found) if not text[at:].strip() else None
    return None


def _unescaped(texts: list[str]) -> list[str] | None:
    try:
        return [ESCAPE.sub(_meant, text) for text in texts]
    except (OverflowError, ValueError):  # a code that no character has
        return None


def _meant(match: re.Match[str]) -> str:
    letter, *codes = match.groups()
    if letter is not None:
        return MEANT.get(letter, letter)
    code = int(next(filter(None, codes)), 16)
    if 0xD800 <= code <= 0xDFFF:
        msg = "half a character"
        raise ValueError(msg)
    return chr(code)
