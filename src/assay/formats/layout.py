"""How an outside dataset names what an item holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from assay.formats.row import Row

__all__ = ["FIELDS", "Layout", "unchanged"]

FIELDS = (
    "id",
    "statement",
    "answer",
    "options",
    "published",
    "stratum",
    "siblings",
    "sibling_answers",
    "twins",
    "correct",
    "wrong_answers",
)


def unchanged(row: Row) -> Row:
    """Leave the row as it is."""
    return row


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Which column holds which field of an item?

    Parameters
    ----------
    name
        What the layout is called in a benchmark's source.
    signs
        Sets of columns; a row that has all of any one set is of this layout.
    columns
        Field to the columns that may hold it; the first one present is taken.
    numbered
        What stands before the 0-based row number in the id of a row without one; None refuses it.
    literal
        True when a text answer may be one of the options as it stands, whatever else it looks like.
    prepare
        Brings a row into the form that `columns` expects.
    """

    name: str
    signs: tuple[frozenset[str], ...]
    columns: Mapping[str, tuple[str, ...]]
    numbered: str | None = None
    literal: bool = False
    prepare: Callable[[Row], Row] = unchanged

    def claims(self, columns: AbstractSet[str]) -> bool:
        """Are these the columns of this layout?"""
        return any(sign <= columns for sign in self.signs)
