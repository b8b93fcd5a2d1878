"""Renaming a program throughout: its text, what its documentation says of it, and its tests."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from random import Random

from assay.tasks.varying.scopes import Names, Span
from assay.tasks.varying.vocabulary import TYPE_WORDS, candidates, is_word, synonyms

__all__ = ["chosen", "edited", "edits_of", "in_prose", "kinds_in"]

_ENGLISH = frozenset("a an i is as in of to at it on or and if be by do no so up us we".split())
"""Names that are words of English, too: in prose they cannot be told from them."""
_AT_CODE = r"""(?<=[`'"\[(*+/^=<>-]){0}(?!\w)|(?<![\w.]){0}(?=[\[(`'"*+/^=<>])"""


def chosen(found: Names, draw: Random, *, taken: Iterable[str], text: str) -> dict[str, str]:
    """Draw a new name for every name that has candidates.

    Parameters
    ----------
    found
        What may be renamed.
    draw
        What is drawn with.
    taken
        Identifiers of the tests: no new name may be one of them.
    text
        The whole text: no new name may stand in it as a word.

    Returns
    -------
    dict
        Old name to new, without those for which there is none.
    """
    used = {*found.taken, *taken, *re.findall(r"\w+", text)}
    prose = "\n".join(text[start:end] for start, end in found.prose)
    mapping: dict[str, str] = {}
    for name in found.places:
        free = [one for one in _fitting(name, found, prose) if one not in used]
        if free:
            mapping[name] = draw.choice(free)
            used.add(mapping[name])
    return mapping


def _fitting(name: str, found: Names, prose: str) -> list[str]:
    """Return the candidates that read well where the name stands in prose, too."""
    names = candidates(name, found.roles.get(name, "other"))
    if re.search(rf"\d{re.escape(name)}\b", prose):  # 2x: a formula that would not follow
        return []
    if not _has(prose, name):
        return names
    if name in _ENGLISH:
        return []
    plain = is_word(name) and name not in kinds_in(found)  # must then say the same in prose
    return [one for one in synonyms(name) if is_word(one)] if plain else names


def kinds_in(found: Names) -> frozenset[str]:
    """Which names does prose use as words, so that only code in it may be renamed?

    Kinds of things ("the numbers"), what a function is called after ("the median"), and what only
    the answer names so: the statement cannot mean it.
    """
    functions = {n for n, role in found.roles.items() if role == "function" and is_word(n)}
    return TYPE_WORDS | functions | (found.roles.keys() - found.told)


def _has(prose: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", prose) is not None


def edits_of(text: str, found: Names, mapping: Mapping[str, str]) -> list[tuple[Span, str]]:
    """Return what to replace so that the text has the new names, in code and in prose.

    Parameters
    ----------
    text
        Python.
    found
        What `names_of` says of it.
    mapping
        Old name to new.
    """
    edits = [
        (span, new) for old, new in mapping.items() for span in dict.fromkeys(found.places[old])
    ]
    kinds = kinds_in(found)
    told = [(span, in_prose(text[span[0] : span[1]], mapping, kinds)) for span in found.prose]
    return edits + told


def edited(text: str, edits: Sequence[tuple[Span, str]]) -> str:
    """Return the text with stretches replaced that do not overlap.

    Examples
    --------
    >>> edited("one two", [((4, 7), "2"), ((0, 3), "1")])
    '1 2'
    """
    parts, at = [], 0
    for (start, end), new in sorted(edits):
        parts += [text[at:start], new]
        at = end
    return "".join([*parts, text[at:]])


def in_prose(prose: str, mapping: Mapping[str, str], kinds: Container[str] = TYPE_WORDS) -> str:
    """Rename in a docstring or a comment: whole words, and kinds of things only where code stands.

    Examples
    --------
    >>> in_prose("Is n in numbers? >>> f(n)", {"n": "k", "numbers": "values", "f": "g"})
    'Is k in numbers? >>> g(k)'
    """
    whole = [re.escape(n) for n in mapping if n not in kinds and n not in _ENGLISH]
    coded = [re.escape(n) for n in mapping if n in kinds]
    forms = [rf"(?<!\w)(?:{'|'.join(whole)})(?!\w)"] if whole else []
    forms += [_AT_CODE.replace("{0}", f"(?:{'|'.join(coded)})")] if coded else []
    if not forms:
        return prose
    return re.sub("|".join(forms), lambda match: mapping[match.group()], prose)
