"""Words of a made-up world: names without end, and a few hundred common words."""

from __future__ import annotations

from random import Random

__all__ = ["COLOURS", "THINGS", "TRADES", "name", "number", "town"]

CONSONANTS = "bdfghklmnprstvz"
VOWELS = "aeiou"
THINGS = (
    "apples", "bells", "boats", "books", "boxes", "candles", "coins", "cups", "drums",
    "eggs", "forks", "hats", "keys", "knives", "lamps", "maps", "nails", "pears", "pens",
    "pins", "plates", "plums", "pots", "ropes", "seeds", "shells", "shoes", "spoons",
    "stones", "tiles", "wheels",
)  # fmt: skip
COLOURS = (
    "amber", "black", "blue", "brown", "copper", "green", "grey", "pink", "purple", "red",
    "silver", "white", "yellow",
)  # fmt: skip
TRADES = (
    "baker", "carter", "cook", "dyer", "farmer", "guard", "hunter", "mason", "miller",
    "potter", "sailor", "tailor",
)  # fmt: skip


def name(chance: Random, syllables: int = 3) -> str:
    """What is somebody called? One of 75 to the power of the number of syllables.

    Examples
    --------
    >>> name(Random(1)) == name(Random(1)), name(Random(1)) == name(Random(2))
    (True, False)
    """
    parts = (chance.choice(CONSONANTS) + chance.choice(VOWELS) for _ in range(syllables))
    return "".join(parts).capitalize()


def town(chance: Random) -> str:
    """What is a town called? Towns end in a consonant, people do not."""
    return name(chance, 2) + chance.choice("lnrm")


def number(chance: Random, digits: int) -> int:
    """Draw a number of so many digits, evenly."""
    return chance.randrange(10 ** (digits - 1) if digits > 1 else 1, 10**digits)
