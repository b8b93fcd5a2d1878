"""The run's memory: an append-only SQLite file of replies and findings.

A reply is written with the others of its batch before anybody sees it, a chunk's findings in one
transaction. A killed run therefore resumes where it stopped, and asks again at most what was in
flight. Rows are chained by SHA-256, and the last link and the number of rows stand apart: a row
that was edited, added or taken out by another hand is an `IntegrityError`. Whoever computes all
links anew is not caught; the seal is against accidents and quick edits.
"""

from __future__ import annotations

import errno
import hashlib
import json
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

from pydantic import TypeAdapter

from assay.core.errors import AssayError, IntegrityError, StoreError, UsageError, boundary
from assay.core.evidence import Abstention, Finding
from assay.core.subject import Cost, Price, Reply
from assay.store.migrations import MIGRATIONS

__all__ = ["COLUMNS", "OUTCOMES", "SEALED", "UNFINISHED", "Ledger", "Outcome", "linked"]

UNFINISHED = "unfinished"
"""Stands in the totals of a run that has begun and not ended."""

Outcome = Finding | Abstention
OUTCOMES: TypeAdapter[list[Outcome]] = TypeAdapter(list[Outcome])
SEALED = {  # what each link covers, beside the link before it
    "replies": "run || ' ' || model || ' ' || request || ' ' || asker || ' ' || tokens"
    " || CASE nanodollars WHEN 0 THEN '' ELSE ' ' || nanodollars END",
    "steps": "run || ' ' || step",
    "runs": "run || ' ' || claim",
}
COLUMNS = {
    "replies": ("run", "model", "request", "asker", "tokens", "nanodollars", "body", "chain"),
    "steps": ("run", "step", "body", "chain"),
    "runs": ("run", "claim", "totals", "chain"),
}
BODIES = {"replies": "body", "steps": "body", "runs": "totals"}
FULL = ("full", "disk I/O error")  # how SQLite tells of a disk that takes no more


class Ledger:
    """Where is what was measured? Here, from the moment it was measured.

    Parameters
    ----------
    folder
        The run's folder; made if it is not there.

    Raises
    ------
    UsageError
        The folder cannot be written, or another process is using it.
    StoreError
        The disk failed or is full.
    IntegrityError
        A row is not what was written.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "ledger.sqlite"
        self._spent: dict[str, Cost] = {}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(self.path, isolation_level=None, timeout=0.5)
        except (OSError, sqlite3.OperationalError) as error:
            raise _cannot_open(folder, error) from error
        with ExitStack() as undo:
            undo.callback(self._db.close)
            self._begin(folder)
            self._chains = {table: self._verified(table) for table in SEALED}
            undo.pop_all()

    def _begin(self, folder: Path) -> None:
        try:
            # One writer for as long as it lives: the lock goes with the process, however it ends.
            self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.execute("PRAGMA journal_mode=WAL")
            self._migrate()
        except sqlite3.OperationalError as error:
            raise _cannot_open(folder, error) from error
        except sqlite3.DatabaseError as error:
            msg = f"{self.path} is not a ledger ({error}); move it away or choose another --out"
            raise IntegrityError(msg) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def reply(self, run: str, model: str, request: str) -> Reply | None:
        """Return the recorded reply of a model (by digest) to a request (by digest)."""
        query = "SELECT body FROM replies WHERE run = ? AND model = ? AND request = ?"
        row = next(self._read(query, run, model, request), None)
        return None if row is None else Reply.model_validate(json.loads(zlib.decompress(row[0])))

    def record_replies(
        self,
        run: str,
        model: str,
        replies: Sequence[tuple[str, Reply]],
        *,
        asker: str = "",
        price: Price | None = None,
    ) -> None:
        """Write one batch of (request digest, reply), whole or not at all.

        `asker` is the instrument that asked first; the cost is its, at this `price`.
        """
        new = Cost()
        with self._transaction():
            for request, reply in replies:
                # Not pydantic's own JSON: a server may send -Infinity, or half a character.
                body = zlib.compress(json.dumps(reply.model_dump()).encode(), 1)
                tokens = reply.tokens_in + reply.tokens_out
                paid = price.nanodollars(reply.tokens_in, reply.tokens_out) if price else 0
                key = f"{run} {model} {request} {asker} {tokens}" + (f" {paid}" if paid else "")
                link = self._link("replies", key, body)
                self._db.execute(
                    "INSERT INTO replies"
                    " (run, model, request, asker, tokens, body, chain, nanodollars)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (run, model, request, asker, tokens, body, link, paid),
                )
                new += Cost(calls=1, tokens=tokens, nanodollars=paid)
        if run in self._spent:  # kept up to date: summing anew after each reply takes ever longer
            self._spent[run] += new

    def outcomes(self, run: str, step: str) -> list[Outcome] | None:
        """Return what a step of a run found, or None when it was not finished."""
        query = "SELECT body FROM steps WHERE run = ? AND step = ?"
        row = next(self._read(query, run, step), None)
        return None if row is None else OUTCOMES.validate_json(zlib.decompress(row[0]))

    def record_outcomes(self, run: str, step: str, outcomes: Sequence[Outcome]) -> None:
        """Write all that a step found, whole or not at all."""
        body = zlib.compress(OUTCOMES.dump_json(list(outcomes)), 1)
        with self._transaction():
            link = self._link("steps", f"{run} {step}", body)
            self._db.execute(
                "INSERT INTO steps (run, step, body, chain) VALUES (?, ?, ?, ?)",
                (run, step, body, link),
            )

    def cost(self, run: str) -> Cost:
        """Return what a run has spent, over all its sittings."""
        if run not in self._spent:
            self._spent[run] = self._summed(run)
        return self._spent[run]

    def _summed(self, run: str) -> Cost:
        query = (
            "SELECT COUNT(*), COALESCE(SUM(tokens), 0), COALESCE(SUM(nanodollars), 0)"
            " FROM replies WHERE run = ?"
        )
        ((calls, tokens, paid),) = self._read(query, run)
        return Cost(calls=calls, tokens=tokens, nanodollars=paid)

    def costs(self, run: str) -> dict[str, Cost]:
        """Return what a run has spent, by the instrument that asked first."""
        query = (
            "SELECT asker, COUNT(*), SUM(tokens), SUM(nanodollars)"
            " FROM replies WHERE run = ? GROUP BY asker"
        )
        rows = self._read(query, run)
        return {
            asker: Cost(calls=calls, tokens=tokens, nanodollars=paid)
            for asker, calls, tokens, paid in rows
        }

    def begin(self, run: str, claim: str) -> None:
        """Note that a run of a claim has begun, once: whoever kills it has still begun it."""
        known = list(self._read("SELECT 1 FROM runs WHERE run = ?", run))
        if not known:
            self.finish(run, claim, {UNFINISHED: 0.0})

    def finish(self, run: str, claim: str, totals: dict[str, float]) -> None:
        """Note the e-values, by kind of null, that a run of a claim ended with."""
        body = json.dumps(totals, sort_keys=True).encode()
        with self._transaction():
            link = self._link("runs", f"{run} {claim}", body)
            self._db.execute(
                "INSERT INTO runs (run, claim, totals, chain) VALUES (?, ?, ?, ?)",
                (run, claim, body, link),
            )

    def earlier(self, run: str, claim: str) -> list[dict[str, float]]:
        """Return the totals of other runs of this claim, the newest of each.

        One that was begun and never finished has `UNFINISHED` alone; it is left out if it was
        not answered a single time, for then it showed nobody anything.
        """
        query = "SELECT run, totals FROM runs WHERE claim = ? AND run != ? ORDER BY id"
        newest = dict(self._read(query, claim, run))
        found = {name: json.loads(totals) for name, totals in newest.items()}
        return [t for name, t in found.items() if UNFINISHED not in t or self.cost(name).calls]

    def rows(self, table: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of "replies", "steps" or "runs" as they were written, in their order."""
        query = f"SELECT {', '.join(COLUMNS[table])} FROM {table} ORDER BY id"  # noqa: S608 - ours
        for row in self._read(query):
            yield dict(zip(COLUMNS[table], row, strict=True))

    def _read(self, query: str, *values: str) -> Iterator[tuple[Any, ...]]:
        """Return the rows of a query; an index can be damaged where the sealed rows are whole."""
        try:
            yield from self._db.execute(query, values)
        except sqlite3.DatabaseError as error:
            raise IntegrityError(f"{self.path} is damaged ({error}); start a new run") from error

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        before = dict(self._chains)
        with boundary(StoreError, f"writing {self.path} (is the disk full?)"):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                self._chains = before
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def _migrate(self) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > len(MIGRATIONS):
            msg = f"{self.path} was written by a newer Assay; use that one or another --out"
            raise UsageError(msg)
        for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
            self._db.executescript(f"BEGIN; {script} PRAGMA user_version = {number}; COMMIT;")
        self._db.execute("BEGIN IMMEDIATE")  # takes the lock now, not at the first reply
        self._db.execute("COMMIT")

    def _link(self, table: str, key: str, body: bytes) -> str:
        link = linked(self._chains[table], key, body)
        self._chains[table] = link
        change = "UPDATE heads SET link = ?, count = count + 1 WHERE name = ?"
        self._db.execute(change, (link, table))
        return link

    def _verified(self, table: str) -> str:
        """Walk a table's chain and return its last link."""
        broken = f"{self.path}: the rows of {table} are not what was written; start a new run"
        rows = (
            f"SELECT {SEALED[table]}, CAST({BODIES[table]} AS BLOB), chain"  # noqa: S608 - our own names
            f" FROM {table} ORDER BY id"
        )
        last, count = "", 0
        try:
            head = self._db.execute("SELECT link, count FROM heads WHERE name = ?", (table,))
            promised = head.fetchone()
            for key, body, link in self._db.execute(rows):
                last, count = linked(last, key, body), count + 1
                if last != link:
                    raise IntegrityError(broken)
        except sqlite3.Error as error:
            raise IntegrityError(f"{broken} ({error})") from error
        if promised != (last, count):
            raise IntegrityError(broken)
        return last


def linked(last: str, key: str, body: bytes) -> str:
    """Return the link of a row that follows the link `last`."""
    return hashlib.sha256(f"{last} {key} ".encode() + body).hexdigest()


def _cannot_open(folder: Path, error: Exception) -> AssayError:
    if "locked" in str(error):
        return UsageError(
            f"{folder} is in use by another run\n  next: wait for it, or give another --out"
        )
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    if full or any(word in str(error) for word in FULL):
        return StoreError(f"cannot write to {folder}: {error} (is the disk full?)")
    return UsageError(
        f"cannot write to {folder}: {error}\n  next: give a folder you can write to with --out"
    )
