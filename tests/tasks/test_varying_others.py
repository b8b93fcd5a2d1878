"""Patches, examples, sets and programs that do not end."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from assay.core.item import Item
from assay.core.running import Limits
from assay.sandbox.choosing import best
from assay.tasks.varying.examples import calls_in_tests, examples_in
from assay.tasks.varying.parts import Source
from assay.tasks.varying.patches import Patches, introduced, patch_family
from assay.tasks.varying.points import orders_of, reordered
from assay.tasks.varying.proving import Prover
from assay.tasks.varying.typical import corpus_of, outliers
from assay.tasks.verify.environment import Builder
from assay.tasks.verify.proving import Proofs

NO_PROOFS = Proofs(
    {}, {}, Builder(sandbox=best(), cache=Path(), limits=Limits(), passed={}), Limits()
)
PATCH = """\
diff --git a/x.py b/x.py
--- a/x.py
+++ b/x.py
@@ -1,3 +1,6 @@
 def known(value):
-    return value
+    smallest_count = find_smallest(value)
+    return smallest_count
+def find_smallest(value):
+    return min(value)
"""
TESTS = """\
diff --git a/t.py b/t.py
--- a/t.py
+++ b/t.py
@@ -1 +1,3 @@
 import x
+def test_smallest_count():
+    assert x.known([2, 1]) == 1
"""


def test_a_patch_is_renamed_in_all_its_parts() -> None:
    row = {"patch": PATCH, "test_patch": TESTS, "FAIL_TO_PASS": '["t.py::test_smallest_count"]'}
    item = Item(id="r-1", statement="`find_smallest` is missing.", answer=PATCH)
    source = Source(item=item, row=row)
    assert isinstance(patch_family(source, None), str)
    names = introduced(PATCH, TESTS)
    family = Patches(source=source, names=names, proofs=NO_PROOFS)
    draws = [Random(seed) for seed in range(40)]  # noqa: S311 - repeatable, not secret
    variants = [v for draw in draws if (v := family.make(draw))]
    assert family.prove(variants) == ""
    for one in variants:
        assert "find_smallest" not in one.statement + one.answer
        (name,) = (n for n, role in introduced(one.answer).items() if role == "function")
        assert name in one.statement
        assert " def known(value):" in one.answer
        (test,) = introduced(one.columns["test_patch"])
        assert test in one.columns["FAIL_TO_PASS"]
    assert len({v.answer for v in variants}) >= 20


def test_names_that_were_there_or_are_called_from_outside_stay() -> None:
    assert "known" not in introduced(PATCH)
    added = (
        "+++ b/x.py\n@@ -0,0 +1,4 @@\n+def setUp(self):\n+    self.total = 1\n+def run(limit=3):\n"
    )
    assert introduced(added) == {"run": "function"}
    names = "+++ b/README.md\n@@ -0,0 +1 @@\n+total = 1\n"
    assert introduced(names) == {}


def test_tests_keep_what_their_runner_knows_them_by() -> None:
    added = "+++ b/t.py\n@@ -0,0 +1,2 @@\n+def test_find_total():\n+    kept_sum = 1\n"
    item = Item(id="a", statement="- one\n- two", answer=PATCH)
    family = Patches(
        source=Source(item=item, row={"test_patch": added}),
        names=introduced(added),
        proofs=NO_PROOFS,
    )
    made = [family.make(Random(seed)) for seed in range(30)]  # noqa: S311 - repeatable
    tests = {one.columns["test_patch"] for one in made if one}
    assert len(tests) > 10
    assert all("def test_" in one and "test_find_total()" not in one for one in tests)
    assert {one.statement for one in made if one} == {"- one\n- two", "- two\n- one"}


def test_lists_are_reordered_point_by_point() -> None:
    text = "Fixed\n\n* a\n  more\n* b\n* c\n\n1. x\n2. y\n\n[Fix] p\n[Fix] q\nend"
    assert orders_of(text) == 12
    found = {reordered(text, Random(seed)) for seed in range(300)}  # noqa: S311 - repeatable
    assert len(found) == 12
    for one in found:
        assert "* a\n  more\n" in one
        assert one.endswith("end")
        assert "1. x\n2. y\n" in one


@pytest.mark.parametrize(
    ("doc", "count"),
    [
        ("f(1) == 2\n", 1),
        ("f([1, 2], 'a') ➞ True\n", 1),
        (">>> f(1)\n    2\n", 1),
        ("f(1) => 2 because it is odd\n", 0),
        ("f(n) == 2\n", 0),
        ("f(1) == g\n", 0),
    ],
)
def test_examples_are_a_call_and_a_literal_and_no_more(doc: str, count: int) -> None:
    text = f'"""{doc}"""'
    assert len(examples_in(text, "f", [(0, len(text))])) == count


def test_calls_without_literals_are_left() -> None:
    assert calls_in_tests("assert candidate(n) == 1\nassert candidate(2) == 1") == ["2"]


def test_what_stands_out_is_found_and_an_even_set_is_not() -> None:
    texts = [f"def total_{n}(values):\n    return sum(values)\n" for n in range(20)]
    corpus = corpus_of(texts)
    assert outliers(texts, corpus) == []
    assert outliers([*texts, texts[0] * 3], corpus) == [20]
    assert outliers([*texts, "def qzx_wjk(vvv):\n    return qqq(vvv)\n"], corpus) == [20]


def test_programs_fail_by_themselves() -> None:
    prover = Prover(sandbox=best())
    told = prover.failures(
        ["x = 1", "assert 1 == 2, 'no'", "import os; os._exit(3)", "print('[]'); raise SystemExit"]
    )
    assert told == ["", "AssertionError: no", "it ended with status 3", "SystemExit"]


def test_values_are_read_and_failures_are_none() -> None:
    program = "def f(n):\n    print('noise')\n    return 6 / n\n"
    assert Prover(sandbox=best()).values(program, "f", ["2", "0"]) == ["3.0", None]
    assert Prover(sandbox=best()).values("raise SystemExit", "f", ["2"]) == [None]
