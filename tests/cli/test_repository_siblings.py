"""`assay bench siblings` on tasks of repositories: each variant's gold is run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.repositories import project

from assay.cli import run
from assay.core.draws import verify
from assay.formats.benchmarks import open_benchmark
from assay.formats.task_files import read_tasks


@pytest.mark.slow
def test_only_variants_whose_gold_was_run_are_frozen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks, out = project(tmp_path), tmp_path / "out"
    begin = ["bench", "siblings", str(tasks), "--out", str(out), "--seconds", "20"]
    assert run(begin) == 2
    assert "no repository was given" in capsys.readouterr().err
    drawn = ["--repo", str(tmp_path / "calc"), "--seed", "b7", "--committed", "2026-01-31"]
    assert run([*begin, *drawn]) == 0
    said = capsys.readouterr().err
    assert "late, variant 1: gold fails" in " ".join(said.split())
    assert "1 of 2 items with 20 variants each, frozen" in said
    (left,) = (json.loads(line) for line in (out / "tasks.left_out.jsonl").read_text().splitlines())
    assert left["name"] == "late"
    proofs = (out / "private" / "tasks.proofs.jsonl").read_text().splitlines()
    sums, late = sorted((json.loads(line) for line in proofs), key=lambda row: -row["run"])
    assert (sums["id"], sums["run"], sums["failed"]) == ("sums-0", 20, [])
    assert len(late["failed"]) >= late["run"] >= 1
    assert {sums["level"], late["level"]} <= {"full", "reduced"}
    found = open_benchmark(str(out / "private" / "tasks.jsonl"))
    assert verify(found, "siblings") == ""
    assert len(found.items[0].siblings) == 19


@pytest.mark.slow
def test_what_is_written_is_tasks_that_can_be_verified_again(tmp_path: Path) -> None:
    tasks, out = project(tmp_path), tmp_path / "out"
    words = ["--out", str(out), "--repo", str(tmp_path / "calc"), "--seconds", "20"]
    assert run(["bench", "siblings", str(tasks), *words]) == 0
    variants = list(read_tasks(out / "private" / "tasks.variants.jsonl"))
    assert len({one.patch for one in variants}) == 20
    assert {one.test_files for one in variants} == {("tests/test_sums.py",)}
    assert all(len(one.fail_to_pass) == 1 for one in variants)
    few = tmp_path / "few.jsonl"
    rows = (out / "private" / "tasks.variants.jsonl").read_text().splitlines()
    few.write_text("\n".join(rows[:2]))
    again = ["bench", "verify", str(few), str(tmp_path / "calc"), "--out", str(tmp_path / "v")]
    assert run([*again, "--seconds", "20", "--runs", "2"]) == 0
    assert len((tmp_path / "v" / "verified.jsonl").read_text().splitlines()) == 2
