"""Tasks of a small real repository, verified in the real sandbox."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assay.core.running import Limits
from assay.core.task import Task
from assay.sandbox.choosing import best
from assay.tasks.verify.checking import check
from assay.tasks.verify.environment import Builder, base_python
from assay.tasks.verify.records import Asked, Checked

PLAIN = """\
. ./sum.sh
[ "$(plus 1 2)" = 3 ] && echo "ok 1 - adds" || echo "not ok 1 - adds"
[ "$(plus 0 0)" = 0 ] && echo "ok 2 - adds nothing" || echo "not ok 2 - adds nothing"
"""
RUN = """\
echo "TAP version 13"
for file; do echo "# Subtest: $file"; sh "$file" | sed 's/^/    /'; done
echo "1..0"
"""
WRONG, RIGHT = 'plus() { echo "$1"; }\n', 'plus() { echo "$(($1 + $2))"; }\n'


class Project:
    """A repository with one commit, and tasks made of changes to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.git("init", "--quiet")
        self.write({"sum.sh": WRONG, "run.sh": RUN})
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", "first")
        self.base = self.git("rev-parse", "HEAD").strip()

    def git(self, *arguments: str) -> str:
        """Run git, and return what it prints."""
        who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        command = ["git", "-C", str(self.folder), *who, *arguments]
        return subprocess.run(command, capture_output=True, check=True, text=True).stdout

    def write(self, files: dict[str, str]) -> None:
        """Write files of the work tree."""
        for name, text in files.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text)

    def patch(self, files: dict[str, str]) -> str:
        """Return a change as a patch; the work tree is as before."""
        self.write(files)
        self.git("add", "--all")
        made = self.git("diff", "--cached", "--binary", "HEAD")
        self.git("reset", "--quiet", "--hard", "HEAD")
        return made

    def task(self, tests: dict[str, str], *, fix: str = RIGHT, **more: object) -> Task:
        """Return a task of a fix and its tests."""
        told: dict[str, object] = {
            "id": "sum-1",
            "repo": "sum",
            "base_commit": self.base,
            "statement": "plus does not add",
            "patch": self.patch({"sum.sh": fix}),
            "test_patch": self.patch(tests),
            "created": datetime(2026, 1, 1, tzinfo=UTC),
            "test_command": ("sh", "run.sh"),
            "test_files": tuple(tests),
            "log_parser": "tap",
        }
        return Task.model_validate(told | more)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "sum")


def checked(
    project: Project, task: Task, *, runs: int = 5, limits: Limits | None = None
) -> Checked:
    small = limits or Limits(seconds=20, memory_bytes=256 << 20, processes=64)
    asked = Asked(runs=runs, limits=small)
    cache = project.folder.parent / "cache"
    builder = Builder(sandbox=best(), cache=cache, limits=small, passed={})
    return check(task, project.folder, builder, asked)


def test_a_fix_is_shown_by_tests_that_fail_without_it(project: Project) -> None:
    found = checked(project, project.task({"t/plus.sh": PLAIN}))
    assert found.reason == ""
    assert found.fail_to_pass == ("t/plus.sh > adds",)
    assert found.pass_to_pass == ("t/plus.sh > adds nothing",)
    assert found.runs == 5
    assert found.level in {"full", "reduced"}
    assert found.seconds > 0


def test_flaky_and_ordered_tests_are_named_and_left_out(project: Project) -> None:
    byte = '[ $(($(od -An -N1 -tu1 /dev/urandom) % 2)) = 0 ] && echo "ok" || echo "not ok"'
    flaky = "".join(f'printf "%s {i} - luck {i}\\n" "$({byte})"\n' for i in range(1, 7))
    first = '[ -e /tmp/seen ] && echo "not ok 1 - first" || echo "ok 1 - first"\n'
    second = 'touch /tmp/seen\necho "ok 1 - second"\n'
    tests = {"t/a.sh": PLAIN, "t/b.sh": first, "t/c.sh": second, "t/d.sh": flaky}
    found = checked(project, project.task(tests))
    assert found.fail_to_pass == ("t/a.sh > adds",)
    reasons = {one.name: one.reason for one in found.left_out}
    assert reasons["t/b.sh > first"] == "depends on the order of the tests"
    luck = [reason for name, reason in reasons.items() if "luck" in name]
    assert len(luck) >= 4
    assert luck.count("flaky: runs in one order differ") >= len(luck) - 1
    assert "t/c.sh > second" in found.pass_to_pass


def test_why_a_task_is_left_out(project: Project) -> None:
    tests = {"t/plus.sh": PLAIN}
    wrong = project.task(tests, fix='plus() { echo "7"; }\n')
    assert checked(project, wrong).reason.startswith("gold fails")
    same = project.task({"t/nothing.sh": 'echo "ok 1 - always"\n'})
    assert checked(project, same).reason.startswith("base passes")
    silent = project.task({"t/nothing.sh": "exit 0\n"})
    assert checked(project, silent).reason == "no tests run"
    broken = project.task(tests, setup=(("sh", "-c", "echo no compiler; exit 3"),))
    found = checked(project, broken)
    assert found.reason == "does not build"
    assert "ended 3: no compiler" in found.detail
    unknown = project.task(tests, log_parser="junit5")
    assert checked(project, unknown).reason.startswith("no log parser")
    gone = project.task(tests, test_files=("t/other.sh", "-x"))
    assert checked(project, gone).reason.startswith("no tests run: none of its test files")


def test_patches_that_are_refused_or_do_not_fit(project: Project) -> None:
    task = project.task({"t/plus.sh": PLAIN})
    up = task.patch.replace("sum.sh", "../sum.sh")
    found = checked(project, task.model_copy(update={"patch": up}))
    assert found.reason == "the gold patch is refused"
    assert "leads out of the tree" in found.detail
    (project.folder / "p.bin").write_bytes(bytes(range(256)))
    binary = project.patch({})
    assert "GIT binary patch" in binary
    found = checked(project, task.model_copy(update={"test_patch": binary}))
    assert (found.reason, "binary hunks" in found.detail) == ("the test patch is refused", True)
    other = task.patch.replace('-plus() { echo "$1"; }', "-plus() { something else; }")
    found = checked(project, task.model_copy(update={"patch": other}))
    assert found.reason == "the gold patch does not apply"
    assert list(project.folder.parent.glob("sum.sh")) == []


def test_output_that_is_huge_or_no_text(project: Project) -> None:
    noise = "head -c 2000 /dev/urandom; echo; " + PLAIN
    found = checked(project, project.task({"t/plus.sh": noise}))
    assert found.fail_to_pass == ("t/plus.sh > adds",)
    flood = PLAIN + "yes 'not a line of TAP'\n"
    small = Limits(seconds=20, memory_bytes=256 << 20, processes=64, output_bytes=1 << 16)
    found = checked(project, project.task({"t/plus.sh": flood}), limits=small)
    assert found.reason == "the tests end by output with the fix"


def test_a_test_without_end_is_stopped(project: Project) -> None:
    small = Limits(seconds=1, memory_bytes=256 << 20, processes=64)
    task = project.task({"t/plus.sh": PLAIN + "sleep 60\n"})
    found = checked(project, task, limits=small)
    assert found.reason == "the tests end by time with the fix"
    assert found.seconds < 10


def test_the_network_is_off_and_the_environment_read_only(project: Project) -> None:
    probe = """\
if [ -e /tmp/env/made ] && ! (echo x > /tmp/env/made) 2>/dev/null; then echo "ok 1 - read-only"
else echo "not ok 1 - read-only"; fi
if [ "$(ls /sys/class/net 2>/dev/null)$(grep -c : /proc/net/dev)" = 1 ]; then echo "ok 2 - alone"
else echo "not ok 2 - alone"; fi
"""
    setup = (("sh", "-c", "mkdir /tmp/env && echo yes > /tmp/env/made"),)
    found = checked(project, project.task({"t/a.sh": PLAIN, "t/b.sh": probe}, setup=setup))
    assert set(found.pass_to_pass) >= {"t/b.sh > read-only", "t/b.sh > alone"}
    assert found.building > 0
    again = checked(project, project.task({"t/a.sh": PLAIN, "t/b.sh": probe}, setup=setup))
    assert again.building == 0


def test_tests_of_python_are_read_from_standard_error(project: Project) -> None:
    code = (
        "import subprocess, unittest\n"
        "def plus(*numbers):\n"
        "    script = '. ./sum.sh; plus ' + ' '.join(map(str, numbers))\n"
        "    return int(subprocess.check_output(['sh', '-c', script]))\n"
        "class Sums(unittest.TestCase):\n"
        "    def test_sum(self): self.assertEqual(plus(1, 2), 3)\n"
        "    def test_zero(self): self.assertEqual(plus(0, 0), 0)\n"
    )
    command = (str(base_python()), "-m", "unittest", "-v")
    task = project.task({"test_sum.py": code}, test_command=command, log_parser="unittest")
    found = checked(project, task, runs=2)
    assert found.fail_to_pass == ("test_sum (test_sum.Sums.test_sum)",)
    assert found.pass_to_pass == ("test_zero (test_sum.Sums.test_zero)",)
