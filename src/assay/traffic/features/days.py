"""An account's day in one row."""

from __future__ import annotations

import ibis

__all__ = ["days", "variety"]

KEYS = ("account", "day")


def variety(used: ibis.Table, column: str, names: tuple[str, str]) -> ibis.Table:
    """How many values did an account use in a day, and how often the commonest?

    Distinct values are counted by grouping twice, which is exact everywhere. Unknown where no
    request says.

    Parameters
    ----------
    used
        What `uses` gave.
    column
        The column whose values were counted.
    names
        What to call the number of values, and the requests of the commonest one.
    """
    distinct, top = names
    told = used[column].notnull()
    return used.group_by(*KEYS).agg(
        **{
            distinct: used[column].count().nullif(0),
            top: used.requests.max(where=told),
        }
    )


def days(totals: ibis.Table, *others: ibis.Table) -> ibis.Table:
    """What did each account do in each day?

    Every part holds the same accounts and days, so inner joins lose nothing; an outer join would
    fill what is missing with zeros on ClickHouse.
    """
    row = totals
    for part in others:
        row = row.join(part, KEYS)
    return row
