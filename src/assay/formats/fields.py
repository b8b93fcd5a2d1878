"""The values of one row, taken by name and checked for their kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from assay.formats.layout import Layout
from assay.formats.row import Row, shown, shown_some
from assay.formats.strictjson import parse

__all__ = ["MAX_OPTIONS", "Taker"]

MAX_OPTIONS = 26
"""Options are lettered A to Z."""


@dataclass(frozen=True, slots=True)
class Taker:
    """What does this row say about each field of an item?

    Parameters
    ----------
    row
        The row.
    layout
        Which columns hold which field.
    named
        Field to column, as the user named it; wins over the layout.
    """

    row: Row
    layout: Layout
    named: Mapping[str, str]

    def column(self, field: str) -> str | None:
        """Which column holds the field? None when the row has none of those that may.

        Raises
        ------
        BadFormat
            When the user named a column that the row does not have.
        """
        if field in self.named:
            if self.named[field] not in self.row.values:
                raise self.missing(field)
            return self.named[field]
        names = self.layout.columns.get(field, ())
        return next((name for name in names if name in self.row.values), None)

    def raw(self, field: str) -> object:
        """Return the value as it stands; None when there is none."""
        column = self.column(field)
        return None if column is None else self.row.values[column]

    def missing(self, field: str) -> Exception:
        """Say that a field is not there, which ones are, and how to name it."""
        wanted = self.named.get(field) or (self.layout.columns.get(field) or (field,))[0]
        what = f"field {shown(wanted)} is missing; the row has {shown_some(self.row.values)}"
        return self.row.fault(what, f"name the column that holds it: --field {field}=COLUMN")

    def wrong(self, field: str, wanted: str) -> Exception:
        """Say that a value is of the wrong kind."""
        column = shown(self.column(field))
        what = f"field {column} is {shown(self.raw(field))}, not {wanted}"
        return self.row.fault(
            what, f"mend the value, or name another column: --field {field}=COLUMN"
        )

    def text(self, field: str) -> str | None:
        """Return a text; whole numbers are accepted as text."""
        value = self.raw(field)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        raise self.wrong(field, "text")

    def id(self, number: int, stem: str) -> str:
        """Return the row's name, or the one that its place gives it.

        Parameters
        ----------
        number
            0-based place among the rows.
        stem
            The file's name, for layouts that have no prefix of their own.
        """
        text = self.text("id")
        if text is None:
            if self.layout.numbered is None:
                raise self.missing("id")
            return f"{self.layout.numbered or stem + '/'}{number}"
        if not text.strip():
            raise self.wrong("id", "a name")
        if len(text.splitlines()) != 1 or text[-1] in "\r\n":
            raise self.wrong("id", "on one line")
        return text

    def statement(self) -> str:
        """Return what is asked."""
        text = self.text("statement")
        if text is None:
            if self.column("statement") is None:
                raise self.missing("statement")
            raise self.wrong("statement", "text")
        if not text.strip():
            raise self.row.fault(
                f"the statement is empty ({shown(text)})", "fill it, or remove the row"
            )
        return text

    def texts(self, field: str) -> tuple[str, ...]:
        """Return a list of texts, given as a list or as its JSON."""
        value = self.raw(field)
        if value is None:
            return ()
        if isinstance(value, str):
            value = parse(value, path=self.row.path, line=self.row.line)
        if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
            raise self.wrong(field, "a list of texts")
        return tuple(value)

    def options(self) -> tuple[str, ...]:
        """Return the options in their published order."""
        options = self.texts("options")
        if len(options) > MAX_OPTIONS:
            what = f"{len(options)} options, but only {MAX_OPTIONS} letters"
            raise self.row.fault(what, f"give at most {MAX_OPTIONS} options")
        return options

    def day(self) -> date | None:
        """Return the day of publication, as written, whatever the time zone."""
        value = self.raw("published")
        if isinstance(value, datetime):
            return value.date()
        if value is None or isinstance(value, date):
            return value
        try:
            return datetime.fromisoformat(str(value)).date()
        except ValueError as error:
            raise self.wrong("published", "a date as 2024-05-31") from error
