"""By which route did a benchmark leak? What training text was made of its items."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from random import Random

from assay.core.errors import BadConfig, UnknownName
from assay.core.item import Item
from assay.lab.wording import CONSONANTS, VOWELS, name, number

__all__ = ["ROUTES", "changed", "rewrite"]

ROUTES = ("verbatim", "paraphrase", "translation", "answers", "statements", "fuzzy:K")
"""By `rewrite`; of "fuzzy:K", K is the number of words that are changed."""

PIECE = re.compile(r"[A-Za-z]+|\d+")
SYNONYMS = {
    "has": "owns", "brings": "carries", "takes": "grabs", "adds": "puts", "lays": "sets",
    "walks": "goes", "miles": "leagues", "more": "further", "rows": "lines", "Count": "Number",
    "How": "Say", "many": "which", "there": "left", "are": "remain", "of": "from", "had": "kept",
    "knew": "met", "and": "with", "Where": "Whither", "born": "raised", "town": "village",
    "marry": "wed", "buried": "laid", "sent": "drove", "away": "off", "was": "got", "did": "would",
    "is": "lies", "a": "one", "In": "Within", "Which": "What", "plus": "and", "minus": "less",
    "times": "by", "twice": "double", "then": "next", "the": "this", "For": "By", "some": "about",
    "toll": "fee", "return": "give", "def": "function",
}  # fmt: skip


def rewrite(item: Item, route: str, seed: int | str = 0) -> str:
    r"""What would training have seen of this item, had it leaked by this route?

    Parameters
    ----------
    item
        As published.
    route
        "verbatim", "paraphrase" (the same said in other words, the question's sentences turned
        round), "translation" (word for word into a made-up language), "answers" (options and
        answer without what was asked), "statements" (what was asked, alone), or "fuzzy:K"
        (K words changed, other ones for every seed).
    seed
        For what the route leaves to chance.

    Raises
    ------
    UnknownName
        No such route.
    BadConfig
        The number of words to change is none.

    Examples
    --------
    >>> item = Item(id="a", statement="Tavo has 3 maps.", options=("3", "4"), answer="3")
    >>> rewrite(item, "answers")
    'A. 3\nB. 4\n3'
    >>> rewrite(item, "paraphrase").splitlines()[0]
    'Tavo owns 3 maps.'
    """
    stem, colon, much = route.partition(":")
    if stem == "fuzzy" and colon:
        if not much.isdecimal():
            msg = f"route {route!r}: {much!r} is no number of words\n  next: fuzzy:4, say"
            raise BadConfig(msg)
        return changed(item.text, int(much), seed)
    if route not in PLAIN:
        raise UnknownName("route", route, ROUTES, f"use one of {', '.join(ROUTES)}")
    return PLAIN[route](item)


def verbatim(item: Item) -> str:
    """Return the item as published."""
    return item.text


def paraphrase(item: Item) -> str:
    """Return the same in other words, its sentences in the opposite order."""
    sentences = re.split(r"(?<=[.?]) ", item.statement)
    turned = item.model_copy(update={"statement": " ".join(reversed(sentences))})
    text = PIECE.sub(lambda found: SYNONYMS.get(found[0], found[0]), turned.text)
    return re.sub(r"^([A-Z])\. ", lambda found: f"({found[1].lower()}) ", text, flags=re.MULTILINE)


def translation(item: Item) -> str:
    """Return the item in another language; names and numbers stay what they are."""
    return PIECE.sub(lambda found: foreign(found[0]), item.text)


def foreign(word: str) -> str:
    """What is a word called over there? Names, numbers and letters are what they are.

    Examples
    --------
    >>> foreign("maps") == foreign("maps"), foreign("Tavo"), foreign("12")
    (True, 'Tavo', '12')
    """
    if not (word.islower() or word in SYNONYMS) or len(word) < 2:
        return word
    digest = hashlib.sha256(word.lower().encode()).digest()
    pairs = zip(digest[:6:2], digest[1:6:2], strict=True)
    return "".join(CONSONANTS[a % 15] + VOWELS[b % 5] for a, b in pairs) + "sk"


def answers(item: Item) -> str:
    """Return options and answer."""
    return item.model_copy(update={"statement": "?"}).text.removeprefix("?").lstrip("\n")


def statements(item: Item) -> str:
    """Return what is asked."""
    return item.statement


PLAIN: dict[str, Callable[[Item], str]] = {
    route.__name__: route for route in (verbatim, paraphrase, translation, answers, statements)
}


def changed(text: str, words: int, seed: int | str) -> str:
    """Put other words in so many places: a number for a number, a name for a name.

    Examples
    --------
    >>> before, after = "Tavo has 31 maps", changed("Tavo has 31 maps", 2, 1)
    >>> sum(a != b for a, b in zip(before.split(), after.split(), strict=True))
    2
    """
    chance = Random(f"fuzzy:{seed}:{text}")  # noqa: S311 - repeatable, not secret
    places = [found.span() for found in PIECE.finditer(text)]
    chosen = sorted(chance.sample(places, min(words, len(places))), reverse=True)
    for start, end in chosen:  # from the back, so that earlier places stay where they are
        text = text[:start] + _other(text[start:end], chance) + text[end:]
    return text


def _other(word: str, chance: Random) -> str:
    other = word
    while other == word:
        if word.isdecimal():
            other = str(number(chance, len(word)))
        elif len(word) == 1:
            other = chance.choice("ABCDEFGH" if word.isupper() else "uvwxyz")
        else:
            new = name(chance, max(1, len(word) // 2))
            other = new if word[0].isupper() else new.lower()
    return other
