"""Tasks are written and read back as they were, in every form; what is no task is refused."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.formats.tasks_made import TASKS, plain

from assay.core.errors import BadFormat, UsageError
from assay.core.task import Task
from assay.formats.benchmarks import open_benchmark
from assay.formats.swebench_tasks import COLUMNS, row_of
from assay.formats.task_files import read_tasks, write_tasks

ENDINGS = (".jsonl", ".json", ".csv", ".parquet")
FULL = plain(fail_to_pass=("t.py::a", "it's [1]"), pass_to_pass=("t.py::b",), links=("#12",))


def unlike_swebench(task: Task) -> Task:
    """Leave out what SWE-bench Pro has no column for."""
    return task.model_copy(update={"project_version": ""})


@settings(max_examples=30, deadline=None)
@given(st.lists(TASKS, min_size=1, max_size=3, unique_by=lambda task: task.id))
def test_round_trip(tasks: list[Task]) -> None:
    with TemporaryDirectory() as folder:
        for ending in ENDINGS:
            path = Path(folder, f"tasks{ending}")
            assert write_tasks(path, tasks) == len(tasks)
            assert list(read_tasks(path)) == tasks
            assert write_tasks(path, tasks, form="pro") == len(tasks)
            assert list(read_tasks(path)) == list(map(unlike_swebench, tasks))


def test_the_columns_are_those_of_swebench(tmp_path: Path) -> None:
    path = tmp_path / "tasks.jsonl"
    write_tasks(path, [FULL])
    row = json.loads(path.read_text("utf-8"))
    assert tuple(row) == COLUMNS
    assert json.loads(row["FAIL_TO_PASS"]) == ["t.py::a", "it's [1]"]
    assert all(isinstance(value, str) for value in row.values())


def test_a_benchmark_is_examined_as_before(tmp_path: Path) -> None:
    path = tmp_path / "tasks.jsonl"
    write_tasks(path, [FULL])
    (item,) = open_benchmark(str(path)).items
    assert (item.id, item.statement, item.answer) == (FULL.id, FULL.statement, FULL.patch)


def saved(path: Path, *rows: Any) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def as_row(column: str = "instance_id", value: Any = FULL.id) -> dict[str, Any]:
    """Return a row of SWE-bench with one value changed."""
    return {**row_of(FULL), column: value}


def pro_row(column: str = "repo", value: Any = "me/it") -> dict[str, Any]:
    """Return a row of SWE-bench Pro with one value changed."""
    return {
        "instance_id": "instance_me__it-1-v",
        "repo": "me/it",
        "base_commit": "0" * 40,
        "patch": "p",
        "test_patch": "t",
        "problem_statement": "s",
        "before_repo_set_cmd": "git reset --hard; rm -rf /",
        "selected_test_files_to_run": '["t.py"]',
        "fail_to_pass": "['t.py::a', \"it's\"]",
        "pass_to_pass": "[]",
        "dockerhub_tag": "me.it-1",
    } | {column: value}


def test_rows_of_others(tmp_path: Path) -> None:
    theirs = as_row("FAIL_TO_PASS", ["a"]) | {"difficulty": "1-4 hours"}
    del theirs["assay"]
    (task,) = read_tasks(saved(tmp_path / "a.jsonl", theirs))
    assert task.fail_to_pass == ("a",)
    assert task.test_command == ()
    (task,) = read_tasks(saved(tmp_path / "b.jsonl", pro_row()))
    assert task.fail_to_pass == ("t.py::a", "it's")
    assert (task.test_files, task.image) == (("t.py",), "me.it-1")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (as_row("instance_id", "../../etc/passwd"), "instance_id"),
        (as_row("instance_id", "a/../b"), "instance_id"),
        (as_row("instance_id", "..") , "instance_id"),
        (as_row("instance_id", "a..b"), "instance_id"),
        (as_row("instance_id", "-rf"), "instance_id"),
        (as_row("instance_id", "x" * 201), "instance_id"),
        (as_row("instance_id", "a\nb"), "instance_id"),
        (as_row("instance_id", 12), "instance_id"),
        (as_row("repo", "../it"), "repo"),
        (as_row("repo", "/it"), "repo"),
        (as_row("base_commit", "HEAD"), "base_commit"),
        (as_row("base_commit", "--upload-pack=x"), "base_commit"),
        (as_row("patch", ""), "patch"),
        (as_row("patch", None), "patch"),
        (as_row("test_patch", ["x"]), "test_patch"),
        (as_row("problem_statement", " \n"), "problem_statement"),
        (as_row("created_at", "yesterday"), "created_at"),
        (as_row("created_at", None), "created_at"),
        (as_row("FAIL_TO_PASS", "[1]"), "FAIL_TO_PASS"),
        (as_row("FAIL_TO_PASS", "{}"), "FAIL_TO_PASS"),
        (as_row("PASS_TO_PASS", 7), "PASS_TO_PASS"),
        (as_row("FAIL_TO_PASS", "[__import__('os')]"), "FAIL_TO_PASS"),
        (as_row("FAIL_TO_PASS", "[" * 100_000), "FAIL_TO_PASS"),
        (as_row("assay", "[]"), "assay"),
        (as_row("assay", '{"id": "x"}'), "assay"),
        (as_row("assay", '{"version": "new"}'), "version"),
        (as_row("assay", '{"version": 1, "version": 2}'), "twice"),
        ({"instance_id": "a"}, "missing"),
        (pro_row("fail_to_pass", "[open('/etc/passwd')]"), "fail_to_pass"),
        (pro_row("selected_test_files_to_run", "t.py"), "selected_test_files_to_run"),
    ],
)  # fmt: skip
def test_what_is_no_task(tmp_path: Path, row: object, said: str) -> None:
    good = as_row("instance_id", "good") if "FAIL_TO_PASS" in str(row) else pro_row()
    with pytest.raises(BadFormat, match=said) as caught:
        list(read_tasks(saved(tmp_path / "a.jsonl", good, row)))
    assert caught.value.line == 2
    assert len(str(caught.value)) < 1000


def test_the_same_name_twice(tmp_path: Path) -> None:
    with pytest.raises(BadFormat, match="stands already in line 1") as caught:
        list(read_tasks(saved(tmp_path / "a.jsonl", as_row(), as_row())))
    assert caught.value.line == 2
    path = tmp_path / "b.jsonl"
    with pytest.raises(BadFormat, match="twice"):
        write_tasks(path, [FULL, FULL])
    assert list(tmp_path.iterdir()) == [tmp_path / "a.jsonl"]


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(json.dumps(as_row()).encode() + b'\n{"instance_id": "\xff"}\n')
    with pytest.raises(BadFormat, match="UTF-8") as caught:
        list(read_tasks(path))
    assert caught.value.line == 2


def test_a_row_without_end(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"instance_id": "' + b"x" * (17 << 20) + b'"}')
    with pytest.raises(BadFormat, match="longer than"):
        list(read_tasks(path))


def test_empty_files(tmp_path: Path) -> None:
    for name in ("a.jsonl", "a.csv"):
        path = tmp_path / name
        path.write_bytes(b"")
        with pytest.raises(BadFormat, match="no rows"):
            list(read_tasks(path))


def test_parquet_with_lists_and_times(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    row = as_row("FAIL_TO_PASS", ["a", "b"]) | {"created_at": FULL.created}
    pq.write_table(pa.Table.from_pylist([row]), path)
    (task,) = read_tasks(path)
    assert (task.fail_to_pass, task.created) == (("a", "b"), FULL.created)


def test_what_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(BadFormat, match="end the name"):
        write_tasks(tmp_path / "a.xlsx", [FULL])
    with pytest.raises(BadFormat, match="NUL"):
        write_tasks(tmp_path / "a.csv", [plain(statement="a\0b")])
    with pytest.raises(UsageError, match="cannot be written"):
        write_tasks(tmp_path / "nowhere" / "a.jsonl", [FULL])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.shared
def test_swebench_verified(shared: Path, tmp_path: Path) -> None:
    tasks = list(read_tasks(shared / "swebench_verified" / "tasks.csv.gz"))
    assert len(tasks) == 500
    for ending in ENDINGS:
        path = tmp_path / f"tasks{ending}"
        write_tasks(path, tasks)
        assert list(read_tasks(path)) == tasks
