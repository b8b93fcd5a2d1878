"""Which accounts belong together? By what they share: payers, organisations, networks, clients.

Fellegi and Sunter's model, fitted by Splink: each thing that two accounts share adds log2(m / u) to
their weight, with u the chance that two accounts share so rare a value anyway (counted, exactly)
and m the chance that two accounts of one owner do (by expectation maximisation). Where too little
is there to learn from, weights are fixed. Only columns of use `linkage` are read: what convicts may
not have linked.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import duckdb
from splink import Linker
from splink.backends.duckdb import DuckDBAPI

from assay.traffic.comparing import COMPARISONS, Level, Model, counted, fixed, learned, settings
from assay.traffic.holdings import CLASS, PAIRS, PROPOSE, RECORDS, Holdings, hold
from assay.traffic.sql import named

__all__ = ["ODDS", "TABLE", "Linkage", "link"]

TABLE = "linkage_weights"
"""Pairs that are linked: account_l, account_r, weight, and the bits of each comparison."""
ODDS = 2.0
"""Bits at which two accounts are linked: four to one that they have one owner. A pair alone is
nothing yet; what holds a cluster together is looked at again where it grows large."""
FEWEST = 200
"""Pairs that share their rarest payer (or organisation, or address) below which nothing is learned
from them."""
TEACHERS = ("payment", "prefix", "org")
"""Fields by which pairs are chosen, from which the weights of the other fields are learned."""


@dataclass(frozen=True, slots=True)
class Linkage:
    """Which pairs are linked stands in the table `linkage_weights`; this is how they were weighed.

    `compared` counts the pairs that share something that is not common. `prior` are the log odds in
    bits that any two accounts have one owner.
    """

    accounts: int
    compared: int
    linked: int
    cap: int
    learned: tuple[str, ...]
    note: str
    prior: float
    levels: tuple[Level, ...]


def link(connection: duckdb.DuckDBPyConnection, links: str = "links", *, cap: int = 100) -> Linkage:
    """Which pairs of accounts likely have one owner, and by what?

    Parameters
    ----------
    connection, links, cap
        As of `assay.traffic.holdings.hold`: who was seen with what, up to the day on which clusters
        are formed.

    Returns
    -------
    The model. Pairs of at least `ODDS` bits are in the table `linkage_weights`.

    Notes
    -----
    Fails when: an owner isolates every account (own card, own address, own client), so that nothing
    is shared. An agency, a university or a reseller with fewer customers than the cap is linked as
    one owner: linkage says together, never guilty.

    References
    ----------
    Fellegi & Sunter 1969, A theory for record linkage, doi 10.1080/01621459.1969.10501049.
    """
    logging.getLogger("splink").setLevel(logging.ERROR)  # its advice is for people at notebooks
    holdings = hold(connection, links, cap=cap)
    engine = DuckDBAPI(connection)
    shares, note = _learn(connection, engine, holdings)
    model = learned(holdings, shares) if shares else fixed(holdings)
    return Linkage(
        accounts=holdings.accounts,
        compared=holdings.pairs,
        linked=_weigh(connection, engine, model, holdings),
        cap=holdings.cap,
        learned=tuple(sorted(shares)),
        note=note,
        prior=model.prior,
        levels=model.levels,
    )


def _learn(
    connection: duckdb.DuckDBPyConnection, engine: DuckDBAPI, holdings: Holdings
) -> tuple[dict[str, float], str]:
    """Learn how often accounts of one owner share what, without labels."""
    rules = {field: rule for field in TEACHERS if (rule := _rule(connection, field, holdings))}
    if not rules:
        note = f"fixed weights: no field is shared by {FEWEST} pairs, too few to learn from"
        return {}, note
    start = counted(holdings)
    linker = _linker(engine, settings(start, holdings))
    for rule in rules.values():
        linker.training.estimate_parameters_using_expectation_maximisation(
            rule, estimate_without_term_frequencies=True
        )
    found = _found(linker.misc.save_model_to_json(), set(rules))
    told = [one for one in start.levels if one.says in found and one.says.startswith(PROPOSE)]
    wrong = [one.says for one in told if found[one.says] <= one.u]
    if wrong:
        return {}, f"fixed weights: what was learned would count against who shares: {wrong[0]}"
    return found, f"learned from pairs that share their rarest {' or '.join(rules)}"


def _rule(connection: duckdb.DuckDBPyConnection, field: str, holdings: Holdings) -> str | None:
    """Choose pairs by one field's rarest value, if enough of them share it."""
    top = holdings.bands[field][-1].number
    row = connection.sql(f"""
        SELECT coalesce(sum(n * (n - 1) / 2), 0) FROM (
            SELECT count(*) AS n FROM {RECORDS}
            WHERE {named(field)}[1] <= {top} GROUP BY {named(field)}[1])
        """).fetchone()  # noqa: S608 - names are ours
    if not row or row[0] < FEWEST:
        return None
    first = f"{named(field)}[1]"
    return f"l.{first} = r.{first} AND l.{first} <= {top}"


def _linker(engine: DuckDBAPI, told: dict[str, Any]) -> Linker:
    return Linker(engine.register(RECORDS), told, log_level=None)


def _found(model: dict[str, Any], teachers: set[str]) -> dict[str, float]:
    """Return what was learned by what it says; what never occurred stays as it was."""
    only = {name for name, fields in COMPARISONS.items() if teachers <= set(fields)}
    return {
        level["label_for_charts"]: level["m_probability"]
        for comparison in model["comparisons"]
        if comparison["output_column_name"] not in only  # the teacher learns from others alone
        for level in comparison["comparison_levels"]
        if isinstance(level.get("m_probability"), float)
    }


def _weigh(
    connection: duckdb.DuckDBPyConnection,
    engine: DuckDBAPI,
    model: Model,
    holdings: Holdings,
) -> int:
    """Weigh the pairs that share something, and keep those that are linked."""
    linker = _linker(engine, settings(model, holdings))
    linker.table_management.register_blocked_pairs_for_predict(engine.register(PAIRS))
    scored = linker.inference.predict(threshold_match_weight=ODDS, warning_mode="never")
    parts = ", ".join(
        f"mw_{name}" + (f" + mw_tf_adj_{name}" if name == CLASS else "") + f" AS {name}"
        for name in COMPARISONS
    )
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE {TABLE} AS
        SELECT unique_id_l AS account_l, unique_id_r AS account_r, match_weight AS weight, {parts}
        FROM {scored.physical_name}""")  # noqa: S608 - names are ours
    clean_up: Callable[[], None] = engine.delete_tables_created_by_splink_from_db
    clean_up()
    return connection.table(TABLE).shape[0]
