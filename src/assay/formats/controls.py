"""Controls: items of the same form that the model cannot have seen."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from pathlib import Path

from assay.core.errors import BadFormat
from assay.core.item import Benchmark, Item
from assay.formats.benchmarks import read_file, read_named
from assay.formats.items import Placed
from assay.formats.row import shown, shown_path

__all__ = ["open_controls"]


def open_controls(
    path: str | Path, benchmark: Benchmark, *, fields: Mapping[str, str] | None = None
) -> tuple[Item, ...]:
    """Which items of this file are controls for the benchmark?

    Parameters
    ----------
    path
        A file or name as `open_benchmark` takes it.
    benchmark
        The suspects.
    fields
        Field of an item to the column that holds it.

    Returns
    -------
    tuple of Item
        All rows, in their order. Where a control has the id of a suspect but another text, its id
        is prefixed with ``control/``: ids are unique within a run.

    Raises
    ------
    BadFormat
        When a control is also a suspect: the same text, or the same question with another
        answer, up to Unicode form and white space.
    """
    if isinstance(path, str):
        reading, file = read_named(path, fields=fields)
    else:
        reading, file = read_file(path, fields=fields), path
    name = str(path) if file is None else shown_path(file)
    suspects = {key: item.id for item in benchmark.items for key in keys(item)}
    taken = {item.id for item in benchmark.items}
    for placed in reading.placed:
        refuse_suspect(name, placed, suspects)
    taken_too = taken | {item.id for item in reading.items}
    return tuple(
        item.model_copy(update={"id": free(item.id, taken_too)}) if item.id in taken else item
        for item in reading.items
    )


def refuse_suspect(name: str, placed: Placed, suspects: Mapping[str, str]) -> None:
    """Refuse a control that is among the suspects."""
    twin = next((suspects[key] for key in keys(placed.item) if key in suspects), None)
    if twin is not None:
        what = f"control {shown(placed.item.id)} is also the suspect {shown(twin)}"
        raise BadFormat(name, placed.line, what, "remove the row: a control must be unseen")


def keys(item: Item) -> tuple[str, str]:
    """Return the item's text and its question alone, in one Unicode form and spacing."""
    asked = item.model_copy(update={"answer": None})
    return folded(item.text), folded(asked.text)


def folded(text: str) -> str:
    r"""Bring equal-looking texts to one form.

    Examples
    --------
    >>> folded(" cafe\u0301  au\nlait") == folded("caf\u00e9 au lait")
    True
    """
    return " ".join(unicodedata.normalize("NFC", text).split())


def free(name: str, taken: set[str]) -> str:
    """Prefix a name until nothing has it."""
    while name in taken:
        name = f"control/{name}"
    return name
