"""The ledger: what is written is kept, in order, and read back as it was."""

from __future__ import annotations

import math
import sqlite3
from pathlib import Path

import pytest

from assay.core.errors import IntegrityError, StoreError, UsageError
from assay.core.evidence import Abstention, Finding
from assay.core.subject import Cost, Reply
from assay.store import UNFINISHED, Ledger
from assay.store.migrations import MIGRATIONS


def reply(**values: object) -> Reply:
    return Reply.model_validate({"logprobs": (-1.0, -0.5), "tokens_in": 3} | values)


def test_replies_come_back_as_they_went_in(tmp_path: Path) -> None:
    odd = reply(text="caf\u00e9 \u2028 \x00 \ud83d", logprobs=(-math.inf, -0.1 - 0.2), batch=4)
    with Ledger(tmp_path) as ledger:
        ledger.record_replies("run", "model", [("a", reply()), ("b", odd)])
    with Ledger(tmp_path) as ledger:
        assert ledger.reply("run", "model", "a") == reply()
        assert ledger.reply("run", "model", "b") == odd
        assert ledger.reply("run", "model", "c") is None
        assert ledger.reply("run", "another", "a") is None
        assert ledger.reply("another", "model", "a") is None


def test_outcomes_come_back_as_they_went_in(tmp_path: Path) -> None:
    found: list[Finding | Abstention] = [
        Finding(instrument="i", unit="u\u2028", score=0.1 + 0.2, detail={"rank": 1, "x": None}),
        Abstention(instrument="i", unit="v", reason="cut off"),
    ]
    with Ledger(tmp_path) as ledger:
        assert ledger.outcomes("run", "chunk 0") is None
        ledger.record_outcomes("run", "chunk 0", found)
        ledger.record_outcomes("run", "empty", [])
    with Ledger(tmp_path) as ledger:
        assert ledger.outcomes("run", "chunk 0") == found
        assert ledger.outcomes("run", "empty") == []


def test_costs_are_those_of_who_asked_first(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        ledger.record_replies("run", "m", [("a", reply()), ("b", reply())], asker="loss")
        ledger.record_replies("run", "m", [("c", reply(tokens_out=4))], asker="order")
        ledger.record_replies("other", "m", [("a", reply())], asker="loss")
        assert ledger.cost("run") == Cost(calls=3, tokens=13)
        assert ledger.costs("run") == {
            "loss": Cost(calls=2, tokens=6),
            "order": Cost(calls=1, tokens=7),
        }
        assert ledger.cost("none") == Cost()


def test_a_batch_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        ledger.record_replies("run", "m", [("a", reply())])
        with pytest.raises(StoreError):  # the third is a second answer to the first
            ledger.record_replies("run", "m", [("b", reply()), ("c", reply()), ("a", reply())])
        assert ledger.reply("run", "m", "b") is None
        assert ledger.cost("run").calls == 1
        ledger.record_replies("run", "m", [("b", reply())])
    with Ledger(tmp_path) as ledger:  # the chain was not broken by what was undone
        assert ledger.cost("run").calls == 2


def test_runs_of_a_claim_are_counted_once_each(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        ledger.finish("first", "claim", {"exact": 2.0})
        ledger.finish("first", "claim", {"exact": 3.0})
        ledger.finish("second", "claim", {"matched": 5.0})
        ledger.finish("third", "another claim", {"exact": 9.0})
        assert ledger.earlier("second", "claim") == [{"exact": 3.0}]
        assert ledger.earlier("new", "claim") == [{"exact": 3.0}, {"matched": 5.0}]


def test_a_run_that_was_given_up_counts_once_it_was_answered(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        ledger.begin("given up", "claim")
        assert ledger.earlier("new", "claim") == []
        ledger.record_replies("given up", "model", [("a", reply(text="x"))])
        ledger.begin("given up", "claim")
        assert ledger.earlier("new", "claim") == [{UNFINISHED: 0.0}]
        ledger.finish("given up", "claim", {"exact": 2.0})
        ledger.begin("given up", "claim")
        assert ledger.earlier("new", "claim") == [{"exact": 2.0}]


def test_a_newer_ledger_is_left_alone(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        path = ledger.path
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    db.commit()
    db.close()
    with pytest.raises(UsageError, match="newer Assay"):
        Ledger(tmp_path)


@pytest.mark.parametrize("table", ["replies", "steps", "runs"])
@pytest.mark.parametrize("act", ["UPDATE {} SET run = 'x'", "DELETE FROM {}"])
def test_rows_can_be_neither_changed_nor_taken_out(tmp_path: Path, table: str, act: str) -> None:
    with Ledger(tmp_path) as ledger:
        ledger.record_replies("run", "m", [("a", reply())])
        ledger.record_outcomes("run", "s", [])
        ledger.finish("run", "claim", {})
    db = sqlite3.connect(ledger.path)
    with pytest.raises(sqlite3.IntegrityError, match="kept"):
        db.execute(act.format(table))
    db.close()


def test_a_row_of_another_hand_is_found_out(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        ledger.record_outcomes("run", "s", [])
    db = sqlite3.connect(ledger.path)
    db.execute("INSERT INTO steps (run, step, body, chain) VALUES ('run', 't', x'00', 'made up')")
    db.commit()
    db.close()
    with pytest.raises(IntegrityError, match="rows of steps"):
        Ledger(tmp_path)
    # A refused ledger is let go of, so that its owner can look at it.
    sqlite3.connect(ledger.path, timeout=0).execute("BEGIN IMMEDIATE").close()


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    with Ledger(tmp_path), pytest.raises(UsageError, match="in use by another run"):
        Ledger(tmp_path)
    with Ledger(tmp_path) as ledger:
        assert ledger.path.is_file()
