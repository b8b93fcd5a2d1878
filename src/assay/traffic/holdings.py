"""Which values of linkage fields are shared, by how many accounts, and by which pairs?

Values of one field are numbered from the rarest up, so that "they share a value that at most three
accounts hold" is a comparison of numbers. All stays in DuckDB.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from assay.traffic.schema import column
from assay.traffic.sql import literal, named

__all__ = ["BANDS", "CLASS", "FIELDS", "PAIRS", "PROPOSE", "RECORDS", "Band", "Holdings", "hold"]

FIELDS = ("payment", "org", "prefix", "asn", "agent", "tls")
"""Fields whose values tell accounts apart; an account may hold many of each."""
PROPOSE = ("payment", "org", "prefix")
"""Fields whose shared values propose pairs. The others are told of pairs, and propose none: whole
towns share a network or a client program, and no such value links two accounts by itself."""
CLASS = "email"
"""A field of few public words: being of one class says a little, and proposes nobody."""
BANDS = (3, 20)
"""A shared value is rare with so many holders, uncommon with so many, else held up to the cap."""
RECORDS, PAIRS = "linkage_records", "linkage_pairs"
KEPT = 50
"""Shared values of a field that are kept of one account, the rarest first: residential proxies
give an account thousands of addresses, and fifty rare ones in common settle it."""


@dataclass(frozen=True, slots=True)
class Band:
    """Values held by so many accounts: the highest number among them, and how often chance shares.

    `chance` is the share of all pairs of accounts that share such a value (each value counted).
    """

    holders: int
    number: int
    chance: float


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the accounts hold: how many they are, above how many holders a value is common."""

    accounts: int
    pairs: int
    cap: int
    bands: dict[str, tuple[Band, ...]]
    same_class: float
    """The share of all pairs that are of one email class."""


def hold(connection: duckdb.DuckDBPyConnection, links: str, *, cap: int = 100) -> Holdings:
    """Who holds what, and which pairs share something that is not common?

    Parameters
    ----------
    connection
        Holds the table `links`; tables `linkage_*` are made in it.
    links
        Name of a table: account, field, value, a row for each value that an account was seen with
        up to the day on which clusters are formed.
    cap
        Accounts that may hold a value before it is common. A common value (a carrier's address, a
        reseller's card) proposes no pair and says nothing of one. With few accounts at most a
        fiftieth of them, but ten.

    Returns
    -------
    The counts; pairs lie in `linkage_pairs`, at most accounts * 3 * KEPT * cap / 2 of them, and
    what accounts hold in `linkage_records`.
    """
    count = _number(connection, f"SELECT count(DISTINCT account) FROM {named(links)}")  # noqa: S608
    cap = min(cap, max(10, count // 50))
    _values(connection, links)
    tops = {field: _bands(connection, field, count, cap) for field in FIELDS}
    _records(connection, links)
    _pairs(connection, tops)
    return Holdings(
        accounts=count,
        pairs=_number(connection, f"SELECT count(*) FROM {PAIRS}"),  # noqa: S608
        cap=cap,
        bands=tops,
        same_class=_same_class(connection),
    )


def _number(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.sql(sql).fetchone()
    return int(row[0] or 0) if row else 0


def _values(connection: duckdb.DuckDBPyConnection, links: str) -> None:
    """Number the shared values of each field; what one account alone holds links nobody."""
    fields = ", ".join(literal(column(field).name) for field in FIELDS)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE linkage_values AS
        SELECT field, value, holders,
               row_number() OVER (PARTITION BY field ORDER BY holders, value)::INTEGER AS number
        FROM (SELECT field, value, count(DISTINCT account) AS holders
              FROM {named(links)} WHERE field IN ({fields}) GROUP BY ALL)
        WHERE holders > 1""")  # noqa: S608 - names are quoted


def _bands(
    connection: duckdb.DuckDBPyConnection, field: str, count: int, cap: int
) -> tuple[Band, ...]:
    pairs = max(count * (count - 1) / 2, 1)
    bands, below = [], 1
    for holders in (*(edge for edge in BANDS if edge < cap), cap):
        row = connection.execute(
            """SELECT coalesce(max(number), 0), coalesce(sum(holders * (holders - 1) / 2)
                      FILTER (holders > $below), 0)
               FROM linkage_values WHERE field = $field AND holders <= $upto""",
            {"field": field, "below": below, "upto": holders},
        ).fetchone()
        number, shared = row or (0, 0)
        # Half a pair where none is: rarer than anything seen, and not infinitely rare.
        bands.append(Band(holders, int(number), min(max(float(shared), 0.5) / pairs, 0.5)))
        below = holders
    return tuple(bands)


def _records(connection: duckdb.DuckDBPyConnection, links: str) -> None:
    """List what each account holds: NULL where nothing is known, [] where nothing is shared."""
    lists = ",\n".join(
        f"""CASE WHEN bool_or(field = {literal(field)}) THEN coalesce((list(number ORDER BY number)
            FILTER (field = {literal(field)} AND number IS NOT NULL))[:{KEPT}], []) END
            AS {named(field)}"""
        for field in FIELDS
    )
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE {RECORDS} AS
        SELECT account AS unique_id, {lists},
               min(value) FILTER (field = {literal(CLASS)}) AS {named(CLASS)}
        FROM {named(links)} LEFT JOIN linkage_values USING (field, value)
        GROUP BY account""")  # noqa: S608 - names are quoted


def _pairs(connection: duckdb.DuckDBPyConnection, tops: dict[str, tuple[Band, ...]]) -> None:
    """Pair those who share a value that is not common, once, whatever else they share."""
    held = " UNION ALL ".join(
        f"SELECT unique_id, {literal(field)} AS field, number "  # noqa: S608 - names are quoted
        f"FROM (SELECT unique_id, unnest({named(field)}) AS number FROM {RECORDS}) "
        f"WHERE number <= {bands[-1].number}"
        for field, bands in tops.items()
        if field in PROPOSE
    )
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE {PAIRS} AS
        WITH held AS ({held})
        SELECT DISTINCT l.unique_id AS join_key_l, r.unique_id AS join_key_r, '0' AS match_key
        FROM held l JOIN held r USING (field, number)
        WHERE l.unique_id < r.unique_id""")  # noqa: S608 - names are quoted


def _same_class(connection: duckdb.DuckDBPyConnection) -> float:
    row = connection.sql(f"""
        SELECT sum(share * share) FROM (
            SELECT count(*) / sum(count(*)) OVER () AS share
            FROM {RECORDS} WHERE {named(CLASS)} IS NOT NULL GROUP BY {named(CLASS)})
        """).fetchone()  # noqa: S608 - names are quoted
    # Rounded, since the order in which shares are added must not part what is equal.
    return round(float(row[0]), 12) if row and row[0] is not None else 0.5
