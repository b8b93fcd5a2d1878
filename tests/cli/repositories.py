"""Small projects with tasks, for commands that run them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from tests.tasks.histories import Past

from assay.core.task import Task
from assay.formats.task_files import write_tasks
from assay.tasks.verify.environment import base_python

BASE = {
    "calc/__init__.py": "",
    "calc/sums.py": "def add(left, right):\n    return left\n",
    "calc/late.py": "def known(value):\n    return value\n",
    "run.py": "import runpy, sys\nfor file in sys.argv[1:]:\n    runpy.run_path(file)\n",
    "tests/test_sums.py": "def test_add():\n    from calc.sums import add\n"
    "    assert add(2, 0) == 2\n",
}
ADDED = """\
def add(left, right):
    return sum_pair((left, right))


def sum_pair(pair_given):
    running_total = 0
    for part in pair_given:
        running_total += part
    return running_total
"""
TESTS = BASE["tests/test_sums.py"] + (
    "\n\ndef test_more():\n    from calc.sums import add\n    assert add(2, 3) == 5\n"
)
LATE = "def known(value):\n    return -value\n\n\ndef plus_one(value):\n    return value + 1\n"
LATE_TESTS = """\
def test_late():
    import importlib
    late = importlib.import_module("calc.late")
    assert getattr(late, "plus" + "_one")(1) == 2
"""
PLAIN = (str(base_python()), "-c", """\
import sys, traceback
sys.path.insert(0, ".")
for file in sys.argv[1:]:
    space = {}
    exec(compile(open(file).read(), file, "exec"), space)
    for name in [one for one in space if one.startswith("test")]:
        try:
            space[name]()
            print(f"ok - {file}::{name}")
        except Exception:
            traceback.print_exc()
            print(f"not ok - {file}::{name}")
""")  # fmt: skip


def project(folder: Path, *, copies: int = 1) -> Path:
    """Make a repository and a file of its tasks beside it: `sums-N` that can be varied, `late`."""
    past = Past(folder / "calc")
    base = past.commit(BASE, "Begin")
    tasks = []
    for number in range(copies):
        fix = past.commit({"calc/sums.py": ADDED, "tests/test_sums.py": TESTS}, "Add")
        told = {"id": f"sums-{number}", "statement": f"`add` forgets the second, case {number}"}
        tasks.append(task(past, base, fix, told, "tests/test_sums.py"))
    fix = past.commit({"calc/late.py": LATE, "tests/test_late.py": LATE_TESTS}, "Late")
    before = past.git("rev-parse", f"{fix}^").decode().strip()
    told = {"id": "late", "statement": "- nothing adds\n- one\n- two\n- three\n- four\n"}
    tasks.append(task(past, before, fix, told, "tests/test_late.py"))
    write_tasks(folder / "tasks.jsonl", tasks)
    return folder / "tasks.jsonl"


def task(past: Past, base: str, fix: str, told: dict[str, str], tests: str) -> Task:
    """Return a task of two commits."""

    def patch(*paths: str) -> str:
        return past.git("diff", base, fix, "--", *paths).decode()

    return Task(
        **told,
        repo="calc",
        base_commit=base,
        commit=fix,
        patch=patch("calc"),
        test_patch=patch("tests"),
        created=datetime(2026, 1, 1, tzinfo=UTC),
        language="python",
        test_command=PLAIN,
        test_files=(tests,),
        log_parser="tap",
    )
