"""One row of an outside file, with where it stands, and how its values are shown to people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from reprlib import Repr

from pydantic import ValidationError

from assay.core.errors import BadFormat

__all__ = ["Row", "first_fault", "shown", "shown_path", "shown_some"]

WIDTH = 80
SOME = 12


@dataclass(frozen=True, slots=True)
class Row:
    """What does this row hold, and where does it stand?

    Parameters
    ----------
    path
        The file, as messages name it.
    line
        1-based line on which the row begins; the 1-based row in JSON lists and Parquet.
    values
        Column name to value.

    Examples
    --------
    >>> print(Row("b.jsonl", 3, {}).fault("no id", "give one"))
    b.jsonl:3: no id
      next: give one
    """

    path: str
    line: int
    values: Mapping[str, object]

    def fault(self, what: str, fix: str) -> BadFormat:
        """Return the error that points at this row."""
        return BadFormat(self.path, self.line, what, fix)


def shown(value: object) -> str:
    r"""How is a value shown in a message? Escaped and cut: it may be hostile, or huge.

    Examples
    --------
    >>> shown("\x1b[31mred")
    "'\\x1b[31mred'"
    >>> len(shown("x" * 10**6))
    80
    """
    short = Repr()
    short.maxstring = short.maxother = short.maxlong = WIDTH
    text = short.repr(value)
    return text if len(text) <= WIDTH else text[: WIDTH - 3] + "..."


def shown_some(values: Iterable[object]) -> str:
    """List a few of many values, all of them cut and escaped.

    Examples
    --------
    >>> shown_some(["id", "body"])
    "'id', 'body'"
    """
    listed = [shown(value) for value in values]
    more = f" and {len(listed) - SOME} more" if len(listed) > SOME else ""
    return ", ".join(listed[:SOME]) + more


def shown_path(path: object) -> str:
    r"""Name a file in a message, escaped where its name would move the cursor.

    Examples
    --------
    >>> shown_path("data/b.jsonl"), shown_path("\x1b[2J.csv")
    ('data/b.jsonl', "'\\x1b[2J.csv'")
    """
    text = str(path)
    return text if text.isprintable() else repr(text)


def first_fault(error: ValidationError, whole: str = "") -> str:
    """Where is a record wrong first, and what is wrong there? `whole` names all of it."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or whole}: {first['msg']}"
