"""`assay bench mine` and `assay bench convert`, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.tasks.histories import Past, fixed

from assay.cli import run
from assay.formats.task_files import read_tasks


def test_mine_and_convert(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    past, out = Past(tmp_path / "it"), tmp_path / "tasks.jsonl"
    fixed(past)
    assert run(["bench", "mine", str(past.folder), "--out", str(out), "--json"]) == 0
    said = capsys.readouterr()
    told = json.loads(said.out)
    assert told["left_out"] == {"the first of a history": 1}
    assert told["diversity"]["languages"]["counts"] == {"python": 1}
    assert "1 task of 2 commits" in said.err
    (task,) = read_tasks(out)
    for form, name in (("pro", "p.csv"), ("harbor", "h"), ("swebench", "s.parquet")):
        assert run(["bench", "convert", str(out), str(tmp_path / name), "--to", form]) == 0
    for name in ("p.csv", "s.parquet"):
        assert list(read_tasks(tmp_path / name)) == [task]
    assert run(["bench", "convert", str(tmp_path / "h"), str(tmp_path / "again.jsonl")]) == 0
    assert (tmp_path / "again.jsonl").read_bytes() == out.read_bytes()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--since", "soon"], "is no date"),
        (["--language", "pyhton"], "python"),
        (["--revision", "none"], "has no commit"),
        (["--issues", "nowhere.json"], "no such file"),
        (["--test-command", "'"], "close the quote"),
        (["--parser", "pytset"], "pytest"),
        (["--since", "2026-03-02", "--until", "2026-03-01"], "before"),
        (["--since", "2040-01-01"], "no commit became a task"),
    ],
)
def test_refusals_write_nothing(
    tmp_path: Path, options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    past, out = Past(tmp_path / "it"), tmp_path / "tasks.jsonl"
    fixed(past)
    assert run(["bench", "mine", str(past.folder), "--out", str(out), *options]) == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [past.folder]


def test_what_is_no_repository(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "mine", str(tmp_path), "--out", str(tmp_path / "x.jsonl")]) == 2
    assert "is no git repository" in capsys.readouterr().err


def test_conversions_that_cannot_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text("{}\n", encoding="ascii")
    assert run(["bench", "convert", str(file), str(tmp_path / "b.jsonl")]) == 2
    assert run(["bench", "convert", str(file), str(tmp_path / "b.jsonl"), "--to", "harbour"]) == 2
    assert "harbor" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [file]
