"""A recorded random split: half of the items to publish or train on, half to compare with."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from assay.core.errors import UsageError
from assay.core.item import Item

__all__ = ["split"]


def split(items: Sequence[Item], seed: int | str) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """Which half does this seed draw as suspects, and which is left as controls?

    The rule can be repeated in any language: sort by the SHA-256, in hex, of the UTF-8 text
    ``SEED:ID``; the first ceil(n / 2) are the suspects. Both halves keep their published order.

    Parameters
    ----------
    items
        At least two, with unique ids.
    seed
        Whatever was recorded, as it was recorded: 7 and "7" draw the same.

    Raises
    ------
    UsageError
        When there are fewer than two items, or two share an id.

    Examples
    --------
    >>> items = [Item(id=name, statement="?") for name in "abcd"]
    >>> [[item.id for item in half] for half in split(items, seed=1)]
    [['a', 'd'], ['b', 'c']]
    """
    if len(items) < 2:
        msg = f"a split needs two items or more, not {len(items)}\n  next: give a larger benchmark"
        raise UsageError(msg)
    if len({item.id for item in items}) < len(items):
        msg = "a split needs ids that are unique\n  next: rename the items that share one"
        raise UsageError(msg)
    ranked = sorted(items, key=lambda item: rank(seed, item))
    drawn = {item.id for item in ranked[: (len(items) + 1) // 2]}
    suspects = tuple(item for item in items if item.id in drawn)
    return suspects, tuple(item for item in items if item.id not in drawn)


def rank(seed: int | str, item: Item) -> str:
    """Return the item's place in the draw."""
    return hashlib.sha256(f"{seed}:{item.id}".encode()).hexdigest()
