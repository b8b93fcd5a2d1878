"""What variants are made of, and what makes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from assay.core.item import Item

__all__ = ["Family", "Source", "Variant"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An item as it was read, with the columns that an item does not hold."""

    item: Item
    row: Mapping[str, object] = field(default_factory=dict)
    """Column to value, as in the file; tests and the entry point are there."""

    def column(self, name: str) -> str:
        """Return a column's text; empty where there is none."""
        value = self.row.get(name)
        return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """The same task otherwise: statement, answer, and the columns that changed with them."""

    statement: str
    answer: str
    columns: Mapping[str, str] = field(default_factory=dict)
    """Test and entry point of code; empty where there are none."""

    def text_of(self, item: Item) -> str:
        """Return the whole text of the item with this variant in place of its own."""
        return item.model_copy(update={"statement": self.statement, "answer": self.answer}).text


class Family(Protocol):
    """All that one item could have been."""

    def make(self, draw: Random) -> Variant | None:
        """Make one variant; None where this draw gave none."""
        ...

    def prove(self, variants: Sequence[Variant]) -> str:
        """Why is one of them not solvable? Empty when all are."""
        ...

    def hold(self, variants: Sequence[Variant], count: int) -> list[Variant]:
        """Return the first `count` that hold when each is run by itself; there may be fewer.

        A family whose `prove` runs the whole set returns them as they are.
        """
        ...
