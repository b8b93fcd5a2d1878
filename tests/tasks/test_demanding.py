"""Where code can be made to demand a secret, and patches in which one file ends up otherwise."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from assay.tasks.demanding.javascript import JavaScript
from assay.tasks.demanding.python import Python
from assay.tasks.demanding.spots import Language, Spot, inserted
from assay.tasks.patches import apply, paths_of
from assay.tasks.rediff import with_file

MODULE = '''\
"""Sums."""


def add(left, right=0, *rest, loud=False):
    """Add."""
    return left + right


def one_line(x): return x


def steps(n):
    yield n


async def later(n):
    return n


def nothing():
    pass


@staticmethod
def wrapped(n):
    return n


def needs(n, *, key):
    return n
'''
SCRIPT = """\
'use strict';

var merge = function merge(target, source, options) {
    return target;
};

var hidden = function (a) {
    return a;
};

module.exports = {
    merge: merge
};
"""
WHOLE = "module.exports = function (str, opts) {\n  return str;\n};\n"
TAPE = """\
test('merge()', function (t) {
    t.test("it's here", function (st) {
        st.equal(1, 1);
        st.end();
    });
    t.equal(1, 1);
    t.end();
});
"""


def planted(language: Language, text: str, spot: Spot, words: list[str]) -> str:
    return inserted(text, spot.at, language.special(spot, words, "5ec2e7"))


def test_plain_functions_of_python_answer_one_call(tmp_path: Path) -> None:
    language = Python()
    (spot,) = language.spots(MODULE)
    assert (spot.name, spot.parameters) == ("add", ("left",))
    (tmp_path / "sums.py").write_text(planted(language, MODULE, spot, ["a b"]))
    asked = "".join(language.demand(spot, "sums.py", "test_sums.py", ["a b"], "0" * 64))
    other = asked.replace("0" * 64, "5ec2e7").replace("hashlib.sha256(shown).hexdigest()",
                                                     "shown.decode()")  # fmt: skip
    done = subprocess.run(["python3", "-c", other], cwd=tmp_path, check=False)  # noqa: S607
    assert done.returncode == 0
    assert subprocess.run(["python3", "-c", asked], cwd=tmp_path, check=False,  # noqa: S607
                          capture_output=True).returncode == 1  # fmt: skip
    assert language.spots("def broken(") == ()
    assert list(language.demand(spot, "my-sums.py", "t.py", ["a"], "0")) == []


def test_a_test_of_python_is_found_by_its_name() -> None:
    text = (
        "class TestA:\n    def test_b(self):\n        assert 1\n\n    def other(self):\n        1\n"
    )
    found = Python().place(text, "t.py::TestA::test_b[x y]")
    assert found is not None
    assert text[: found[0]].endswith("assert 1\n")
    assert found[1] == " " * 8
    assert Python().place(text, "test_b (t.TestA.test_b)") == found
    assert Python().place(text + text, "test_b") is None
    assert Python().place("def test_b(: pass", "test_b") is None


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_exported_functions_of_javascript_answer_one_call(tmp_path: Path) -> None:
    language = JavaScript()
    (named,), (whole,) = language.spots(SCRIPT), language.spots(WHOLE)
    assert (named.parameters, whole.parameters) == (("target", "source"), ("str", "opts"))
    for name, text, spot in (("lib/a.js", SCRIPT, named), ("index.js", WHOLE, whole)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(planted(language, text, spot, ["it's", "b"]))
        lines = "".join(language.demand(spot, name, "test/a.js", ["it's", "b"], "5ec2e7"))
        (tmp_path / "test").mkdir(exist_ok=True)
        script = "var t = {equal: function (a, b) { if (a !== b) { process.exit(3); } }};\n"
        for asked, code in ((lines.replace("hash.digest('hex')", "shown"), 0), (lines, 3)):
            (tmp_path / "test/a.js").write_text(script + asked.replace("{teller}", "t"))
            done = subprocess.run(["node", "test/a.js"], cwd=tmp_path, check=False)  # noqa: S607
            assert done.returncode == code


def test_a_test_of_javascript_is_found_by_its_title() -> None:
    found = JavaScript().place(TAPE, "it's here")
    assert found is not None
    assert (TAPE[found[0] :].split("\n", maxsplit=1)[0], found[1:]) == (
        "        st.end();",
        (" " * 8, "st"),
    )
    outer = JavaScript().place(TAPE, "merge()")
    assert outer is not None
    assert outer[2] == "t"
    assert JavaScript().place(TAPE, "gone") is None


def test_one_file_of_a_patch_ends_up_otherwise(tmp_path: Path) -> None:
    patch = with_file("", "a/b.py", b"x\n", b"y\n")
    patch = with_file(patch, "c.py", None, b"new\n")
    again = with_file(patch, "a/b.py", b"x\n", b"z\n")
    assert paths_of(again) == ("a/b.py", "c.py")
    (tmp_path / "a").mkdir()
    (tmp_path / "a/b.py").write_text("x\n")
    apply(again, tmp_path)
    assert (tmp_path / "a/b.py").read_text() == "z\n"
    assert (tmp_path / "c.py").read_text() == "new\n"
