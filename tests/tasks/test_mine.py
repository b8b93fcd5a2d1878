"""Commits that change sources and their tests together become tasks; others say why not."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.tasks.histories import DAY, START, Past, fixed, module
from tests.tasks.mined import LOOSE, mined

from assay.core.task import Task
from assay.tasks.issues import read_exports
from assay.tasks.rules import Rules, moment

TEST = {"tests/test_it.py": "def test():\n    assert f3() == 0\n"}


def applied(past: Past, task: Task) -> str:
    """Apply both patches to the task's base; return the name of the tree that comes out."""
    past.git("read-tree", task.base_commit)
    for patch in (task.patch, task.test_patch):
        past.git("apply", "--cached", "--whitespace=nowarn", "-", stdin=patch.encode())
    return past.git("write-tree").decode().strip()


def tree(past: Past, commit: str) -> str:
    return past.git("rev-parse", f"{commit}^{{tree}}").decode().strip()


def test_a_fix_and_its_test_become_a_task(tmp_path: Path) -> None:
    past = Past(tmp_path / "it")
    past.git("config", "remote.origin.url", "https://github.com/me/it")
    fix = fixed(past)
    (task,), left_out = mined(past.folder, rules=Rules())
    assert task.commit == fix
    assert task.repo == "me/it"
    assert task.id == f"me__it-{task.base_commit[:12]}"
    assert task.statement == "Return nought, not one, when nothing is there at all"
    assert task.statement_source == "commit message"
    assert (task.language, task.test_files) == ("python", ("tests/test_it.py",))
    assert task.created == datetime.fromtimestamp(START + 2 * DAY, tz=UTC)
    assert (task.log_parser, task.fail_to_pass) == ("pytest", ())
    assert "src/it.py" in task.patch
    assert "tests/" not in task.patch
    assert applied(past, task) == tree(past, fix)
    assert left_out == {"the first of a history": 1}


def test_patches_apply_whatever_the_change(tmp_path: Path) -> None:
    past, tests = Past(tmp_path / "it"), "tests/test_it.py"
    past.commit({"a.py": module(30), "gone.py": module(5), "b é\t.py": "x\r\ny\r\n", tests: "1\n"})
    changes: list[dict[str, str | None]] = [
        {"a.py": None, "new/a.py": module(31), tests: "2\n"},  # renamed and changed
        {"gone.py": None, "new/empty.py": "", "b.py": "1", tests: "3"},  # no line break at the end
        {"b é\t.py": "x\r\nz\r\n", "settings.toml": "a = 1\n", tests: "4\n"},
        {"new/a.py": module(29), "tests/data.json": "{}\n", tests: "5\n"},
    ]
    fixes = [past.commit(change) for change in changes]
    tasks, left_out = mined(past.folder)
    assert [task.commit for task in tasks] + [fixes[2]] == [fixes[3], fixes[1], fixes[0], fixes[2]]
    assert left_out["a path that not every system can hold"] == 1  # the tab
    for task in tasks:
        assert applied(past, task) == tree(past, task.commit)
    assert "rename from a.py" in tasks[-1].patch


def test_modes_and_quoted_names(tmp_path: Path) -> None:
    past = Past(tmp_path / "it")
    past.commit({"été.py": "1\n", "run.sh": "1\n"})
    fix = past.commit({"été.py": "2\n", "run.sh": "1\n", **TEST}, modes={"run.sh": "100755"})
    (task,), _ = mined(past.folder)
    assert applied(past, task) == tree(past, fix)


def test_what_nobody_wrote_here_is_left_out_of_the_patch(tmp_path: Path) -> None:
    past = Past(tmp_path / "it")
    past.commit({"a.py": "1\n"})
    beside: dict[str, str | bytes | None] = {
        "uv.lock": "x\n", "CHANGES.md": "x\n", "docs/a.py": "1\n", "vendor/b.go": "x\n",
        "web/a.min.js": "x\n", "logo.lock": b"\x00\x01",
    }  # fmt: skip
    past.commit({"a.py": "2\n", "setup.cfg": "x\n", **beside, **TEST})
    (task,), _ = mined(past.folder)
    assert not [path for path in beside if path in task.patch + task.test_patch]
    assert "setup.cfg" in task.patch


def test_many_files_that_are_no_sources(tmp_path: Path) -> None:
    past = Past(tmp_path / "it")
    past.commit({"a.py": "1\n"})
    files = {f"docs/{number}.md": f"{number}\n" for number in range(150)}
    past.commit({"a.py": "2\n", **files, **TEST})
    (task,), _ = mined(past.folder)
    assert "docs/" not in task.patch


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"a.py": "2\n"}, "changes no test"),
        ({"tests/test_a.py": "2\n"}, "changes no source"),
        ({"README.md": "2\n"}, "changes no source"),
        ({"setup.cfg": "2\n", **TEST}, "changes no source"),
        ({"a.py": "2\n", "tests/data.json": "{}\n"}, "adds no line of a test"),
        ({"a.py": "2\n", "tests/test_old.py": None}, "adds no line of a test"),
        ({"a.py": "2\n", "logo.png": b"\x00\x01", **TEST}, "a binary hunk"),
        ({"a.py": "2\n", "tests/x.bin": b"\x00\x01", **TEST}, "a binary hunk"),
        ({"a.py": b"\xff\xfe=1\n", **TEST}, "text that is no UTF-8"),
        ({"a.py": "x = 1\n" * 600, **TEST}, "changes too many lines"),
        ({"a.py": "2\n", "b.py": "#" * (1 << 20) + "\n", **TEST}, "a file that is too large"),
        ({**{f"m{n}.py": "1\n" for n in range(21)}, **TEST}, "changes too many files"),
        ({**{f"m{n}.txt": "1\n" for n in range(500)}, **TEST},
         "changes more files than are looked at"),
        ({"a.py": None, "tests/test_a.py": module(20)}, "a file moves between sources and tests"),
    ],
)  # fmt: skip
def test_why_a_commit_is_no_task(
    tmp_path: Path, files: dict[str, str | bytes | None], reason: str
) -> None:
    past = Past(tmp_path / "it")
    start = module(20) if reason.startswith("a file moves") else "1\n"
    past.commit({"a.py": start, "tests/test_old.py": "1\n"})
    past.commit(files)
    tasks, left_out = mined(past.folder)
    assert tasks == []
    assert left_out == {"the first of a history": 1, reason: 1}


def test_statements_that_say_too_little(tmp_path: Path) -> None:
    past = Past(tmp_path / "it")
    fixed(past, "Fix it (#3)\n\nFixes #2\nSigned-off-by: A <a@example.org>")
    assert mined(past.folder, rules=Rules())[1]["a statement that is too short"] == 1


def test_reverts_are_left_out(tmp_path: Path) -> None:
    past = Past(tmp_path / "it")
    fix = fixed(past)
    past.commit({"src/it.py": module(8), **TEST}, f'Revert "x"\n\nThis reverts commit {fix}.')
    assert mined(past.folder)[1]["a revert"] == 1


def test_the_window_holds_for_writing_and_for_committing(tmp_path: Path) -> None:
    past = Past(tmp_path / "it")
    past.commit({"a.py": "0\n"}, when=START)
    for day, written in ((1, 1), (10, 1), (10, 10), (20, 20)):
        past.commit(
            {"a.py": f"{day} {written}\n", "tests/test_a.py": f"{day} {written}\n"},
            f"committed on {day}, written on {written}",
            when=START + day * DAY,
            authored=START + written * DAY,
        )
    since = datetime.fromtimestamp(START + 5 * DAY, tz=UTC)
    until = datetime.fromtimestamp(START + 15 * DAY, tz=UTC)
    tasks, left_out = mined(past.folder, rules=replace(LOOSE, since=since, until=until))
    assert [task.statement for task in tasks] == ["committed on 10, written on 10"]
    assert (left_out["before the window"], left_out["after the window"]) == (3, 1)


def test_a_last_day_lasts_to_its_end() -> None:
    assert str(moment("2026-03-31", last=True)) == "2026-04-01 00:00:00+00:00"
    assert str(moment("2026-03-31T12:00", last=True)) == "2026-03-31 12:00:00+00:00"
    assert moment("") is None


def test_the_newest_of_each_repository(tmp_path: Path) -> None:
    pasts = [Past(tmp_path / name) for name in ("one", "two")]
    for past in pasts:
        past.commit({"a.py": "0\n"})
        for number in range(4):
            past.commit({"a.py": f"{number}\n", "tests/test_a.py": f"{number}\n"}, f"no {number}")
    tasks, _ = mined(*(past.folder for past in pasts), rules=replace(LOOSE, most=2))
    assert [(task.repo, task.statement) for task in tasks] == [
        ("one", "no 3"), ("one", "no 2"), ("two", "no 3"), ("two", "no 2"),
    ]  # fmt: skip


def test_only_the_languages_that_were_asked_for(tmp_path: Path) -> None:
    past = Past(tmp_path / "it")
    past.commit({"a.py": "0\n", "a.go": "0\n"})
    past.commit({"a.py": "1\n", "tests/test_a.py": "1\n"})
    past.commit({"a.go": "1\n", "a_test.go": "1\n"})
    tasks, left_out = mined(past.folder, rules=replace(LOOSE, languages=frozenset({"go"})))
    assert [task.language for task in tasks] == ["go"]
    assert left_out["in a language that was not asked for"] == 1


def test_a_merge_is_one_change_of_the_main_line(tmp_path: Path) -> None:
    past = Past(tmp_path / "it")
    base = past.commit({"a.py": module(3)})
    side = past.commit({"a.py": module(4)}, "half of it", parents=[base])
    side = past.commit({"tests/test_a.py": "1\n"}, "the other half", parents=[side])
    main = past.commit({"b.py": "1\n"}, "meanwhile", parents=[base])
    files = {"a.py": module(4), "tests/test_a.py": "1\n"}
    told = "Merge pull request #7 from me/side\n\nCount one more function than before, as asked"
    merge = past.commit(files, told, parents=[main, side])
    assert mined(past.folder)[0] == []
    (task,), _ = mined(past.folder, rules=Rules(merges=True))
    assert (task.commit, task.base_commit, task.links) == (merge, main, ("#7",))
    assert task.statement == "Count one more function than before, as asked"
    assert applied(past, task) == tree(past, merge)


def exported(past: Past, fix: str, *, created: str = "2025-01-01T00:00:00Z") -> list[object]:
    """Return an issue and the pull request that closed it, as GitHub's API gives them."""
    url = "https://api.github.com/repos/me/it"
    issue = {
        "number": 12, "title": "Nought is lost", "created_at": created, "repository_url": url,
        "body": f"It says three where\r\nnought is right.\r\nFixed in {fix[:9]}\u0000, they say.",
    }  # fmt: skip
    pull = {
        "number": 34, "title": "Mend it", "body": "Fixes #12", "created_at": created,
        "html_url": "https://github.com/me/it/pull/34", "head": {"sha": fix},
        "merge_commit_sha": fix, "merged_at": created,
    }  # fmt: skip
    assert past.tip == fix
    return [issue, pull]


def test_the_statement_is_that_of_the_issue(tmp_path: Path) -> None:
    past = Past(tmp_path / "it")
    fix = fixed(past, "Nothing that names a number, but words enough for a statement")
    file = tmp_path / "issues.json"
    file.write_text(json.dumps(exported(past, fix)), encoding="utf-8")
    (task,), _ = mined(past.folder, rules=Rules(), exports=read_exports([file]))
    assert task.statement == "Nought is lost\n\nIt says three where\nnought is right."
    assert (task.statement_source, task.id, task.links) == ("issue #12", "it-12", ("#12",))


def test_an_issue_written_after_the_fix_is_none(tmp_path: Path) -> None:
    past = Past(tmp_path / "it")
    fix = fixed(past, "Closes #12 with words that are enough for a statement")
    file = tmp_path / "issues.jsonl"
    late = exported(past, fix, created="2025-12-01T00:00:00Z")
    file.write_text("".join(json.dumps(one) + "\n" for one in late), encoding="utf-8")
    (task,), _ = mined(past.folder, rules=LOOSE, exports=read_exports([file]))
    assert task.statement_source == "commit message"
    assert task.links == ("#12",)


def test_names_are_never_those_of_fixes_and_stand_once(tmp_path: Path) -> None:
    past = Past(tmp_path / "it")
    base = past.commit({"a.py": "0\n"})
    ways = [
        past.commit({"a.py": f"{n + 1}\n", **TEST}, f"way {n}", parents=[base]) for n in range(3)
    ]
    past.commit({"a.py": "9\n"}, "all", parents=ways)
    tasks, _ = mined(past.folder)
    assert sorted(task.id for task in tasks) == [
        f"it-{base[:12]}", f"it-{base[:12]}-2", f"it-{base[:12]}-3",
    ]  # fmt: skip
    assert not [task for task in tasks if task.commit[:7] in task.id + task.statement]
