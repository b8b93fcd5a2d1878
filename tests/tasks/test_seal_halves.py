"""A sealed benchmark: what each half tells, what changed in it, and what was retracted."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from tests.tasks.planting import Planted, project, write

from assay.core.errors import BadConfig, IntegrityError, UnknownName, UsageError
from assay.core.task import Task
from assay.formats.benchmarks import open_benchmark
from assay.formats.manifest import read_manifest
from assay.tasks.seal.checking import check
from assay.tasks.seal.halves import drawn, published
from assay.tasks.seal.making import Asked, folder_for, seal
from assay.tasks.seal.retracting import retract, retractions, standing

DAY = date(2026, 5, 2)
TODAY = date(2026, 6, 1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    """Make the project once."""
    return project(tmp_path_factory.mktemp("project"))


def tasks_of(made: Planted) -> list[Task]:
    """Return four tasks of one fix, and one whose statement tells the answer."""
    tasks = [made.task.model_copy(update={"id": f"calc-{n}"}) for n in range(1, 5)]
    told = {"id": "calc-told", "statement": f"Please apply:\n{made.patch}"}
    return [*tasks, made.task.model_copy(update=told)]


def asked(made: Planted, **other: object) -> Asked:
    """Ask for the usual halves."""
    known = {"repos": {"shop/calc": made.source}, "seed": 7, "committed": DAY}
    return Asked(**known | other)  # type: ignore[arg-type] # a test's own words


@pytest.fixture(scope="module")
def first(made: Planted, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seal a benchmark once."""
    out = tmp_path_factory.mktemp("sealed") / "bench"
    seal(tasks_of(made), asked(made), out)
    return out


@pytest.fixture
def sealed(first: Path, tmp_path: Path) -> Path:
    """Return a copy of the sealed benchmark."""
    shutil.copytree(first, tmp_path / "bench", symlinks=True)
    return tmp_path / "bench"


def test_the_public_half_tells_no_answer(sealed: Path, made: Planted) -> None:
    words = ("discount exceeds", "test_no_negative_total", made.task.commit, made.task.base_commit)
    texts = [p.read_bytes() for p in (sealed / "public").rglob("*") if p.is_file()]
    assert not [word for word in words for text in texts if word.encode() in text]
    names = {task.id for task in read_manifest(sealed / "public/benchmark.assay.json").tasks}
    assert len(names) == 4
    assert sum(name.startswith("sealed-") for name in names) == 2


def test_the_private_half_has_all_and_is_closed(sealed: Path) -> None:
    rows = (sealed / "private" / "tasks.jsonl").read_text("utf-8").splitlines()
    assert len(rows) == 4
    assert all(Task.model_validate_json(row).patch for row in rows)
    for path in (sealed / "private", *(sealed / "private").rglob("*")):
        assert stat.S_IMODE(path.lstat().st_mode) & 0o077 == 0, path


def test_a_statement_that_tells_the_answer_is_left_out(sealed: Path) -> None:
    (row,) = (sealed / "private" / "left-out.jsonl").read_text("utf-8").splitlines()
    assert json.loads(row)["name"] == "calc-told"
    assert "task.json" in json.loads(row)["reason"]


def test_examine_reads_what_was_sealed(sealed: Path) -> None:
    benchmark = open_benchmark(str(sealed / "public" / "benchmark.jsonl"))
    assert len(benchmark.items) == 2
    assert benchmark.certificate("halves") is not None


def test_a_sealed_benchmark_is_what_it_was(sealed: Path) -> None:
    said = check(sealed)
    assert said[-1].startswith("no answer in")
    shutil.rmtree(sealed / "private")
    assert check(sealed)[-1].startswith("the private half is not here")


@pytest.mark.parametrize("name", ["calc.py", ".git/HEAD", ".git/index", ".git/refs/heads/main"])
def test_a_changed_byte_is_named(sealed: Path, name: str) -> None:
    path = next((sealed / "public" / "tasks").glob(f"*/repo/{name}"))
    content = path.read_bytes()
    path.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    with pytest.raises(IntegrityError, match=f"{name} was changed"):
        check(sealed)


def test_new_and_lost_files_are_named(sealed: Path) -> None:
    tree = next((sealed / "public" / "tasks").glob("*/repo"))
    write(tree, ".git/hooks/post-checkout", "x")
    (tree / "notes.txt").unlink()
    with pytest.raises(IntegrityError) as caught:
        check(sealed)
    assert "hooks/post-checkout is new" in str(caught.value)
    assert "notes.txt is gone" in str(caught.value)


def test_another_list_manifest_or_mode_is_found(sealed: Path) -> None:
    manifest = sealed / "public" / "benchmark.assay.json"
    with pytest.raises(IntegrityError, match="is not the manifest"):
        check(sealed, digest="0" * 64)
    (sealed / "private" / "tasks.jsonl").chmod(0o644)
    with pytest.raises(IntegrityError, match="may be read by others"):
        check(sealed)
    (sealed / "private" / "tasks.jsonl").chmod(0o600)
    value = json.loads(manifest.read_text("utf-8"))
    value["certificates"][0]["seed"] = 8
    manifest.write_text(json.dumps(value), "utf-8")
    with pytest.raises(IntegrityError, match="not those that the seed draws"):
        check(sealed)


def test_the_draw_is_even_within_repositories(made: Planted) -> None:
    tasks = [
        made.task.model_copy(update={"id": f"{repo}-{n}", "repo": repo})
        for repo, count in (("a/a", 10), ("b/b", 7), ("c/c", 1))
        for n in range(count)
    ]
    halves = drawn(tasks, 3, 0.5)
    counts = Counter((task.repo, halves[task.id]) for task in tasks)
    assert counts["a/a", "public"] == 5
    assert counts["b/b", "public"] in {3, 4}
    assert Counter(halves.values())["public"] == 9
    assert drawn(tasks[::-1], 3, 0.5) == halves
    assert drawn(tasks, 4, 0.5) != halves


def test_each_task_is_public_as_often_as_the_share_says(made: Planted) -> None:
    tasks = [made.task.model_copy(update={"id": str(n)}) for n in range(6)]
    count = Counter(
        name
        for seed in range(2000)
        for name, half in drawn(tasks, seed, 0.5).items()
        if half == "public"
    )
    assert all(900 <= count[task.id] <= 1100 for task in tasks)  # 4.5 standard deviations


def test_what_names_hidden_tests_is_not_published(made: Planted) -> None:
    plain = {"test_command": ("pytest", "-q"), "test_files": ("test_calc.py",)}
    assert published(made.task.model_copy(update=plain)).test_command == ("pytest", "-q")
    telling = plain | {"test_command": ("pytest", "./test_calc.py")}
    assert published(made.task.model_copy(update=telling)).test_command == ()


def test_impossible_wishes_write_nothing(made: Planted, sealed: Path, tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="share"):
        seal([made.task], asked(made, share=1.5), tmp_path / "new")
    with pytest.raises(UsageError, match="is there already"):
        seal([made.task], asked(made), sealed)
    lost = made.task.model_copy(update={"base_commit": "1" * 40})
    with pytest.raises(UsageError, match="no task can be sealed"):
        seal([lost], asked(made), tmp_path / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["bench"]


def test_a_killed_run_leaves_nothing_that_reads_as_sealed(made: Planted, tmp_path: Path) -> None:
    rows = [made.task.model_copy(update={"id": f"calc-{n}"}) for n in range(200)]
    path = tmp_path / "tasks.jsonl"
    path.write_text("".join(row.model_dump_json() + "\n" for row in rows), "utf-8")
    words = ["bench", "seal", str(path), "--repo", f"shop/calc={made.source}", "--out", "out"]
    words += ["--seed", "7", "--committed", "2026-05-02"]
    run = subprocess.Popen(
        [sys.executable, "-m", "assay", *words], cwd=tmp_path, stderr=subprocess.DEVNULL
    )
    while not list(tmp_path.glob(".out.*.part/private/tasks/*/repo")):
        assert run.poll() is None
        time.sleep(0.02)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    assert not (tmp_path / "out").exists()


def test_ids_that_mean_harm_stay_in_the_folder() -> None:
    names = [folder_for(name) for name in ("../../x", "/etc", "", "A", "a", "x" * 400, "\ud800")]
    assert len(set(names)) == 7
    assert all("/" not in name and "." not in name and len(name) < 100 for name in names)


def test_retractions_only_grow(sealed: Path) -> None:
    tasks = read_manifest(sealed / "public" / "benchmark.assay.json")
    name, other = [task.id for task in tasks.tasks][:2]
    retract(sealed, name, "its tests ask for what the statement does not say", TODAY)
    with pytest.raises(UnknownName):
        retract(sealed, name, "again", TODAY)
    with pytest.raises(UnknownName):
        retract(sealed, "calc-77", "none", TODAY)
    retract(sealed, other, "flaky", TODAY)
    path = sealed / "public" / "retracted.jsonl"
    assert [one.task for one in retractions(path)] == [name, other]
    assert len(standing(tasks, retractions(path))) == 2
    assert "2 retractions, none taken out" in check(sealed)
    path.write_bytes(path.read_bytes().split(b"\n", 1)[1])
    with pytest.raises(IntegrityError, match="taken out"):
        check(sealed)


def test_a_corrected_task_gets_the_next_version(sealed: Path, made: Planted) -> None:
    tasks = read_manifest(sealed / "public" / "benchmark.assay.json")
    name = tasks.tasks[0].id
    with pytest.raises(UsageError, match="next: 2"):
        retract(sealed, name, "wrong", TODAY, corrected=made.task)
    second = made.task.model_copy(update={"version": 2})
    retract(sealed, name, "wrong", TODAY, corrected=second)
    known = retractions(sealed / "public" / "retracted.jsonl")
    assert standing(tasks, known)[name] == 2
