"""What fails outside, or was meddled with, is told apart from a verdict."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from tests.examination.runs import DISK_FAILED, asked, plan, process, world, written

from assay.core.errors import IntegrityError, UsageError
from assay.core.evidence import Null, Status
from assay.core.item import Item
from assay.examination import load_run, run
from assay.formats.writing import write_items

SIBLINGS = ("siblings",)
MEDDLING = {
    "a reply is edited": ("replies_kept", "UPDATE replies SET body = x'00' WHERE id = 7"),
    "a cost is edited": ("replies_kept", "UPDATE replies SET tokens = 0 WHERE id = 7"),
    "a finding is edited": ("steps_kept", "UPDATE steps SET body = 'x' WHERE id = 1"),
    "an earlier run is edited": ("runs_kept", "UPDATE runs SET totals = '{}'"),
    "a reply is taken out": ("replies_stay", "DELETE FROM replies WHERE id = 7"),
    "the last reply is taken out": (
        "replies_stay",
        "DELETE FROM replies WHERE id = (SELECT MAX(id) FROM replies)",
    ),
    "an earlier run is taken out": ("runs_stay", "DELETE FROM runs"),
}


@pytest.mark.parametrize("how", MEDDLING)
def test_a_meddled_ledger_is_refused(tmp_path: Path, how: str) -> None:
    path, _ = world(tmp_path)
    given = plan(path, instruments=SIBLINGS)
    run(given)
    before = written(tmp_path / "run")
    trigger, statement = MEDDLING[how]
    db = sqlite3.connect(tmp_path / "run" / "ledger.sqlite")
    with pytest.raises(sqlite3.IntegrityError, match="kept"):
        db.execute(statement)
    db.execute(f"DROP TRIGGER {trigger}")
    db.execute(statement)
    db.commit()
    db.close()
    with pytest.raises(IntegrityError, match="not what w"):
        run(given)
    assert written(tmp_path / "run") == before


def test_a_ledger_of_other_bytes_is_refused(tmp_path: Path) -> None:
    path, _ = world(tmp_path)
    given = plan(path, instruments=SIBLINGS)
    run(given)
    ledger = tmp_path / "run" / "ledger.sqlite"
    ledger.write_bytes(b"no database, but long enough to be taken for one " * 100)
    with pytest.raises(IntegrityError, match="not a ledger"):
        run(given)


@pytest.mark.parametrize("where", [0.3, 0.5, 0.7, 0.9])
def test_a_flipped_byte_is_never_taken_for_data(tmp_path: Path, where: float) -> None:
    path, _ = world(tmp_path)
    given = plan(path, instruments=SIBLINGS)
    verdict = run(given)
    ledger = tmp_path / "run" / "ledger.sqlite"
    data = bytearray(ledger.read_bytes())
    data[int(where * len(data))] ^= 0xFF
    ledger.write_bytes(data)
    with contextlib.suppress(IntegrityError):
        assert run(given) == verdict  # the byte was in an unused part of a page, or in an index


@pytest.mark.parametrize("out", ["file/run", "file", "file/a/b"])
def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, out: str) -> None:
    path, _ = world(tmp_path)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UsageError, match="--out"):
        run(plan(path, out=str(tmp_path / out)))
    assert asked(tmp_path) == []


ROOMS = [1, 40_000, *(pytest.param(n, marks=pytest.mark.slow) for n in (5_000, 70_000, 110_000))]


@pytest.mark.parametrize("room", ROOMS)
def test_a_full_disk_stops_the_run_which_goes_on_with_space(tmp_path: Path, room: int) -> None:
    path, _ = world(tmp_path / "full")
    other, _ = world(tmp_path / "free")
    options = {"model": "scripted:clean", "instruments": ("siblings", "options"), "split": 1}
    given = plan(path, **options)
    one = process(given, tmp_path, room=room)
    one.join(60)
    assert one.exitcode == DISK_FAILED
    assert written(tmp_path / "full" / "run") == {}
    assert not list((tmp_path / "full" / "run").glob(".*.part"))
    assert run(given) == run(plan(other, **options))
    assert written(tmp_path / "full" / "run") == written(tmp_path / "free" / "run")


@pytest.mark.slow
def test_the_command_tells_a_full_disk_by_its_exit_code(tmp_path: Path) -> None:
    path, _ = world(tmp_path)
    code = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (60000, 60000))\n"
        "from assay.cli import main\n"
        "sys.exit(main())\n"
    )
    command = ["examine", str(path), "--model", "scripted:clean", "--out", str(tmp_path / "run")]
    done = subprocess.run(
        [sys.executable, "-c", code, *command],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 4, done.stderr
    assert "full" in done.stderr
    assert "Traceback" not in done.stderr
    assert written(tmp_path / "run") == {}


def test_a_run_that_never_was_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no finished run"):
        load_run(tmp_path)


def code_items(count: int) -> list[Item]:
    """Write functions, as HumanEval's items are."""
    bodies = (
        "return [x * {n} for x in values]",
        "return max(values) - {n}",
        "return {n} in values",
    )
    return [
        Item(
            id=f"code{n}",
            statement=f'def task_{n}(values):\n    """Handle the values by {n}.\n    """\n',
            answer=f"    {bodies[n % 3].format(n=n)}\n",
        )
        for n in range(count)
    ]


def prose_items(count: int) -> list[Item]:
    """Write what no function looks like."""
    ends = ("in the old harbour before the rain", "while nobody looked", "and went home by tram")
    return [
        Item(id=f"prose{n}", statement=f"On day {n} the baker sold bread {ends[n % 3]}.")
        for n in range(count)
    ]


def test_the_guard_refuses_controls_of_another_kind_before_anything_is_spent(
    tmp_path: Path,
) -> None:
    write_items(tmp_path / "code.jsonl", code_items(40))
    write_items(tmp_path / "prose.jsonl", prose_items(40))
    given = plan(tmp_path / "code.jsonl", controls=str(tmp_path / "prose.jsonl"))
    verdict = run(given.model_copy(update={"instruments": ("logprob",)}))
    assert verdict.status is Status.UNDECIDED
    assert verdict.controls_kind == "other"
    assert asked(tmp_path) == []
    assert verdict.cost.calls == 0
    assert verdict.guard is not None
    assert not verdict.guard.passed
    assert verdict.guard.blind_auc > 0.9
    for evidence in verdict.evidence:
        if not evidence.instrument.endswith(".ref"):  # those lack a reference to begin with
            assert "the guard refused the controls" in evidence.abstention
        assert (evidence.e_value, evidence.null) == (None, Null.NONE)
    assert any(line.startswith("guard: ") for line in verdict.why)
    assert verdict.flags == ()


def test_without_controls_scores_are_shown_and_decide_nothing(tmp_path: Path) -> None:
    write_items(tmp_path / "code.jsonl", code_items(12))
    verdict = run(plan(tmp_path / "code.jsonl"))
    assert (verdict.status, verdict.controls_kind) == (Status.UNDECIDED, "none")
    assert verdict.totals == ()
    (loss,) = (e for e in verdict.evidence if e.instrument == "logprob.loss")
    assert loss.null is Null.NONE
    assert loss.estimate is not None
    assert any("no controls" in caveat for caveat in loss.caveats)
    assert any("--split" in line for line in verdict.would_change)
    assert any("clean is not available" in line for line in verdict.why)
    assert all(e.abstention or e.null is Null.NONE for e in verdict.evidence)
