"""Every layout is recognised by its columns and read into the same record."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from assay.core.errors import BadFormat, UnknownName
from assay.core.item import Item
from assay.formats.benchmarks import open_benchmark

Writer = Callable[..., Path]


def only(path: object, **fields: str) -> Item:
    """Read a file of one item."""
    (item,) = open_benchmark(str(path), fields=fields).items
    return item


def test_own_rows(jsonl: Writer) -> None:
    row = {
        "id": 7,
        "statement": "Which?",
        "answer": 1,
        "options": ["red", "blue"],
        "published": "2024-05-31",
        "stratum": "colours",
        "siblings": ["Which one?"],
        "ignored": [{}],
    }
    item = only(jsonl(row))
    assert item == Item(
        id="7",
        statement="Which?",
        answer="blue",
        options=("red", "blue"),
        published=date(2024, 5, 31),
        stratum="colours",
        siblings=("Which one?",),
    )
    assert item.text == "Which?\nA. red\nB. blue\nblue"


def test_humaneval_rows(jsonl: Writer) -> None:
    row = {"task_id": "H/0", "prompt": "def f():\n", "canonical_solution": "    return 1\n"}
    item = only(jsonl(row))
    assert (item.id, item.text) == ("H/0", "def f():\n    return 1\n")


def test_gsm8k_rows_are_named_by_their_place(jsonl: Writer) -> None:
    rows = [{"question": f"{n} + 1?", "answer": f"<<>>\n#### {n + 1}"} for n in range(3)]
    items = open_benchmark(str(jsonl(*rows))).items
    assert [item.id for item in items] == ["gsm8k/0", "gsm8k/1", "gsm8k/2"]
    assert items[2].answer == "<<>>\n#### 3"


def test_gsm8k_rows_keep_their_ids(jsonl: Writer) -> None:
    assert only(jsonl({"id": "g1", "question": "1?", "answer": "1"})).id == "g1"


def test_swebench_rows(raw: Writer) -> None:
    header = b"instance_id,repo,problem_statement,patch,created_at,version\r\n"
    cells = b'd__d-1,d/d,"It ""breaks"",\r\noften",diff,2022-03-03T15:14:54Z,3.10\r\n'
    item = only(raw(header + cells, "tasks.csv"))
    assert item == Item(
        id="d__d-1",
        statement='It "breaks",\r\noften',
        answer="diff",
        stratum="d/d",
        published=date(2022, 3, 3),
    )


@pytest.mark.parametrize(
    "row",
    [
        {"question": "Q", "choices": ["w", "x", "y"], "answer": 1, "subject": "s"},
        {"question": "Q", "options": ["w", "x", "y"], "answer": "B", "category": "s"},
        {"question": "Q", "choices": '["w", "x", "y"]', "answer": "x", "subject": "s"},
        {"statement": "Q", "choices": ["w", "x", "y"], "answer": "1", "stratum": "s"},
        {"question": "Q", "A": "w", "B": "x", "C": "y", "answer": "B", "subject": "s"},
        {
            "question": "Q",
            "choices": {"text": ["w", "x", "y"], "label": ["1", "2", "3"]},
            "answerKey": "2",
            "subject": "s",
        },
    ],
)
def test_multiple_choice_rows(jsonl: Writer, row: dict[str, object]) -> None:
    item = only(jsonl(row, name="mmlu.jsonl"))
    assert item == Item(
        id="mmlu/0", statement="Q", options=("w", "x", "y"), answer="x", stratum="s"
    )


def test_options_without_an_answer(jsonl: Writer) -> None:
    assert only(jsonl({"question": "Q", "choices": ["a", "b"]})).answer is None


def test_lettered_columns_may_end_early(raw: Writer) -> None:
    path = raw(b"question,A,B,C,answer\nQ,1,2,,A\nR,1,2,3,C\n", "m.csv")
    items = open_benchmark(str(path)).items
    assert [item.options for item in items] == [("1", "2"), ("1", "2", "3")]
    assert [item.answer for item in items] == ["1", "3"]


def test_named_fields_win(jsonl: Writer) -> None:
    row = {"key": 3, "body": "B?", "gold": "A", "opts": ["x", "y"], "when": "2020-01-01"}
    item = only(
        jsonl(row), id="key", statement="body", answer="gold", options="opts", published="when"
    )
    assert (item.id, item.statement, item.answer) == ("3", "B?", "x")
    assert (item.options, item.published) == (("x", "y"), date(2020, 1, 1))


def test_named_field_beside_a_known_layout(jsonl: Writer) -> None:
    row = {"question": "Q?", "answer": "1", "key": "k"}
    assert only(jsonl(row), id="key").id == "k"


def test_the_source_says_what_was_taken(jsonl: Writer) -> None:
    path = jsonl({"question": "Q?", "answer": "1"})
    benchmark = open_benchmark(str(path))
    assert benchmark.source == f"{path}; gsm8k rows: statement=question, answer=answer"
    assert benchmark.name == "b"


def test_a_file_whose_name_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"a\nb\xff.jsonl")
    path.write_text('{"question": "Q?", "choices": ["a"]}', encoding="utf-8")
    benchmark = open_benchmark(str(path))
    assert (benchmark.name, benchmark.items[0].id) == ("a?b?", "a?b?/0")
    assert benchmark.source.isprintable()


def test_an_unknown_field_name(jsonl: Writer) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'statement'"):
        only(jsonl({"id": "a", "statement": "b"}), statment="statement")


def test_a_named_column_that_is_absent(jsonl: Writer) -> None:
    path = jsonl({"id": "a", "statement": "b"})
    with pytest.raises(BadFormat) as caught:
        only(path, answer="gold")
    assert str(caught.value) == (
        f"{path}:1: field 'gold' is missing; the row has 'id', 'statement'\n"
        "  next: name the column that holds it: --field answer=COLUMN"
    )


def test_a_second_layout_in_one_file(jsonl: Writer) -> None:
    path = jsonl(
        {"question": "Q", "answer": "1"}, {"question": "Q", "choices": ["a"], "answer": "a"}
    )
    with pytest.raises(BadFormat, match=r"b\.jsonl:2: the row is of the layout choices"):
        open_benchmark(str(path))


def test_a_row_that_lacks_a_column_of_the_layout(jsonl: Writer) -> None:
    path = jsonl({"question": "Q", "answer": "1"}, {"question": "R"})
    with pytest.raises(BadFormat, match=r"b\.jsonl:2: field 'answer' is missing"):
        open_benchmark(str(path))
