"""Siblings with answers, twins, answers that are known to be wrong: in the file and beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assay.core.errors import BadFormat, UnknownName
from assay.core.item import Item, Twin
from assay.formats.benchmarks import open_benchmark
from assay.formats.wrong import with_wrong

ROW = {"id": "a", "statement": "1 + 1 =", "answer": "3"}
CHOICE = {"id": "a", "statement": "Which?", "options": ["red", "blue"], "answer": "red"}


def opened(folder: Path, **more: object) -> Item:
    """Write one row and read it back."""
    path = folder / "b.jsonl"
    path.write_text(json.dumps(ROW | more), encoding="utf-8")
    return open_benchmark(str(path)).items[0]


def listed(folder: Path, *rows: object, name: str = "wrong.jsonl") -> Path:
    """Write a list of wrong answers."""
    path = folder / name
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def test_everything_that_an_item_is_held_against(tmp_path: Path) -> None:
    item = opened(
        tmp_path,
        siblings=["2 + 2 =\n4", "3 + 3 =\n6"],
        sibling_answers=["4", "6"],
        twins=[{"statement": "one and one", "answer": "2"}],
        correct=2,
        wrong_answers=["3", "11"],
    )
    assert item.sibling_answers == ("4", "6")
    assert item.twins == (Twin(statement="one and one", answer="2"),)
    assert (item.correct, item.wrong_answers) == ("2", ("3", "11"))


def test_lists_may_be_json_in_a_cell(tmp_path: Path) -> None:
    path = tmp_path / "b.csv"
    twins = json.dumps([{"statement": "s", "answer": "t"}]).replace('"', '""')
    path.write_text(f'id,statement,answer,twins,correct\na,q,3,"{twins}",\n', encoding="utf-8")
    (item,) = open_benchmark(str(path)).items
    assert item.twins == (Twin(statement="s", answer="t"),)
    assert item.correct is None  # an empty cell says nothing


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"siblings": ["x\n4"], "sibling_answers": ["4", "5"]}, "2 sibling_answers for 1 siblings"),
        ({"sibling_answers": ["4"]}, "1 sibling_answers for 0 siblings"),
        ({"siblings": ["x 4"], "sibling_answers": ["4"]}, "sibling 1 does not end with its answer"),
        ({"siblings": ["\n4"], "sibling_answers": ["4"]}, "sibling 1 does not end with its answer"),
        ({"siblings": ["x\n"], "sibling_answers": [""]}, "sibling 1 does not end with its answer"),
        ({"twins": "no"}, "no JSON"),
        ({"twins": {"statement": "s"}}, "not a list of"),
        ({"twins": [{"statement": "s"}]}, "not a list of"),
        ({"twins": [{"statement": "s", "answer": "t", "more": 1}]}, "not a list of"),
        ({"correct": "3"}, "the right answer '3' is the published answer"),
        ({"correct": "2", "answer": None}, "has no published answer"),
        ({"correct": [2]}, "not text"),
        ({"wrong_answers": [3]}, "not a list of texts"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, more: dict[str, object], what: str) -> None:
    with pytest.raises(BadFormat, match=r"b\.jsonl:1: ") as caught:
        opened(tmp_path, **more)
    assert what in str(caught.value)
    assert "next: " in str(caught.value)


@pytest.mark.parametrize("correct", ["B", 1, "blue"])
def test_a_right_option_is_kept_as_its_text(tmp_path: Path, correct: object) -> None:
    assert opened(tmp_path, **CHOICE, correct=correct).correct == "blue"
    with pytest.raises(BadFormat, match="none of the 2 options"):
        opened(tmp_path, **CHOICE, correct="C")


ITEMS = (
    Item(id="a", statement="1 + 1 =", answer="3", wrong_answers=("4",)),
    Item(id="b", statement="Which?", answer="red", options=("red", "blue")),
    Item(id="c", statement="Prove it."),
)
CONTROLS = (Item(id="control/a", statement="2 + 2 =", answer="5"),)


def test_a_list_beside_the_benchmark_marks_items_and_controls(tmp_path: Path) -> None:
    rows = (
        {"id": "a", "wrong_answers": ["3", "3"]},
        {"id": "b", "correct": "B"},
        {"id": "control/a", "correct": 4},
    )
    items, half, controls = with_wrong(listed(tmp_path, *rows), ITEMS, ITEMS[1:], CONTROLS)
    # Listed is wrong, whether or not somebody knows what is right.
    assert [item.correct for item in items] == ["", "blue", None]
    assert items[0].wrong_answers == ("3", "3")
    assert half == items[1:]
    assert controls[0].correct == "4"


def test_a_list_may_be_csv(tmp_path: Path) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text('id,correct,wrong_answers\na,2,"[""3"", ""5""]"\n', encoding="utf-8")
    ((first, *_),) = with_wrong(path, ITEMS)
    assert (first.correct, first.wrong_answers) == ("2", ("3", "5"))


def test_what_the_benchmark_knows_itself_stays(tmp_path: Path) -> None:
    known = ITEMS[0].model_copy(update={"correct": "2"})
    ((item,),) = with_wrong(listed(tmp_path, {"id": "a"}), (known,))
    assert (item.correct, item.wrong_answers) == ("2", ("4",))


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ({"id": "aa"}, "unknown item 'aa'. Did you mean 'a'?"),
        ({"correct": "2"}, "field 'id' is missing"),
        ({"id": "a", "corect": "2"}, "columns 'corect' are not known here"),
        ({"id": "a", "correct": "3"}, "is the published answer of 'a'"),
        ({"id": "b", "correct": "C"}, "none of the 2 options"),
        ({"id": "c", "correct": "2"}, "'c' has no published answer"),
        ({"id": "c"}, "'c' has no published answer"),
        (["a"], "is not an object"),
    ],
)
def test_a_list_that_cannot_be_is_refused(tmp_path: Path, row: object, what: str) -> None:
    with pytest.raises((BadFormat, UnknownName)) as caught:
        with_wrong(listed(tmp_path, row), ITEMS)
    assert what in str(caught.value)
    assert "wrong.jsonl:1" in str(caught.value)


def test_an_item_is_listed_once_and_a_list_lists_something(tmp_path: Path) -> None:
    with pytest.raises(BadFormat, match=r"wrong.jsonl:2: 'a' is listed twice"):
        with_wrong(listed(tmp_path, {"id": "a"}, {"id": "a"}), ITEMS)
    with pytest.raises(BadFormat, match="holds no rows"):
        with_wrong(listed(tmp_path), ITEMS)
