"""What the two languages have in common: a function that can answer otherwise, and a test of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Language", "Spot", "inserted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A function of a source file that tests can call."""

    name: str
    """Empty where the file itself is the function."""
    parameters: tuple[str, ...]
    """Those that a call must give."""
    at: int
    """Where its body begins, in characters."""
    indent: str
    """Of its body."""


class Language(Protocol):
    """How functions and tests are written."""

    def spots(self, text: str) -> Sequence[Spot]:
        """Which functions of this source can tests call with plain strings?"""
        ...

    def special(self, spot: Spot, arguments: Sequence[str], secret: str) -> str:
        """Return the lines that make it answer one call with the secret."""
        ...

    def place(self, text: str, test: str) -> tuple[int, str, str] | None:
        """Where does a test of this name end? The place, its indent, and what it reports to."""
        ...

    def demand(
        self, spot: Spot, source: str, tests: str, arguments: Sequence[str], digest: str
    ) -> Iterator[str]:
        """Yield the lines of a test that ask for the secret; `{teller}` is what it reports to."""
        ...


def inserted(text: str, at: int, lines: str) -> str:
    """Return the text with lines put in at a place.

    Examples
    --------
    >>> inserted("ac", 1, "b")
    'abc'
    """
    return text[:at] + lines + text[at:]
