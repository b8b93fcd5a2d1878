"""Request logs of any form become one table `requests`, in DuckDB: no row becomes a Python object.

::

    sources.opened     files as they are: rows, columns, places
    content            is there text of a conversation? then no
    adapters, mapping  which column is which of ours
    typed, keyed       values of our kinds; what names people or places is hashed
    checks             what can not be true is put aside and counted
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path
from tempfile import gettempdir

import duckdb

from assay.core.errors import BadFormat, UnknownName
from assay.traffic.adapters.known import FORMS
from assay.traffic.adapters.usage import UNSEEN, USAGE, USAGE_COLUMNS, Usage
from assay.traffic.checks import (
    Quarantine,
    Window,
    quarantined,
    reason,
    repeated,
    unordered,
    window_of,
)
from assay.traffic.keyed import install_keyed, keyed, read_key
from assay.traffic.mapping import read_mapping
from assay.traffic.schema import COLUMNS
from assay.traffic.sources import Opened, opened, reading
from assay.traffic.sql import named
from assay.traffic.typed import TYPES
from assay.traffic.understand import Understood, columns_of, staged, understood

__all__ = ["Loaded", "Quarantine", "connect", "read"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What do the logs hold that can be used, and what was put aside?

    Parameters
    ----------
    requests
        A connection with the table or view `requests`, of the schema's columns, and the table
        `usage` of sums from usage APIs. Who closes it frees the memory.
    rows
        Requests that can be used.
    present
        Columns in which at least one of them holds something.
    quarantine
        Rows that were put aside, by reason, the most frequent first.
    notes
        What a reader of the results should know of the logs.
    hashes
        Name of the key by which accounts are known: "elsewhere" where they came hashed; None where
        it was random, so that no account is known again.
    """

    requests: duckdb.DuckDBPyConnection
    rows: int
    present: frozenset[str]
    quarantine: tuple[Quarantine, ...]
    notes: tuple[str, ...]
    hashes: str | None = None


def read(
    sources: Sequence[str | Path],
    *,
    form: str = "auto",
    mapping: Path | None = None,
    key: Path | None = None,
    now: datetime | None = None,
) -> Loaded:
    r"""Which requests do these logs tell of?

    Parameters
    ----------
    sources
        Files (Parquet, CSV, JSON, JSON lines, Arrow IPC), folders of them, or `-` for an Arrow
        IPC stream on standard input.
    form
        auto, or the name of one: then every file is read as that.
    mapping
        A TOML file that says which column is which; every file is read by it.
    key
        A file with the key of the hashes. Without it a random key is used and forgotten: the same
        account has another hash in the next scan.
    now
        The time of the scan, in UTC: no request can be later.

    Raises
    ------
    UsageError
        No such file or form.
    BadFormat
        A file is broken, of no known form, or holds text of conversations.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     log = Path(folder) / "log.csv"
    ...     _ = log.write_text("time,account,model\n2026-05-01 10:00:00,a1b2,m\n,c3d4,m\n")
    ...     loaded = read([log])
    >>> loaded.rows, sorted(loaded.present), [one.reason for one in loaded.quarantine]
    (1, ['account', 'model', 'time'], ['no time'])
    >>> loaded.requests.close()
    """
    mapped = read_mapping(mapping) if mapping is not None else None
    _known_form(form)
    secret = read_key(key)
    connection = connect(secret)
    found = opened(connection, sources)
    sums = [(one, usage) for one in found if (usage := _usage(connection, one, form))]
    taken = {id(one) for one, _ in sums}
    files = [understood(one, form, mapped) for one in found if id(one) not in taken]
    notes = [note for one in files for note in one.notes] + _add_usage(sums)
    hashes: str | None = "elsewhere"
    if any(one.hides for one in files):
        hashes = keyed(secret, "key", "") if key else None
    if hashes is None:
        notes.append(
            "account names were hashed with a random key that is forgotten with this scan: "
            "give --key FILE to know an account again"
        )
    now = now or datetime.now(UTC).replace(tzinfo=None)
    return replace(_load(connection, files, now, notes), hashes=hashes)


def connect(key: bytes) -> duckdb.DuckDBPyConnection:
    """Open an empty database in memory, with the keyed hash, that asks no server for anything."""
    connection = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "temp_directory": str(Path(gettempdir()) / f"assay-{secrets.token_hex(8)}"),
        }
    )
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("ATTACH ':memory:' AS logs (COMPRESS)")
    connection.execute("USE logs")
    install_keyed(connection, key)
    empty = ", ".join(f"{named(name)} {kind}" for name, kind in USAGE_COLUMNS.items())
    connection.execute(f"CREATE TABLE usage ({empty})")
    return connection


def _known_form(form: str) -> None:
    names = ["auto", *(one.name for one in FORMS), *(one.name for one in USAGE)]
    if form not in names:
        raise UnknownName("form", form[:80], names, f"use one of {', '.join(names)}")


def _usage(connection: duckdb.DuckDBPyConnection, one: Opened, form: str) -> Usage | None:
    raw = columns_of(one.raw)
    with reading(one.name):
        fits = [usage for usage in USAGE if usage.claims(connection, raw, one.table)]
    return next((usage for usage in fits if form in ("auto", usage.name)), None)


def _add_usage(sums: Sequence[tuple[Opened, Usage]]) -> list[str]:
    notes = []
    for one, usage in sums:
        with reading(one.name):
            rows = usage.rows(one.raw)
            rows.filter('"start" IS NOT NULL').insert_into("usage")
            lost, nobody = rows.aggregate(
                'count(*) FILTER ("start" IS NULL), '
                'count(*) FILTER ("start" IS NOT NULL AND account IS NULL)'
            ).fetchone() or (0, 0)
        if lost:
            notes.append(f"{one.name}: {lost:,} sums were left out: their time can not be read")
        if nobody:
            notes.append(f"{one.name}: {nobody:,} sums name no account: group by api_key_id")
        more = one.raw.filter("lower(has_more) = 'true'").fetchone()
        if more is not None:
            notes.append(f"{one.name} says that it has more pages: they are not here")
    return [UNSEEN, *notes] if sums else []


def _load(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[Understood],
    now: datetime,
    notes: Sequence[str],
) -> Loaded:
    """Put all files together, what can be used of them, and say what they hold."""
    names = ", ".join(named(one.name) for one in COLUMNS)
    if not files:
        return _none(connection, notes)
    first = files[0].opened.name
    with reading(first):
        parts = [staged(one) for one in files]
        rows = reduce(duckdb.DuckDBPyRelation.union, parts)
        lasting = all(one.opened.native and not one.hides for one in files)
        if not lasting:
            rows.create("staged")
            rows = connection.table("staged")
        back = unordered(rows)
        window = _window(rows, now)
        total, good, bad = quarantined(rows, window)
        if good < total:
            rows = rows.filter(f"({reason(window)}) IS NULL")
        kept, again = repeated(connection, rows)
    if not good:
        raise _nothing(first, bad, total)
    requests = kept.project(names)
    if lasting:
        requests.create_view("requests")
    else:
        requests.create("requests")
        _forget(connection, files)
    connection.execute("CHECKPOINT logs")
    dropped = sum(one.count for one in again)
    return Loaded(
        connection,
        good - dropped,
        _present(connection, files),
        (*bad, *again),
        (*notes, *_order_note(back)),
    )


def _none(connection: duckdb.DuckDBPyConnection, notes: Sequence[str]) -> Loaded:
    """Make an empty table: there were sums only."""
    columns = ", ".join(f"{named(one.name)} {TYPES[one.kind]}" for one in COLUMNS)
    connection.execute(f"CREATE TABLE requests ({columns})")
    return Loaded(connection, 0, frozenset(), (), tuple(notes))


def _window(rows: duckdb.DuckDBPyRelation, now: datetime) -> Window:
    days = rows.filter("time IS NOT NULL AND isfinite(time)")
    counts = days.aggregate("CAST(time AS DATE) AS day, count(*) AS n", "CAST(time AS DATE)")
    return window_of(counts.fetchall(), now)


def _nothing(name: str, bad: Sequence[Quarantine], total: int) -> BadFormat:
    if not total:
        return BadFormat(name, None, "holds no rows", "export it again")
    reasons = "; ".join(f"{one.reason} ({one.count:,}, as {one.example_place})" for one in bad[:4])
    what = f"none of {total:,} rows can be used: {reasons}"
    return BadFormat(name, None, what, "mend the export, or say how it is read with --mapping FILE")


def _forget(connection: duckdb.DuckDBPyConnection, files: Sequence[Understood]) -> None:
    """Drop what was read: it may hold names and addresses in plain."""
    connection.execute("DROP TABLE staged")
    for one in files:
        if one.opened.table is not None:
            connection.execute(f"DROP TABLE IF EXISTS {named(one.opened.table)}")


def _present(connection: duckdb.DuckDBPyConnection, files: Sequence[Understood]) -> frozenset[str]:
    """Find out which columns hold something; one row that does is enough."""
    table, found = connection.table("requests"), {name for one in files for name in one.found}
    holds = (
        name for name in found if table.filter(f"{named(name)} IS NOT NULL").limit(1).fetchone()
    )
    return frozenset(holds)


def _order_note(back: int) -> tuple[str, ...]:
    note = f"{back:,} rows are of an earlier day than the row before them, and were used"
    return (note,) if back else ()
