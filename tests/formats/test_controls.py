"""Controls are never suspects, and no two items of a run share an id."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assay.core.errors import BadFormat
from assay.core.item import Benchmark, Item
from assay.formats.controls import open_controls

Writer = Callable[..., Path]
BENCHMARK = Benchmark(
    name="b",
    items=(
        Item(id="s1", statement="Where is the café?", answer="There"),
        Item(id="control/s1", statement="How?", options=("so", "or so"), answer="so"),
    ),
)


def test_controls_keep_their_order_and_ids(jsonl: Writer) -> None:
    path = jsonl(*({"id": f"c{n}", "statement": f"{n}?"} for n in (3, 1, 2)))
    assert [item.id for item in open_controls(path, BENCHMARK)] == ["c3", "c1", "c2"]


@pytest.mark.parametrize(
    ("row", "suspect"),
    [
        ({"id": "s1", "statement": "Where is the café?", "answer": "There"}, "s1"),
        ({"id": "x", "statement": "Where is the café?", "answer": "There"}, "s1"),
        ({"id": "x", "statement": " Where is\nthe cafe\u0301? ", "answer": "There\n"}, "s1"),
        ({"id": "x", "statement": "Where is the café?", "answer": "Elsewhere"}, "s1"),
        ({"id": "x", "statement": "How?", "options": ["so", "or so"], "answer": 1}, "control/s1"),
    ],
)
def test_a_control_that_is_a_suspect(jsonl: Writer, row: object, suspect: str) -> None:
    path = jsonl({"id": "first", "statement": "fine"}, row)
    with pytest.raises(BadFormat) as caught:
        open_controls(str(path), BENCHMARK)
    assert str(caught.value).startswith(f"{path}:2: control ")
    assert f"is also the suspect '{suspect}'" in str(caught.value)


def test_other_options_are_another_question(jsonl: Writer) -> None:
    path = jsonl({"id": "x", "statement": "How?", "options": ["thus", "or so"], "answer": 1})
    assert len(open_controls(path, BENCHMARK)) == 1


def test_a_shared_id_is_prefixed_until_it_is_free(jsonl: Writer) -> None:
    path = jsonl({"id": "s1", "statement": "1?"}, {"id": "control/control/s1", "statement": "2?"})
    ids = [item.id for item in open_controls(path, BENCHMARK)]
    assert ids == ["control/control/control/s1", "control/control/s1"]


def test_named_fields(jsonl: Writer) -> None:
    path = jsonl({"id": "x", "body": "?!"})
    (item,) = open_controls(path, BENCHMARK, fields={"statement": "body"})
    assert item.statement == "?!"
