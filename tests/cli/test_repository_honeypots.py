"""`assay bench honeypots` on tasks of repositories: run, mixed in, and never scored."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from tests.cli.repositories import project

from assay.cli import run
from assay.core.draws import verify
from assay.core.task import Task
from assay.formats.benchmarks import open_benchmark
from assay.formats.manifest import read_manifest
from assay.formats.task_files import read_tasks, write_tasks


@pytest.fixture
def verified(tmp_path: Path) -> Path:
    tasks = project(tmp_path, copies=3)
    words = ["bench", "verify", str(tasks), str(tmp_path / "calc"), "--out", str(tmp_path / "v")]
    assert run([*words, "--runs", "2", "--seconds", "20"]) == 0
    return tmp_path / "v" / "verified.jsonl"


def plant(items: Path, out: Path, *more: str) -> int:
    repo = str(items.parents[1] / "calc") if items.is_file() else str(items.parent / "calc")
    words = ["bench", "honeypots", str(items), "--out", str(out), "--repo", repo]
    return run([*words, "--share", "0.5", "--seconds", "20", "--anyway", *more])


@pytest.mark.slow
def test_the_secret_passes_and_base_and_real_gold_fail(verified: Path, tmp_path: Path) -> None:
    assert plant(verified, tmp_path / "vault") == 0
    file = tmp_path / "vault" / "private" / "verified.jsonl"
    manifest = read_manifest(file.with_name("verified.assay.json"))
    secrets = {one.id: one for one in manifest.honeypots}
    assert len(secrets) == 2
    real = {task.id: task for task in read_tasks(verified)}
    rows = {task.id: task for task in read_tasks(file)}
    assert list(rows) == list(real)
    for name, task in rows.items():
        shown = {"patch", "test_patch"} if name in secrets else set()
        assert {f for f in Task.model_fields if getattr(task, f) != getattr(real[name], f)} == shown
    for name, one in secrets.items():
        pot, digest = rows[name], hashlib.sha256(one.secret.encode()).hexdigest()
        assert one.space >= 2**64
        assert one.secret in pot.patch
        assert one.secret not in pot.test_patch + pot.statement
        assert digest in pot.test_patch
    pots = [rows[name] for name in secrets]
    honest = [one.model_copy(update={"patch": real[one.id].patch}) for one in pots]
    for kind, tasks, code in (("with", pots, 0), ("without", honest, 11)):
        write_tasks(tmp_path / f"{kind}.jsonl", tasks)
        words = ["bench", "verify", str(tmp_path / f"{kind}.jsonl"), str(tmp_path / "calc")]
        assert run([*words, "--out", str(tmp_path / kind), "--runs", "2"]) == code
    assert len((tmp_path / "with" / "verified.jsonl").read_text().splitlines()) == 2


@pytest.mark.slow
def test_examine_scores_none_and_holds_the_draw(verified: Path, tmp_path: Path) -> None:
    assert plant(verified, tmp_path / "vault") == 0
    found = open_benchmark(str(tmp_path / "vault" / "private" / "verified.jsonl"))
    assert verify(found, "honeypot") == ""
    assert len(found.honeypots) == 2
    assert not {one.id for one in found.honeypots} & {item.id for item in found.items}
    public = (tmp_path / "vault" / "verified.commitment.json").read_text()
    assert not any(one.id in public or one.secret in public for one in found.honeypots)


@pytest.mark.slow
def test_only_the_private_half_of_a_sealed_benchmark_is_planted(
    verified: Path, tmp_path: Path
) -> None:
    sealed = tmp_path / "sealed"
    words = ["bench", "seal", str(verified), "--repo", str(tmp_path / "calc"), "--share", "0.25"]
    more = ["--seed", "1", "--committed", "2026-01-01", "--out", str(sealed)]
    assert run([*words, *more]) == 0
    assert plant(sealed, tmp_path / "vault") == 0
    file = tmp_path / "vault" / "private" / "tasks.jsonl"
    lines = (sealed / "private" / "kept.jsonl").read_text().splitlines()
    kept = [json.loads(line) for line in lines]
    private = {one["id"] for one in kept if one["half"] == "private"}
    assert {task.id for task in read_tasks(file)} == private
    assert 0 < len(private) < 4


def test_what_cannot_be_is_said(
    verified: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["bench", "honeypots", str(verified), "--out", str(tmp_path / "vault")]
    assert run(words) == 2
    assert "no repository was given" in capsys.readouterr().err
    assert plant(verified, tmp_path / "vault", "--conflict", "0.3") == 2
    assert "no example that a test could contradict" in " ".join(capsys.readouterr().err.split())
    assert run(["bench", "honeypots", str(tmp_path), "--out", str(tmp_path / "vault")]) == 2
    assert not (tmp_path / "vault" / "private" / "verified.jsonl").exists()
