"""An answer is told by number, letter or text: one way for a file, or it is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assay.core.errors import BadFormat
from assay.formats.benchmarks import open_benchmark

Writer = Callable[..., Path]


def row(answer: object, *options: str) -> dict[str, object]:
    """Make a multiple-choice row."""
    return {"question": f"Q {answer} {options}", "choices": list(options), "answer": answer}


def answers(path: object) -> list[str | None]:
    """Read the answers of a file."""
    return [item.answer for item in open_benchmark(str(path)).items]


def test_one_way_of_telling_is_found(jsonl: Writer) -> None:
    # Row 1 alone could be a text or a letter; row 2 settles it.
    assert answers(jsonl(row("A", "B", "A"), row("B", "x", "y"))) == ["B", "y"]


def test_two_ways_that_disagree_are_refused(jsonl: Writer) -> None:
    path = jsonl(row("1", "1", "2"))
    with pytest.raises(BadFormat, match=r":1: answer '1' can be read by text or by index"):
        answers(path)


def test_two_ways_that_agree_are_taken(jsonl: Writer) -> None:
    assert answers(jsonl(row("A", "A", "B"))) == ["A"]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (2, "answer 2 is out of range: 2 options, counted from 0"),
        (-1, "answer -1 is out of range: 2 options, counted from 0"),
        ("7", "answer '7' is out of range: 2 options, counted from 0"),
        ("C", "answer 'C' is none of the 2 options"),
        (True, "answer True is out of range: 2 options, counted from 0"),
        (1.0, "answer 1.0 is none of the 2 options"),
    ],
)
def test_answers_beyond_the_options(jsonl: Writer, answer: object, message: str) -> None:
    path = jsonl(row(0, "x", "y"), row(answer, "x", "y"))
    with pytest.raises(BadFormat) as caught:
        answers(path)
    assert str(caught.value).startswith(f"{path}:2: {message}")


def test_mixed_ways_are_refused(jsonl: Writer) -> None:
    path = jsonl(row(0, "x", "y"), row("x", "x", "y"))
    with pytest.raises(BadFormat, match=r":2: answer 'x' is told in another way"):
        answers(path)


@pytest.mark.parametrize("answer", [5, "C", "12"])
def test_own_rows_beyond_the_options(jsonl: Writer, answer: object) -> None:
    path = jsonl({"id": 1, "statement": "?", "options": ["x", "y"], "answer": answer})
    with pytest.raises(BadFormat, match=r"b\.jsonl:1: answer"):
        answers(path)


def test_own_rows_keep_a_free_answer(jsonl: Writer) -> None:
    path = jsonl({"id": 1, "statement": "?", "options": ["x", "y"], "answer": "x, because"})
    assert answers(path) == ["x, because"]


def test_an_empty_option_may_be_the_answer(jsonl: Writer) -> None:
    assert answers(jsonl(row(0, "", "y"))) == [""]
    assert answers(jsonl({"id": 1, "statement": "?", "options": ["", "y"], "answer": 0})) == [""]


@pytest.mark.parametrize("options", [["a"] * 27, [1, 2], "a, b", {"text": ["a"]}, [None], 5])
def test_options_that_are_no_list_of_texts(jsonl: Writer, options: object) -> None:
    path = jsonl({"question": "?", "choices": options, "answer": 0})
    with pytest.raises(BadFormat, match=r"b\.jsonl:1: "):
        answers(path)


def test_a_gap_in_lettered_columns(raw: Writer) -> None:
    path = raw(b"question,A,B,C,answer\nQ,1,,3,A\n", "m.csv")
    with pytest.raises(BadFormat, match=r"m\.csv:2: option C without option B"):
        answers(path)


def test_a_label_that_is_not_there(jsonl: Writer) -> None:
    choices = {"text": ["a", "b"], "label": ["1", "2"]}
    path = jsonl({"question": "?", "choices": choices, "answerKey": "3"})
    with pytest.raises(BadFormat, match=r":1: answerKey '3' is none of the labels"):
        answers(path)
