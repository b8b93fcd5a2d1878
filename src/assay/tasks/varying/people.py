"""First names in a word problem, and others that could stand there."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from random import Random

__all__ = ["people_in", "renamed_people"]

_NAME = re.compile(r"(?<![\w-])[A-Z][a-z]+(?![\w-])")
_BEFORE = re.compile(r"(?:[A-Z][\w.]*|Dr|Mr|Mrs|Ms|St)\.?\s$")
_AFTER = re.compile(r"\s[A-Z]|\s(?:II|III|IV|V)\b")


@cache
def _kinds() -> dict[str, str]:
    text = files("assay.tasks.varying").joinpath("people.txt").read_text(encoding="utf-8")
    lines = [line.partition(":") for line in text.splitlines() if line and line[0] != "#"]
    return {name: kind for kind, _, names in lines for name in names.split()}


def people_in(text: str) -> tuple[str, ...]:
    """Which first names does the text use for somebody nobody else knows?

    A name beside another capital ("Henry Ford", "Lake Victoria") may be known, and so may a word
    that the text also writes small ("may", "june"): they are left as they are.

    Examples
    --------
    >>> people_in("Mary and Tom met Henry Ford.")
    ('Mary', 'Tom')
    """
    found: dict[str, bool] = {}
    for match in _NAME.finditer(text):
        name, (start, end) = match.group(), match.span()
        if name not in _kinds():
            continue
        opens = re.search(r"(?:\A|[.!?:\n]\s+)\Z", text[:start]) is not None
        beside = _AFTER.match(text, end) or (not opens and _BEFORE.search(text[:start]))
        found[name] = found.get(name, True) and not beside
    return tuple(n for n, alone in found.items() if alone and not re.search(rf"\b{n.lower()}\b", text))


def renamed_people(text: str, draw: Random) -> dict[str, str]:
    """Draw another name of its kind for each of them; all stay different people."""
    used = set(re.findall(r"\w+", text))
    mapping: dict[str, str] = {}
    for name in people_in(text):
        kind = _kinds()[name]
        free = sorted(one for one, of in _kinds().items() if of == kind and one not in used)
        mapping[name] = draw.choice(free)
        used.add(mapping[name])
    return mapping
