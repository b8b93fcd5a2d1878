"""Assay's own rows: the fields of an item under their own names, read and written."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from assay.core.errors import BadFormat, UsageError
from assay.core.item import Item
from assay.formats.layout import FIELDS, Layout
from assay.formats.row import shown, shown_path

__all__ = ["PLAIN", "write_items"]

PLAIN = Layout(
    name="assay",
    signs=(frozenset({"statement"}),),
    columns={field: (field,) for field in FIELDS} | {"published": ("published", "date")},
    literal=True,
)


def write_items(path: Path, items: Iterable[Item]) -> None:
    """Write items as JSONL that `open_benchmark` reads back.

    The file appears whole or not at all: it is written under another name and then renamed.

    Parameters
    ----------
    path
        A name that ends in ``.jsonl``; a file that lies there is replaced.
    items
        At least one.

    Raises
    ------
    UsageError
        When the folder cannot be written to or the disk is full.
    BadFormat
        When the items could not be read back: a doubled id, half a character.
    """
    name, seen = shown_path(path), set[str]()
    if path.suffix.lower() != ".jsonl":
        raise BadFormat(name, None, "items are written as JSONL", "end the name in .jsonl")
    rough = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with rough.open("xb") as file:
            for number, item in enumerate(items, 1):
                file.write(line_of(name, number, item, seen))
            file.flush()
            os.fsync(file.fileno())
        rough.replace(path)
    except OSError as error:
        fix = "choose a folder with room that you may write to"
        msg = f"{name}: cannot be written: {error.strerror}\n  next: {fix}"
        raise UsageError(msg) from error
    finally:
        rough.unlink(missing_ok=True)


def line_of(name: str, number: int, item: Item, seen: set[str]) -> bytes:
    """Return one row; fields that say nothing are left out."""
    if item.id in seen:
        raise BadFormat(name, number, f"id {shown(item.id)} stands twice", "rename one")
    seen.add(item.id)
    try:
        return item.model_dump_json(exclude_defaults=True).encode("utf-8") + b"\n"
    except ValueError as error:
        what = f"item {shown(item.id)} holds half a character"
        raise BadFormat(name, number, what, "write the character whole, as a pair") from error
