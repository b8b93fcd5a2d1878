"""`assay bench siblings` and `assay bench honeypots`, as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assay.cli import run

QUESTION = "Mary had {} pens and gave 12 of them to Tom. She then bought 3 packs of 15. How many?"


def problems(folder: Path) -> Path:
    """Write four word problems."""
    path = folder / "sums.jsonl"
    rows = []
    for n in (40, 50, 60, 80):
        kept = n - 12
        answer = (
            f"She had {n} - 12 = <<{n}-12={kept}>>{kept}.\nShe bought 3 * 15 = <<3*15=45>>45.\n"
            f"She had {kept} + 45 = <<{kept}+45={kept + 45}>>{kept + 45}.\n#### {kept + 45}"
        )
        rows.append({"question": QUESTION.format(n), "answer": answer})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_siblings_are_frozen_then_drawn_by_a_beacon(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    items, out = str(problems(tmp_path)), str(tmp_path / "out")
    assert run(["bench", "siblings", items, "--out", out]) == 0
    assert not (tmp_path / "out" / "sums.jsonl").exists()
    drawn = ["bench", "siblings", items, "--out", out, "--seed", "b7", "--committed", "2026-01-31"]
    assert run(drawn) == 0
    assert run(drawn) == 2
    assert "nothing is drawn again" in capsys.readouterr().err
    sealed = str(tmp_path / "out" / "private" / "sums.jsonl")
    plan = ["examine", sealed, "--model", "scripted:clean", "--dry-run"]
    assert run([*plan, "--out", str(tmp_path / "run")]) in {0, 11}
    assert "siblings" in capsys.readouterr().err


def test_bad_options_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    items, out = str(problems(tmp_path)), str(tmp_path / "out")
    begin = ["bench", "siblings", items, "--out", out]
    assert run([*begin, "--seed", "1"]) == 2
    assert run([*begin, "--seed", "1", "--committed", "soon"]) == 2
    assert run([*begin, "--count", "5"]) == 2
    assert run(["bench", "honeypots", items, "--out", out, "--share", "0.9"]) == 2
    assert not (tmp_path / "out").exists()
    assert "next: " in capsys.readouterr().err


def test_honeypots_of_word_problems(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    items, out = str(problems(tmp_path)), tmp_path / "pots"
    asked = ["bench", "honeypots", items, "--out", str(out), "--share", "0.25"]
    assert run(asked) == 2
    assert "may be told apart" in capsys.readouterr().err
    assert not out.exists()
    assert run([*asked, "--anyway"]) == 0
    assert "the interval is wide" in capsys.readouterr().err
    manifest = json.loads((out / "private" / "sums.assay.json").read_text())
    assert len(manifest["honeypots"]) == 1
    assert len(manifest["honeypots"][0]["secret"]) == 39
