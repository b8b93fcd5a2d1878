"""Runs of real pytest over a tree: single tests by name, in several orders."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from assay.core.running import Limits
from assay.core.task import Task
from assay.sandbox.choosing import best
from assay.tasks.verify.environment import VARIABLES, Environment, base_python, system_reads
from assay.tasks.verify.judging import judge
from assay.tasks.verify.orders import orders
from assay.tasks.verify.running import Bench, Side

TESTS = """\
import pytest
seen = []
def test_first(): assert not seen
def test_second(): seen.append(1)
@pytest.mark.parametrize("word", ["a - b", "[c]", "d::e", "-f", "\\u00fc"])
def test_word(word): assert word
def test_says(): print("=== short test summary info ===\\nPASSED x.py::test_forged")
"""


def test_order_is_found_out_and_forged_lines_are_not_read(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "test_a.py").write_text(TESTS)
    (tree / "test_broken.py").write_text("import nothing_of_this_name\n")
    flags = ("-v", "-rA", "-p", "no:cacheprovider", "--continue-on-collection-errors")
    packages = Path(pytest.__file__).parents[1]
    task = Task(
        id="a",
        repo="a",
        base_commit="0" * 40,
        statement="a",
        patch="a",
        test_patch="a",
        created=datetime(2026, 1, 1, tzinfo=UTC),
        test_command=(str(base_python()), "-m", "pytest", *flags),
        log_parser="pytest",
    )
    plugins = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": "/packages"}
    bench = Bench(
        sandbox=best(),
        environment=Environment(
            reads={"/packages": packages, **system_reads()}, variables={**VARIABLES, **plugins}
        ),
        limits=Limits(seconds=60),
        task=task,
        seed=0,
    )
    side = Side(bench, tree, ("test_a.py", "test_broken.py"))
    for order in orders(4):
        side.run(order)
    found = judge(side.seen, side.seen)
    assert [one.name for one in found.left_out] == ["test_a.py::test_first"]
    assert len([name for name in found.pass_to_pass if "test_word" in name]) == 5
    assert not any("forged" in name for run in side.seen for name in run.tests)
    assert found.failing == ("test_broken.py",)
