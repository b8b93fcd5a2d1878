"""From rows to items: one layout for a file, every row of it valid, or an error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from assay.core.errors import BadFormat, UnknownName
from assay.core.item import Item
from assay.formats.answers import Choice, literal, settled
from assay.formats.choices import CHOICES
from assay.formats.fields import Taker
from assay.formats.gsm8k import GSM8K
from assay.formats.humaneval import HUMANEVAL
from assay.formats.inspect_samples import INSPECT
from assay.formats.layout import FIELDS, Layout
from assay.formats.likes import corrected, likes
from assay.formats.plain import PLAIN
from assay.formats.row import Row, first_fault, shown, shown_some
from assay.formats.swebench import SWEBENCH

__all__ = ["Placed", "Reading", "detect", "read_items"]


@dataclass(frozen=True, slots=True)
class Placed:
    """An item and the line on which it stands."""

    line: int
    item: Item


@dataclass(frozen=True, slots=True)
class Reading:
    """The items of a file, and in words how its rows were read."""

    placed: tuple[Placed, ...]
    layout: str

    @property
    def items(self) -> tuple[Item, ...]:
        """The items in their published order."""
        return tuple(placed.item for placed in self.placed)


def detect(columns: Iterable[str]) -> Layout:
    """Which layout do these columns give away? Assay's own when none is known.

    Examples
    --------
    >>> detect(["question", "answer"]).name, detect(["question", "choices", "answer"]).name
    ('gsm8k', 'choices')
    """
    present = set(columns)
    known = (HUMANEVAL, SWEBENCH, CHOICES, GSM8K, INSPECT)
    return next((layout for layout in known if layout.claims(present)), PLAIN)


def read_items(
    path: str, rows: Iterable[Row], *, stem: str, named: Mapping[str, str] | None = None
) -> Reading:
    """Which items do the rows of one file hold?

    Parameters
    ----------
    path
        The file, for messages.
    rows
        Its rows; the first one's columns decide the layout.
    stem
        The name for rows that have none.
    named
        Field of an item to column, where the user named it.

    Raises
    ------
    BadFormat
        At the first row that is no item, or when there are no rows.
    UnknownName
        When `named` has a field that items do not.
    """
    named = checked_names(named or {})
    takers = list[Taker]()
    for row in rows:
        layout = takers[0].layout if takers else detect(row.values)
        refuse_other(layout, row)
        takers.append(Taker(layout.prepare(row), layout, named))
    if not takers:
        raise BadFormat(path, None, "holds no rows", "give a file with at least one item")
    items = [as_item(taker, number, stem) for number, taker in enumerate(takers)]
    placed = tuple(
        Placed(taker.row.line, answered(taker, item, answer))
        for taker, item, answer in zip(takers, items, answers(takers, items), strict=True)
    )
    refuse_twins(path, placed)
    return Reading(placed, told(takers[0]))


def checked_names(named: Mapping[str, str]) -> Mapping[str, str]:
    """Return the user's names for columns; each must be for a field that items have."""
    for field in named:
        if field not in FIELDS:
            raise UnknownName("field", field[:80], FIELDS, f"use one of {', '.join(FIELDS)}")
    return named


def refuse_other(layout: Layout, row: Row) -> None:
    """Refuse a row that the file's layout would read wrongly or in part."""
    columns = set(row.values)
    here = detect(columns)
    if here is layout:
        return
    lacking = min((sign - columns for sign in layout.signs), key=len)
    if lacking:
        what = (
            f"field {shown_some(sorted(lacking))} is missing; the row has {shown_some(row.values)}"
        )
        raise row.fault(what, "fill it, or name another column for it: --field FIELD=COLUMN")
    what = f"the row is of the layout {here.name}, those before it are {layout.name}"
    raise row.fault(what, "give every row the same columns")


def as_item(taker: Taker, number: int, stem: str) -> Item:
    """Build one item; its answer comes later, when the whole file is known."""
    try:
        return Item(
            id=taker.id(number, stem),
            statement=taker.statement(),
            options=taker.options(),
            published=taker.day(),
            stratum=taker.text("stratum") or "",
            **likes(taker),
        )
    except ValidationError as error:
        raise taker.row.fault(first_fault(error), "mend the value") from error


def answered(taker: Taker, item: Item, answer: str | None) -> Item:
    """Add the published answer, and the right one where that is wrong."""
    whole = item.model_copy(update={"answer": answer})
    correct = corrected(taker.row, whole, taker.raw("correct"))
    return whole if correct is None else whole.model_copy(update={"correct": correct})


def answers(takers: Sequence[Taker], items: Sequence[Item]) -> list[str | None]:
    """Return every item's answer, as the text of an option where there are options."""
    choices = [
        Choice(taker.row, item.options, taker.raw("answer"))
        for taker, item in zip(takers, items, strict=True)
    ]
    if takers[0].layout.literal and "options" not in takers[0].named:
        return [
            literal(c) if c.options and c.answer is not None else t.text("answer")
            for c, t in zip(choices, takers, strict=True)
        ]
    asked = [choice for choice in choices if choice.options and choice.answer is not None]
    found = iter(settled(asked))
    return [
        next(found) if c.options and c.answer is not None else t.text("answer")
        for c, t in zip(choices, takers, strict=True)
    ]


def refuse_twins(path: str, placed: Sequence[Placed]) -> None:
    """Refuse a file in which two rows have one id."""
    lines = dict[str, int]()
    for one in placed:
        before = lines.setdefault(one.item.id, one.line)
        if before != one.line:
            what = f"id {shown(one.item.id)} stands on line {before} already"
            raise BadFormat(path, one.line, what, "give every item an id of its own")


def told(taker: Taker) -> str:
    """Say which column was taken for which field."""
    pairs = [(field, taker.column(field)) for field in FIELDS]
    taken = ", ".join(f"{field}={column}" for field, column in pairs if column is not None)
    return f"{taker.layout.name} rows: {taken}"
