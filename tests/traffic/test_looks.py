"""The ledger of looks: written before anything is opened, chained, and safe against a kill."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.report.scans import campaign, scan

from assay.cli import run
from assay.cli.exits import Exit
from assay.core.errors import BadConfig, IntegrityError
from assay.report.casefile import write
from assay.traffic.privacy import append, looks

REASON = "no contract answers whether it evaluates"


def noted(path: Path, count: int = 3) -> Path:
    for number in range(1, count + 1):
        append(path, case=f"cluster-{number}", reason=REASON, prompts=number, by="desk 4")
    return path


def test_every_look_is_there_in_order(tmp_path: Path) -> None:
    found = looks(noted(tmp_path / "looks.jsonl"))
    assert [(one.number, one.case, one.prompts) for one in found] == [
        (1, "cluster-1", 1), (2, "cluster-2", 2), (3, "cluster-3", 3)
    ]  # fmt: skip


@pytest.mark.parametrize("hand", ["edit", "drop", "swap"])
def test_a_changed_row_is_found(hand: str, tmp_path: Path) -> None:
    path = noted(tmp_path / "looks.jsonl")
    rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    changed = {
        "edit": [rows[0], rows[1].replace('"prompts":2', '"prompts":1'), rows[2]],
        "drop": [rows[0], rows[2]],
        "swap": [rows[1], rows[0], rows[2]],
    }[hand]
    path.write_text("".join(changed), encoding="utf-8")
    with pytest.raises(IntegrityError, match=r"looks\.jsonl:"):
        append(path, case="c", reason=REASON, prompts=1)


def test_a_line_that_a_kill_cut_short_is_dropped(tmp_path: Path) -> None:
    path = noted(tmp_path / "looks.jsonl", 2)
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    assert len(looks(path)) == 1
    append(path, case="c", reason=REASON, prompts=1)
    assert [one.case for one in looks(path)] == ["cluster-1", "c"]


@pytest.mark.parametrize(("reason", "prompts"), [("", 1), ("   why   ", 1), (REASON, 0)])
def test_no_reason_no_look(reason: str, prompts: int, tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="needs a reason"):
        append(tmp_path / "looks.jsonl", case="c", reason=reason, prompts=prompts)
    assert not (tmp_path / "looks.jsonl").exists()


def test_command_notes_a_look_at_a_case_of_the_scan(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    record = scan(campaign())
    write(record, tmp_path)
    asked = ["traffic", "look", str(tmp_path), "--reason", REASON, "--prompts", "4"]
    assert run([*asked, "--case", record.cases[0].id]) == Exit.CLEAN
    assert b"4 prompts by 1 decisions" in capsysbinary.readouterr().out
    assert run([*asked, "--case", "cluster-0123456789ac"]) == Exit.USAGE
    assert b"Did you mean 'cluster-0123456789ab'" in capsysbinary.readouterr().err
    assert len(looks(tmp_path / "looks.jsonl")) == 1


def test_command_needs_a_scan(tmp_path: Path) -> None:
    assert run(["traffic", "look", str(tmp_path), "--case", "c", "--reason", REASON]) == Exit.USAGE
