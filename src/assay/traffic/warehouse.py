"""Features, computed where the logs are: DuckDB embedded, ClickHouse, or what else Ibis speaks.

Nothing of a single request ever becomes a Python object: expressions go in, tables stay there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import duckdb
import ibis

from assay.traffic.engines import DuckDB, Engine, limit
from assay.traffic.features.counts import bins, totals, uses
from assay.traffic.features.days import days, variety
from assay.traffic.features.handoffs import handoffs, shared
from assay.traffic.features.holders import accounts, addresses, links, standing
from assay.traffic.features.rhythm import gaps, rhythm

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
    """One pass: what is computed, and from which tables."""

    compute: Callable[..., ibis.Table]
    inputs: tuple[str, ...]


def _counted(column: str, distinct: str, top: str) -> dict[str, Step]:
    """Count a column's values, then what is told of them in a row of `days`."""
    return {
        f"used_{column}": Step(partial(uses, column=column), (REQUESTS,)),
        f"variety_{column}": Step(
            partial(variety, column=column, names=(distinct, top)), (f"used_{column}",)
        ),
    }


VARIETIES = ("variety_template", "variety_model", "variety_tools", "variety_session")
STEPS = {
    "standing": Step(standing, (REQUESTS,)),
    "addresses": Step(addresses, (REQUESTS,)),
    "accounts": Step(accounts, ("standing",)),
    "links": Step(links, ("standing", "addresses")),
    "totals": Step(totals, (REQUESTS,)),
    "bins": Step(bins, (REQUESTS,)),
    "rhythm": Step(rhythm, (REQUESTS,)),
    "gaps": Step(gaps, (REQUESTS,)),
    **_counted("template", "templates", "top_template"),
    **_counted("model", "models", "top_model"),
    **_counted("tools", "tool_sets", "top_tool_set"),
    **_counted("session", "sessions", "top_session"),
    "shared": Step(shared, ("used_session",)),
    "handoffs": Step(handoffs, (REQUESTS, "shared")),
    "days": Step(days, ("totals", "rhythm", "gaps", *VARIETIES)),
}
"""Every table and what it is made from. Those made from requests are the passes over the logs."""


class Listed(NamedTuple):
    """A table that is part of one that a step made."""

    step: str
    column: str


LISTED = {
    "templates": Listed("used_template", "template"),
    "models": Listed("used_model", "model"),
}
KEPT = {LISTED[name].step if name in LISTED else name for name in Tables.__slots__}
LAST_USE = {name: step for step, made_from in STEPS.items() for name in made_from.inputs}
"""By which step each table is read last: what is not kept goes then, and makes room."""


def derive(connection: duckdb.DuckDBPyConnection | Engine) -> Tables:
    """What do these logs say of each account, day and pair of accounts?

    Parameters
    ----------
    connection
        A DuckDB connection, or another engine, with a table `requests` of the schema's columns.

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
    engine = DuckDB(connection) if isinstance(connection, duckdb.DuckDBPyConnection) else connection
    for name, step in STEPS.items():
        materialise(engine, name)
        for done in step.inputs:
            if LAST_USE[done] == name and done not in KEPT | {REQUESTS}:
                engine.drop(PREFIX + done)
    return Tables(**{name: made(engine, name) for name in Tables.__slots__})


def made(engine: Engine, name: str) -> ibis.Table:
    """Where is this one of the `Tables`, after its steps have run?

    Templates and models are what was counted for the days, less the rows that name none.
    """
    if name in LISTED:
        used = engine.table(PREFIX + LISTED[name].step)
        return used.filter(used[LISTED[name].column].notnull())
    return engine.table(PREFIX + name)


def materialise(engine: Engine, name: str) -> None:
    """Compute one step, whose inputs are there already."""
    step = STEPS[name]
    tables = (
        engine.requests() if made_from == REQUESTS else engine.table(PREFIX + made_from)
        for made_from in step.inputs
    )
    engine.create(PREFIX + name, step.compute(*tables))
