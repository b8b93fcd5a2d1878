"""A list of items whose published answer is known to be wrong, kept apart from the benchmark."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from assay.core.errors import BadFormat, UnknownName
from assay.core.item import Item
from assay.formats.benchmarks import rows_of
from assay.formats.fields import Taker
from assay.formats.likes import corrected
from assay.formats.plain import PLAIN
from assay.formats.row import Row, shown_path, shown_some

__all__ = ["with_wrong"]

COLUMNS = ("id", "correct", "wrong_answers")
Items = tuple[Item, ...]


def with_wrong(path: Path, *sides: Sequence[Item]) -> tuple[Items, ...]:
    r"""Which of these items have a published answer that is known to be wrong?

    Parameters
    ----------
    path
        A file of rows {"id", "correct", "wrong_answers"}, in any form that a benchmark may have.
        A row says that the item's published answer is wrong. `correct` is the right answer, left
        out where nobody knows it; `wrong_answers` are those of independent solvers, one per
        solver, repeats included.
    sides
        The benchmark's items, the controls: an item may stand on several sides.

    Returns
    -------
    tuple
        The same sides, the items that are listed with what is known of them.

    Raises
    ------
    BadFormat
        A row that is none, or says of an item what cannot be.
    UnknownName
        An id that no item has.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> items = [Item(id="a", statement="1 + 1 =", answer="3"), Item(id="b", statement="?")]
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "wrong.jsonl"
    ...     _ = file.write_text('{"id": "a", "correct": "2"}\n')
    ...     ((first, second),) = with_wrong(file, items)
    >>> first.correct, second.correct
    ('2', None)
    """
    known = {item.id: item for side in sides for item in side}
    changed: dict[str, Item] = {}
    for row in rows_of(path):
        name = _named(row, known)
        if name in changed:
            raise row.fault(f"{name!r} is listed twice", "join its rows into one")
        changed[name] = _changed(row, known[name])
    if not changed:
        raise BadFormat(shown_path(path), None, "holds no rows", "list an item, or leave it out")
    return tuple(tuple(changed.get(item.id, item) for item in side) for side in sides)


def _named(row: Row, known: dict[str, Item]) -> str:
    """Return the row's id, which must be an item's."""
    unknown = [column for column in row.values if column not in COLUMNS]
    if unknown:
        what = f"columns {shown_some(unknown)} are not known here"
        raise row.fault(what, f"use {', '.join(COLUMNS)}")
    name = Taker(row, PLAIN, {}).text("id")
    if name is None:
        raise row.fault("field 'id' is missing", "name the item that has the wrong answer")
    if name not in known:
        where = f"{row.path}:{row.line}: list ids of the benchmark or of its controls"
        raise UnknownName("item", name[:80], known, where)
    return name


def _changed(row: Row, item: Item) -> Item:
    """Add to an item what the row knows of it; what is left out stays as the benchmark has it."""
    told = row.values.get("correct")
    correct = corrected(row, item, item.correct or "" if told is None else told)
    others = Taker(row, PLAIN, {}).texts("wrong_answers") or item.wrong_answers
    return item.model_copy(update={"correct": correct, "wrong_answers": others})
