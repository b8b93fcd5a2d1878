"""How the ledger's tables came to be, version by version. Lines are added, never changed."""

from __future__ import annotations

__all__ = ["MIGRATIONS"]

MIGRATIONS = (
    """
    CREATE TABLE replies (
        id INTEGER PRIMARY KEY, run TEXT NOT NULL, model TEXT NOT NULL, request TEXT NOT NULL,
        asker TEXT NOT NULL, tokens INTEGER NOT NULL, body BLOB NOT NULL, chain TEXT NOT NULL,
        UNIQUE (run, model, request));
    CREATE TABLE steps (
        id INTEGER PRIMARY KEY, run TEXT NOT NULL, step TEXT NOT NULL,
        body BLOB NOT NULL, chain TEXT NOT NULL, UNIQUE (run, step));
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY, run TEXT NOT NULL, claim TEXT NOT NULL, totals BLOB NOT NULL,
        chain TEXT NOT NULL);
    CREATE TABLE heads (name TEXT PRIMARY KEY, link TEXT NOT NULL, count INTEGER NOT NULL);
    INSERT INTO heads VALUES ('replies', '', 0), ('steps', '', 0), ('runs', '', 0);
    CREATE TRIGGER replies_kept BEFORE UPDATE ON replies BEGIN SELECT RAISE(ABORT, 'kept'); END;
    CREATE TRIGGER replies_stay BEFORE DELETE ON replies BEGIN SELECT RAISE(ABORT, 'kept'); END;
    CREATE TRIGGER steps_kept BEFORE UPDATE ON steps BEGIN SELECT RAISE(ABORT, 'kept'); END;
    CREATE TRIGGER steps_stay BEFORE DELETE ON steps BEGIN SELECT RAISE(ABORT, 'kept'); END;
    CREATE TRIGGER runs_kept BEFORE UPDATE ON runs BEGIN SELECT RAISE(ABORT, 'kept'); END;
    CREATE TRIGGER runs_stay BEFORE DELETE ON runs BEGIN SELECT RAISE(ABORT, 'kept'); END;
    """,
    "ALTER TABLE replies ADD COLUMN nanodollars INTEGER NOT NULL DEFAULT 0;",
)
