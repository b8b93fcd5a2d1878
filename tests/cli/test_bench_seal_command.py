"""`assay bench seal`, `gate` and `retract`, as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Runner
from tests.tasks.planting import Planted, project, write


@pytest.fixture
def made(tmp_path: Path) -> Planted:
    return project(tmp_path)


@pytest.fixture
def tasks(made: Planted, tmp_path: Path) -> Path:
    path = tmp_path / "tasks.jsonl"
    rows = [made.task.model_copy(update={"id": f"calc-{n}"}) for n in (1, 2)]
    path.write_text("".join(row.model_dump_json() + "\n" for row in rows), "utf-8")
    return path


def test_seal_check_and_retract(here: Runner, made: Planted, tasks: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "bench")
    words = ("bench", "seal", str(tasks), "--repo", f"shop/calc={made.source}", "--seed", "7")
    said = here(*words, "--committed", "2026-05-02", "--out", out)
    assert said.code == 0
    assert "1 public, 1 private" in said.err
    checked = here("bench", "seal", "--check", out, "--digest", said.out.strip())
    assert (checked.code, "no answer in" in checked.out) == (0, True)
    manifest = json.loads((tmp_path / "bench/public/benchmark.assay.json").read_text("utf-8"))
    name = manifest["tasks"][0]["id"]
    assert here("bench", "retract", out, name, "--reason", "flaky").code == 0
    assert here("bench", "retract", out, name, "--reason", "flaky").code == 2
    write(tmp_path / "bench", "public/tasks.jsonl", "{}")
    changed = here("bench", "seal", "--check", out)
    assert (changed.code, "public/tasks.jsonl was changed" in changed.err) == (70, True)


def test_gate_says_where(here: Runner, made: Planted, tasks: Path) -> None:
    words = ("bench", "gate", str(made.before), "--tasks", str(tasks), "--task", "calc-1")
    assert here(*words).code == 0
    write(made.before, "docs/x.md", made.patch)
    found = here(*words, "--json")
    assert (found.code, json.loads(found.out)["remnants"][0]["where"]) == (10, "docs/x.md")
    every = here(*words[:5], "--every", "--json")
    assert (every.code, len(every.out.splitlines())) == (10, 2)
    assert "calc-2: found: docs/x.md" in every.err
    write(made.before, "docs/x.md", "nothing")
    (made.before / "a.7z").write_bytes(b"7z\xbc\xaf\x27\x1c")
    assert here(*words).code == 11


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ((), "sealing needs"),
        (
            ("--repo", "x=y", "--out", "o", "--seed", "1", "--committed", "2026-01-01"),
            "no repository",
        ),
        (
            ("--repo", ".", "--out", "o", "--seed", "1", "--committed", "2999-01-01"),
            "in the future",
        ),
    ],
)
def test_what_is_missing_is_said(
    here: Runner, tasks: Path, more: tuple[str, ...], what: str
) -> None:
    said = here("bench", "seal", str(tasks), *more)
    assert (said.code, what in said.err) == (2, True)


def test_what_is_no_task_is_said_with_its_line(here: Runner, tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"id": "x", "statement": "y", "test_patch": "z"}\n', "utf-8")
    said = here("bench", "seal", str(path), "--out", "o")
    assert (said.code, "bad.jsonl:1: repo: Field required" in said.err) == (2, True)
