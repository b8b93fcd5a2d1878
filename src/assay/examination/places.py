"""Where in a TOML file does a key stand? For complaints: the reader of TOML forgets."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Place", "line_of"]

HEADER = re.compile(r"\s*\[(\[)?\s*([\w.\-]+)\s*\]")


@dataclass(frozen=True, slots=True)
class Place:
    """A table of the file; the empty name is what stands before the first."""

    table: str
    number: int
    listed: bool = False
    """One of several of this name, as in [[examine]]."""

    def __str__(self) -> str:
        return f"[[{self.table}]] number {self.number}" if self.listed else f"[{self.table}]"


def line_of(text: str, place: Place, key: str) -> int | None:
    r"""Return the 1-based line of a key, or of its table where the key has none of its own.

    A search in the text, for people's eyes: a multi-line string that looks like a header can
    mislead it.

    Examples
    --------
    >>> line_of("q = 1\n[[examine]]\n[[examine]]\nmodle = 2", Place("examine", 2, True), "modle")
    4
    """
    named = re.compile(rf"""(?<![\w.-])["']?{re.escape(key)}["']?\s*[.=]""")
    header, at, count = (1 if not place.table else None), place.table == "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        found = HEADER.match(line)
        if found:
            if not place.table and found[2] == key:
                return number
            inside = found[2].partition(".")[0] == place.table
            count += found[2] == place.table
            at = inside and count == place.number
            header = number if at and header is None else header
        if at and key and named.search(line.partition("#")[0]):
            return number
    return None if key and not place.table else header
