"""Items out: JSONL of Assay's own rows, which reads back as the same items."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path

from assay.core.errors import BadFormat, UsageError
from assay.core.item import Item
from assay.formats.items import read_items
from assay.formats.jsonl import as_row
from assay.formats.row import shown, shown_path
from assay.formats.strictjson import parse

__all__ = ["write_items"]


def write_items(path: Path, items: Iterable[Item]) -> None:
    """Write items as JSONL that `open_benchmark` reads back, item for item.

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
        When an item would not read back as it is: a doubled id, half a character, an answer "B"
        that is no option but would be taken for the second one.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "out.jsonl"
    ...     write_items(file, [Item(id="a", statement="1 + 1 =", answer="2")])
    ...     print(file.read_text().strip())
    {"id":"a","statement":"1 + 1 =","answer":"2"}
    """
    name, items = shown_path(path), tuple(items)
    if path.suffix.lower() != ".jsonl":
        raise BadFormat(name, None, "items are written as JSONL", "end the name in .jsonl")
    lines = [line_of(name, number, item) for number, item in enumerate(items, 1)]
    refuse_changed(name, items, lines)
    with replacing(path) as rough, rough.open("xb") as file:
        file.writelines(line.encode("utf-8") + b"\n" for line in lines)
        file.flush()
        os.fsync(file.fileno())


def line_of(name: str, number: int, item: Item) -> str:
    """Return one row; fields that say nothing are left out."""
    try:
        return item.model_dump_json(exclude_defaults=True)
    except ValueError as error:
        what = f"item {shown(item.id)} holds half a character"
        raise BadFormat(name, number, what, "write the character whole, as a pair") from error


def refuse_changed(name: str, items: tuple[Item, ...], lines: list[str]) -> None:
    """Read the lines as a user would, and refuse an item that comes back otherwise."""
    rows = (
        as_row(name, number, parse(line, path=name, line=number))
        for number, line in enumerate(lines, 1)
    )
    back = read_items(name, rows, stem="").items
    for number, (item, same) in enumerate(zip(items, back, strict=True), 1):
        if item != same:
            what = f"answer {shown(item.answer)} would be read as {shown(same.answer)}"
            raise BadFormat(name, number, what, "give the whole text of the option")


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a name to write under, and rename what was written when all went well."""
    rough = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        yield rough
        rough.replace(path)
    except OSError as error:
        fix = "choose a folder with room that you may write to"
        msg = f"{shown_path(path)}: cannot be written: {error.strerror}\n  next: {fix}"
        raise UsageError(msg) from error
    finally:
        with contextlib.suppress(OSError):
            rough.unlink(missing_ok=True)
