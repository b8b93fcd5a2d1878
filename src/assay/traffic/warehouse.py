"""Features, computed where the logs are: DuckDB embedded, ClickHouse, or what else Ibis speaks.

Nothing of a single request ever becomes a Python object: expressions go in, tables stay there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import duckdb
import ibis

from assay.core.errors import BadConfig
from assay.traffic.engines import DuckDB, Engine, limit
from assay.traffic.features.counts import bins, minutes, totals, uses
from assay.traffic.features.days import days, variety
from assay.traffic.features.handoffs import handoffs, moves, shared
from assay.traffic.features.holders import accounts, addresses, links, standing
from assay.traffic.features.rhythm import gaps

__all__ = ["STEPS", "Step", "Tables", "derive", "limit", "made", "materialise"]

REQUESTS = "requests"
PREFIX = "feature_"
"""Before the names of derived tables, so that none of the user's is touched."""


@dataclass(frozen=True, slots=True)
class Tables:
    """What is derived from the requests; each is a table that stays in the warehouse."""

    accounts: ibis.Table
    days: ibis.Table
    bins: ibis.Table
    templates: ibis.Table
    models: ibis.Table
    links: ibis.Table
    handoffs: ibis.Table


@dataclass(frozen=True, slots=True)
class Step:
    """One pass: what is computed, from which tables, and by which key it can be cut in parts."""

    compute: Callable[..., ibis.Table]
    inputs: tuple[str, ...]
    key: str = "account"


def _days(*tables: ibis.Table) -> ibis.Table:
    total, minute, gap, templates, models, sessions, tools = tables
    varieties = (
        variety(templates, "template", ("templates", "top_template")),
        variety(models, "model", ("models", "top_model")),
        variety(sessions, "session", ("sessions", "top_session")),
        variety(tools, "tools", ("tool_sets", "top_tool_set")),
    )
    return days(total, minute, gap, varieties)


USED = ("used_templates", "used_models", "used_sessions", "used_tools")
STEPS = {
    "minutes": Step(minutes, (REQUESTS,)),
    "totals": Step(totals, (REQUESTS,)),
    "gaps": Step(gaps, (REQUESTS,)),
    "used_templates": Step(partial(uses, column="template"), (REQUESTS,)),
    "used_models": Step(partial(uses, column="model"), (REQUESTS,)),
    "used_sessions": Step(partial(uses, column="session"), (REQUESTS,)),
    "used_tools": Step(partial(uses, column="tools"), (REQUESTS,)),
    "standing": Step(standing, (REQUESTS,)),
    "addresses": Step(addresses, (REQUESTS,)),
    "shared": Step(shared, ("used_sessions",)),
    "moves": Step(moves, (REQUESTS, "shared"), key="session"),
    "handoffs": Step(handoffs, ("moves",)),
    "accounts": Step(accounts, ("standing",)),
    "links": Step(links, ("standing", "addresses")),
    "bins": Step(bins, ("minutes",)),
    "days": Step(_days, ("totals", "minutes", "gaps", *USED)),
}
"""Every table and what it is made from. Those made from requests are the passes over the logs."""


class Listed(NamedTuple):
    """A table that is part of one that a step made."""

    step: str
    column: str


LISTED = {
    "templates": Listed("used_templates", "template"),
    "models": Listed("used_models", "model"),
}


def derive(connection: duckdb.DuckDBPyConnection | Engine, *, parts: int = 1) -> Tables:
    """What do these logs say of each account, day and pair of accounts?

    Parameters
    ----------
    connection
        A DuckDB connection, or another engine, with a table `requests` of the schema's columns.
    parts
        Into how many parts, by a hash of the account, passes over requests are cut: more need
        less memory at once, and read the columns more often.

    Raises
    ------
    BadConfig
        Fewer than one part.

    Examples
    --------
    A column that nobody filled says nothing, and never 0:

    >>> from assay.traffic.engines import requests_schema
    >>> log = duckdb.connect()
    >>> DuckDB(log).reader.create_table("requests", schema=requests_schema()).count().execute()
    0
    >>> row = "VALUES ('2026-03-01', 'a', 'm')"
    >>> _ = log.execute(f"INSERT INTO requests (time, account, model) {row}")
    >>> derive(log).days.select("requests", "errors", "models").to_pyarrow().to_pylist()
    [{'requests': 1, 'errors': None, 'models': 1}]
    """
    if parts < 1:
        msg = f"{parts} parts: at least 1 is needed\n  next: leave the option away"
        raise BadConfig(msg)
    engine = DuckDB(connection) if isinstance(connection, duckdb.DuckDBPyConnection) else connection
    for name in STEPS:
        materialise(engine, name, parts=parts)
    return Tables(**{name: made(engine, name) for name in Tables.__slots__})


def made(engine: Engine, name: str) -> ibis.Table:
    """Where is this one of the `Tables`, after its steps have run?

    Templates and models are what was counted for the days, less the rows that name none.
    """
    if name in LISTED:
        used = engine.table(PREFIX + LISTED[name].step)
        return used.filter(used[LISTED[name].column].notnull())
    return engine.table(PREFIX + name)


def materialise(engine: Engine, name: str, *, parts: int = 1) -> None:
    """Compute one step, whose inputs are there already."""
    for number, expression in enumerate(_pieces(engine, STEPS[name], parts)):
        place = engine.append if number else engine.create
        place(PREFIX + name, expression)


def _pieces(engine: Engine, step: Step, parts: int) -> Iterator[ibis.Table]:
    """Cut a pass over the requests by its key; what is derived is small, and taken whole."""
    others = [engine.table(PREFIX + name) for name in step.inputs if name != REQUESTS]
    if REQUESTS not in step.inputs:
        yield step.compute(*others)
        return
    timed = engine.requests()
    for part in range(parts):
        # a remainder has the dividend's sign; abs() would fail on the one number that has none
        mine = (timed[step.key].hash() % parts + parts) % parts == part
        yield step.compute(timed.filter(mine) if parts > 1 else timed, *others)
