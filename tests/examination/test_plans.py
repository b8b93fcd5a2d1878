"""A file of many examinations: what it may say, and what is said of what it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.core.errors import BadFormat, UsageError
from assay.examination.many import check_all
from assay.examination.plans import Family, read_plan

MATRIX = """
q = 0.05
name = "spring"
out = "here"
[defaults]
split = 7
parameters.order.shuffles = 99
[matrix]
benchmarks = ["humaneval", {benchmark = "b.jsonl", split = 3}]
models = ["scripted:clean", {model = "inspect:a/b", price = "1/2", model_args = {retries = 3}}]
[[examine]]
benchmark = "x.jsonl"
model = "smollm2"
instruments = ["order"]
parameters = {"order.shuffles" = 9}
"""


def read(folder: Path, text: str) -> Family:
    path = folder / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return read_plan(path)


def test_a_matrix_and_single_examinations(tmp_path: Path) -> None:
    family = read(tmp_path, MATRIX)
    assert (family.name, family.q, family.out) == ("spring", 0.05, Path("here"))
    found = [(c.benchmark, c.model, c.split, c.price) for c in family.claims]
    assert found == [
        ("x.jsonl", "smollm2", 7, ""),
        ("humaneval", "scripted:clean", 7, ""),
        ("humaneval", "inspect:a/b", 7, "1/2"),
        ("b.jsonl", "scripted:clean", 3, ""),
        ("b.jsonl", "inspect:a/b", 3, "1/2"),
    ]
    assert family.claims[0].parameters == {"order.shuffles": "9"}
    assert family.claims[1].parameters == {"order.shuffles": "99"}
    assert family.claims[2].model_args == {"retries": "3"}
    assert {c.stop_at for c in family.claims} == {100.0}
    folders = [str(c.out) for c in family.claims]
    assert len(set(folders)) == 5
    assert all(folder.startswith("here/") for folder in folders)


def test_a_claim_keeps_its_folder_when_others_come_and_go(tmp_path: Path) -> None:
    one = '[[examine]]\nbenchmark = "b"\nmodel = "m"\n'
    alone = read(tmp_path, one).claims[0]
    other = one.replace('"m"', '"n"')
    again = read(tmp_path, f'{one}budget = "9calls"\n{other}').claims[0]
    assert alone.out == again.out


TYPOS = [
    ("[[examine]]\nbenchmrk = 'a'", ":2: [[examine]] number 1: there is no key", "'benchmark'"),
    ("qq = 1", ":1: there is no key 'qq'", "'q'"),
    ("[[exmine]]\nmodel = 'm'", ":1: there is no key 'exmine'", "'examine'"),
    ("q = 2", ":1: q = 2", "q = 0.01"),
    ("q = true", ":1: q = True", "q = 0.01"),
    ("name = 3", ":1: name = 3", "name ="),
    ("x =", "is not TOML", "in quotes"),
    ("a = 1\na = 2", ":2: is not TOML", "in quotes"),
    ("[examine]\nmodel = 'm'", ":1: [examine]: is one table", "[[examine]]"),
    ("[[examine]]\nmodel = 'm'", "no benchmark is named", "[defaults]"),
    ("[defaults]\nsplti = 3", ":2: [defaults]: there is no key 'splti'", "'split'"),
    ("[matrix]\nbenchmarks = []\nmodels = ['m']", ":2: [matrix]", "benchmarks ="),
    ("[matrix]\nbenchmarks = ['b']", "models must list", "models ="),
    ("[matrix]\nbenchmarks = ['b']\nmodels = [3]", "3 is no table", "key ="),
    ("[matrix]\nbenchmarks=[{benchmark='b', model='m'}]\nmodels=['m']", "no key 'model'", "use"),
    ("[[examine]]\nbenchmark='b'\nmodel='m'\n[[examine]]\nbenchmark='b'\nmodel='m'\nalpha=2",
     ":7: [[examine]] number 2: alpha = 2", "--help"),
    ("[[examine]]\nbenchmark='b'\nmodel='m'\n[[examine]]\nbenchmark='b'\nmodel='m'\nalpha=.2",
     "is not TOML", "line"),
    ("[[examine]]\nbenchmark='b'\nmodel='m'\n[[examine]]\nbenchmark='b'\nmodel='m'\nchunk=2",
     ":4: [[examine]] number 2: m on b stands there already", "leave one"),
    ("[[examine]]\nbenchmark='b'\nmodel='m'\nout='here'", "no key 'out'", "use"),
    ("[[examine]]\nbenchmark='b'\nmodel='m'\ninstruments='order'", "instruments = 'order'", "help"),
    ("", "it names nothing to examine", "[matrix]"),
    ("# a comment\n[defaults]\nsplit = 3", "it names nothing to examine", "[matrix]"),
    ("a = " + "[" * 5000, "is nested too deep", "flat"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "what", "fix"), TYPOS)
def test_what_is_wrong_is_said_with_its_place(
    tmp_path: Path, text: str, what: str, fix: str
) -> None:
    with pytest.raises(BadFormat) as caught:
        read(tmp_path, text)
    said = str(caught.value)
    assert str(tmp_path / "plan.toml") in said
    assert what in said
    assert fix in said


def test_files_that_are_no_plan(tmp_path: Path) -> None:
    with pytest.raises(BadFormat, match="cannot be read"):
        read_plan(tmp_path / "nowhere.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadFormat, match="UTF-8"):
        read_plan(tmp_path / "bytes.toml")


WRONG = [
    ("benchmark = 'humanevil'\nmodel = 'scripted:clean'", "humaneval"),
    ("benchmark = 'humaneval'\nmodel = 'scripted:claen'", "clean"),
    ("benchmark = 'humaneval'\nmodel = 'smolm2'", "smollm2"),
    ("benchmark = 'humaneval'\nmodel = 'local:/nowhere/at/all'", "no model at"),
    ("benchmark = 'humaneval'\nmodel = 'scripted:clean'\ninstruments = ['ordr']", "order"),
    ("benchmark = 'humaneval'\nmodel = 'scripted:clean'\nbudget = 'much'", "--budget"),
    ("benchmark = 'humaneval'\nmodel = 'scripted:clean'\ncontrols = 'none.jsonl'", "none.jsonl"),
]


@pytest.mark.parametrize(("table", "said"), WRONG)
def test_the_last_claim_is_checked_before_the_first_is_run(
    tmp_path: Path, table: str, said: str
) -> None:
    good = "[[examine]]\nbenchmark = 'humaneval'\nmodel = 'scripted:clean'\nsplit = 3\n"
    with pytest.raises(UsageError, match="claim 2") as caught:
        check_all(read(tmp_path, f"{good}[[examine]]\n{table}\n"))
    assert said in str(caught.value)
