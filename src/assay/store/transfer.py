"""The ledger's rows on the way to another machine, and a ledger made of them again."""

from __future__ import annotations

import base64
import binascii
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assay.core.errors import IntegrityError
from assay.store.ledger import BODIES, COLUMNS, OUTCOMES, SEALED, Ledger, Outcome, linked
from assay.store.migrations import MIGRATIONS

__all__ = ["Row", "outcomes_of", "restore", "rows_of"]

LARGEST_BODY = 64 * 2**20
"""Bytes at most in one unpacked row: a zip of zeros must not fill the memory."""
Table = Literal["replies", "steps", "runs"]


class Row(BaseModel):
    """One row of a ledger. Columns that its table does not have are empty."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    table: Table
    run: str
    model: str = ""
    request: str = ""
    asker: str = ""
    step: str = ""
    claim: str = ""
    tokens: int = Field(default=0, ge=0, lt=2**62)
    nanodollars: int = Field(default=0, ge=0, lt=2**62)
    body: str | None = None
    """In base64; None where a reply was left at home."""
    chain: str

    @property
    def bytes(self) -> bytes:
        """What the row holds; nothing where it was left at home."""
        try:
            return base64.b64decode(self.body or "", validate=True)
        except binascii.Error as error:
            raise IntegrityError(f"a row of {self.table} is not what was written") from error


def rows_of(ledger: Ledger, *, replies: bool) -> Iterator[Row]:
    """Yield all rows of a ledger; what models said only where that is wanted."""
    for table in COLUMNS:
        for found in ledger.rows(table):
            held = found.pop(BODIES[table])
            raw = held.encode() if isinstance(held, str) else held
            travels = replies or table != "replies"
            body = base64.b64encode(raw).decode() if travels else None
            yield Row.model_validate({"table": table, "body": body, **found})


def restore(rows: Iterable[Row], folder: Path, *, without: frozenset[str] = frozenset()) -> None:
    """Make a ledger of rows, and see that each follows from the one before it.

    Parameters
    ----------
    rows
        In their order; links are checked wherever the bodies came along.
    folder
        An empty one.
    without
        Tables to leave out of the new ledger; they are checked all the same.

    Raises
    ------
    IntegrityError
        A row is not what was written.
    """
    written: dict[str, str] = dict.fromkeys(COLUMNS, "")
    last: dict[str, str | None] = dict.fromkeys(COLUMNS, "")
    counts = dict.fromkeys(COLUMNS, 0)
    with closing(sqlite3.connect(folder / "ledger.sqlite", isolation_level=None)) as db:
        for number, script in enumerate(MIGRATIONS, start=1):
            db.executescript(f"BEGIN; {script} PRAGMA user_version = {number}; COMMIT;")
        db.execute("BEGIN")
        for row in rows:
            body, values = row.bytes, _values(row)
            key = _key(db, row.table, values)
            last[row.table] = _followed(row, last[row.table], key, body)
            if row.table in without:
                continue
            link = linked(written[row.table], key, body)
            written[row.table], counts[row.table] = link, counts[row.table] + 1
            _insert(db, row.table, {**values, "chain": link})
        for table, link in written.items():
            change = "UPDATE heads SET link = ?, count = ? WHERE name = ?"
            db.execute(change, (link, counts[table], table))
        db.execute("COMMIT")


def _followed(row: Row, last: str | None, key: str, body: bytes) -> str | None:
    """Return the link that the row has to have; None from the first one that cannot be checked."""
    if last is None or row.body is None:
        return None
    link = linked(last, key, body)
    if link != row.chain:
        raise IntegrityError(f"the rows of {row.table} are not what was written")
    if row.table != "runs":
        unpacked(body)
    return link


def _values(row: Row) -> dict[str, object]:
    values = row.model_dump(include=set(COLUMNS[row.table]))
    return {**values, BODIES[row.table]: row.bytes}


def _key(db: sqlite3.Connection, table: str, values: dict[str, object]) -> str:
    """Return what a row's link covers beside its body, by the ledger's own rule."""
    named = ", ".join(f":{column} AS {column}" for column in COLUMNS[table])
    query = f"SELECT {SEALED[table]} FROM (SELECT {named})"  # noqa: S608 - our own names
    return str(db.execute(query, values).fetchone()[0])


def _insert(db: sqlite3.Connection, table: str, values: dict[str, object]) -> None:
    names = COLUMNS[table]
    places = ", ".join(f":{name}" for name in names)
    try:
        db.execute(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})", values)  # noqa: S608
    except sqlite3.IntegrityError as error:
        raise IntegrityError(f"a row of {table} stands there twice") from error


def unpacked(body: bytes) -> bytes:
    """Return what was packed, if it is not too much to hold."""
    try:
        packed = zlib.decompressobj()
        plain = packed.decompress(body, LARGEST_BODY)
    except zlib.error as error:
        raise IntegrityError(f"a row of the ledger cannot be unpacked ({error})") from error
    if not packed.eof:
        raise IntegrityError("a row of the ledger is cut off, or too large to be true")
    return plain


def outcomes_of(row: Row) -> list[Outcome]:
    """Return what a step found."""
    try:
        return OUTCOMES.validate_json(unpacked(row.bytes))
    except ValidationError as error:
        raise IntegrityError("a step of the ledger holds no findings") from error
