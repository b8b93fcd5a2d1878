"""Names and texts of others, as they may stand in SQL: quoted, always."""

from __future__ import annotations

__all__ = ["literal", "named"]


def named(name: str) -> str:
    """How is a column of this name written in SQL?

    Examples
    --------
    >>> print(named('a"; DROP TABLE requests; --'))
    "a""; DROP TABLE requests; --"
    """
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """How is this text written in SQL?

    Examples
    --------
    >>> print(literal("it's"))
    'it''s'
    """
    return "'" + text.replace("'", "''") + "'"
