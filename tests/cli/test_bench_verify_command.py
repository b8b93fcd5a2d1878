"""`assay bench verify`: from a file of tasks to verified ones, and on where it was stopped."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assay.cli import run
from assay.core.task import Task
from assay.formats.task_files import read_tasks, write_tasks

GIT = shutil.which("git") or "git"
WRONG, RIGHT = "echo 1\n", "echo 2\n"
TEST = '[ "$(sh two.sh)" = 2 ] && echo "ok 1 - two" || echo "not ok 1 - two"\necho 1..1\n'


def diff(path: str, old: str, new: str) -> str:
    head = f"diff --git a/{path} b/{path}\n"
    if not old:
        lines = "".join(f"+{line}\n" for line in new.splitlines())
        size = len(new.splitlines())
        new_file = f"new file mode 100644\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1,{size} @@\n"
        return head + new_file + lines
    return f"{head}--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-{old}+{new}"


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    repo = tmp_path / "two"
    repo.mkdir()
    (repo / "two.sh").write_text(WRONG)
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for words in (("init", "--quiet"), ("add", "."), ("commit", "--quiet", "-m", "one")):
        subprocess.run([GIT, "-C", str(repo), *who, *words], check=True)
    head = subprocess.run(
        [GIT, "-C", str(repo), "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()
    good = Task(
        id="two-1",
        repo="two",
        base_commit=head,
        statement="two.sh prints one",
        patch=diff("two.sh", WRONG, RIGHT),
        test_patch=diff("t.sh", "", TEST),
        created=datetime(2026, 1, 1, tzinfo=UTC),
        test_command=("sh",),
        test_files=("t.sh",),
        log_parser="tap",
    )
    worse = {"id": "two-2", "patch": diff("two.sh", WRONG, "echo 3\n")}
    write_tasks(tmp_path / "tasks.jsonl", [good, good.model_copy(update=worse)])
    return tmp_path / "tasks.jsonl"


def command(tasks: Path, *more: str) -> int:
    out, repo = tasks.with_name("out"), tasks.with_name("two")
    return run(
        ["bench", "verify", str(tasks), str(repo), "--out", str(out), "--seconds", "20", *more]
    )


def test_what_holds_is_written_and_what_does_not_has_a_reason(
    tasks: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(tasks, "--runs", "3", "--json") == 0
    results = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["reason"].partition(":")[0] for one in results] == ["", "gold fails"]
    assert all(one["seconds"] > 0 and one["level"] in {"full", "reduced"} for one in results)
    out = tasks.with_name("out")
    (verified,) = read_tasks(out / "verified.jsonl")
    assert verified.fail_to_pass == ("two",)
    (left,) = (json.loads(line) for line in (out / "left-out.jsonl").read_text().splitlines())
    assert left["name"] == "two-2"


def test_a_stopped_run_goes_on_and_a_changed_task_is_run_again(
    tasks: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(tasks) == 0
    journal = tasks.with_name("out") / "results.jsonl"
    first, second = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(first + second[: len(second) // 2])  # as a kill leaves it
    known = json.loads(first)["id"]
    assert command(tasks) == 0
    lines = [json.loads(line) for line in journal.read_bytes().splitlines()]
    assert len(lines) == 2
    assert {one["id"] for one in lines} == {"two-1", "two-2"}
    assert lines[0]["id"] == known
    assert journal.read_bytes().startswith(first)
    assert command(tasks, "--seed", "1") == 0
    assert len(journal.read_bytes().splitlines()) == 4
    assert "1 of 2 tasks verified" in capsys.readouterr().out


def test_what_the_user_can_mend(
    tasks: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    subprocess.run([GIT, "-C", str(other), "init", "--quiet"], check=True)
    out = str(tmp_path / "o")
    words = ["bench", "verify", str(tasks)]
    assert run([*words, str(tmp_path / "nowhere"), "--out", out]) == 2
    assert run([*words, str(tasks.with_name("two")), "--out", out, "--build-env", "NO_SUCH"]) == 2
    assert "export NO_SUCH=" in capsys.readouterr().err
    assert not (tmp_path / "o" / "verified.jsonl").exists()
    journal = tmp_path / "o" / "results.jsonl"
    journal.write_text("what\n")
    assert run([*words, str(tasks.with_name("two")), "--out", out]) == 2
    assert "results.jsonl:1" in capsys.readouterr().err


def test_where_nothing_holds_the_answer_is_undecided(tasks: Path) -> None:
    rows = tasks.read_text().splitlines(keepends=True)
    tasks.write_text(rows[1])
    assert command(tasks, "--runs", "2") == 11
