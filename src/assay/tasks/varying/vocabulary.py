"""Which other name would a programmer have given it?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import islice, product

__all__ = ["TYPE_WORDS", "candidates", "is_word", "role_names", "synonyms"]

TYPE_WORDS = frozenset(
    "string strings number numbers integer integers list lists array arrays dict dictionary float "
    "int char character characters tuple set value values element elements word words".split()
)
"""Words that a statement uses for kinds of things, whatever the parameters are called."""
MOST = 400
"""Combinations of synonyms that are looked at."""
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_GLUED = ("is", "has", "get", "str")
_PREFIXES = ("get", "compute", "find", "calculate", "determine", "evaluate")


def _lines(name: str) -> Iterator[str]:
    """Yield the lines of one of the word lists beside this file."""
    text = files("assay.tasks.varying").joinpath(name).read_text(encoding="utf-8")
    return (line for line in text.splitlines() if line and not line.startswith("#"))


@cache
def _sets() -> dict[str, tuple[str, ...]]:
    lines = [line.split() for line in _lines("names.txt")]
    led: dict[str, tuple[str, ...]] = {}
    for first, *others in lines:
        led.setdefault(first, tuple(others))
    found = dict(led)
    for line in lines:
        for word in line[1:]:
            found.setdefault(word, tuple(other for other in line if other != word))
    return found


@cache
def _roles() -> dict[str, tuple[str, ...]]:
    parted = (line.partition(":") for line in _lines("roles.txt"))
    return {role: tuple(names.split()) for role, _, names in parted}


def synonyms(word: str) -> tuple[str, ...]:
    """Which words may stand for this one in a name? Empty when none is known.

    Examples
    --------
    >>> synonyms("threshold")
    ('limit', 'bound', 'cutoff')
    """
    return _sets().get(word, ())


def role_names(role: str) -> tuple[str, ...]:
    """Which names are usual for what does this in a function?"""
    return _roles()[role]


def is_word(name: str) -> bool:
    """Is it one word of plain English, as far as the word lists know?

    Examples
    --------
    >>> is_word("threshold"), is_word("lst"), is_word("new_text")
    (True, False, False)
    """
    return name in _sets() and len(name) >= 4 and name.isalpha()


def candidates(name: str, role: str) -> list[str]:
    """Which other names would do, for what is called this and does that?

    Parameters
    ----------
    name
        As it is called now.
    role
        One of roles.txt; "function" for what is defined by `def`.

    Returns
    -------
    list
        In the style of the name (words joined by "_", or by capitals), without the name itself.

    Examples
    --------
    >>> candidates("below_threshold", "function")[:2]
    ['below_limit', 'below_bound']
    >>> candidates("i", "index")[:2]
    ['j', 'k']
    """
    parts = _parts(name)
    found = [_joined(name, words) for words in _combined(parts)]
    if role == "function":
        found += _as_functions(name, parts)
    elif len(parts) == 1:
        found += role_names(role)
    elif len(parts) == 2 and parts[1].isdigit():
        found += [one + parts[1] for one in role_names(role)]
    return [one for one in dict.fromkeys(found) if one != name and one.isidentifier()]


def _parts(name: str) -> list[str]:
    """Cut a name into its words; "iscube" has two, as "cube" is a word."""
    parts = _PART.findall(name)
    if len(parts) == 1 and name.startswith(_GLUED):
        lead = next(verb for verb in _GLUED if name.startswith(verb))
        rest = name.removeprefix(lead)
        return [lead, rest] if rest in _sets() else parts
    return parts


def _combined(parts: Sequence[str]) -> Iterator[tuple[str, ...]]:
    choices = [(part, *synonyms(part.lower())) for part in parts]
    return islice(product(*choices), 1, MOST)


def _joined(name: str, words: Sequence[str]) -> str:
    """Join words in the style of a name."""
    lead = name[: len(name) - len(name.lstrip("_"))]
    if "_" in name.strip("_") or name == name.lower():
        glued = len(words) > 1 and words[-1].isdigit() and f"_{words[-1]}" not in name
        head = "_".join(words[:-1]) + words[-1] if glued else "_".join(words)
        return lead + head.lower()
    flat = [part for word in words for part in word.split("_")]
    cased = [word[:1].upper() + word[1:] for word in flat]
    if name.strip("_")[0].islower():
        cased[0] = cased[0][:1].lower() + cased[0][1:]
    return lead + "".join(cased)


def _as_functions(name: str, parts: Sequence[str]) -> list[str]:
    """Put the verbs before it that programmers put there; for `f` and `solve` those alone."""
    if len(parts) > 1 and parts[0].lower() in {"is", "has"}:
        return [_joined(name, (verb, *parts[1:])) for verb in ("check", "test", "verify")]
    if parts and parts[0].lower() in {*_PREFIXES, "to"}:
        return []
    if len(name) < 2:
        return ["func", "fn", "evaluate", "compute_result", "build_result", "run_rule"]
    snake = name == name.lower()
    made = [f"{verb}_{name}" if snake else _joined(name, (verb, *parts)) for verb in _PREFIXES]
    return [*made, f"{name}_value", f"{name}_result"] if snake else made
