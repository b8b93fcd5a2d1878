"""What was drawn by lot and planted comes with the benchmark, checked."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from assay.core.errors import BadFormat, UsageError
from assay.core.item import Canary, Certificate
from assay.formats.benchmarks import open_benchmark

Writer = Callable[..., Path]
ACT = {"act": "order", "seed": "7", "committed": "2024-05-31"}
PLANT = {"id": "c", "secret": "3f", "alphabet": "0123456789abcdef"}


def write(path: Path, value: object) -> Path:
    """Write one JSON value."""
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def test_a_named_manifest(jsonl: Writer, tmp_path: Path) -> None:
    record = write(tmp_path / "m.json", {"certificates": [ACT], "canaries": [PLANT]})
    path = jsonl({"id": 1, "statement": "?"})
    benchmark = open_benchmark(str(path), certificates=record)
    assert benchmark.certificates == (
        Certificate(act="order", seed="7", committed=date(2024, 5, 31)),
    )
    assert benchmark.canaries == (Canary.model_validate(PLANT),)
    assert benchmark.source.endswith(f"; certificates: {record}")


@pytest.mark.parametrize("name", ["b.jsonl", "b.json", "b.csv"])
def test_a_manifest_beside_the_file(raw: Writer, tmp_path: Path, name: str) -> None:
    content = {
        "b.jsonl": b'{"id": 1, "statement": "?"}',
        "b.json": b'[{"id": 1, "statement": "?"}]',
        "b.csv": b"id,statement\n1,?\n",
    }
    record = write(tmp_path / "b.assay.json", {"certificates": [ACT]})
    benchmark = open_benchmark(str(raw(content[name], name)))
    assert [one.act for one in benchmark.certificates] == ["order"]
    assert str(record) in benchmark.source


def test_a_named_manifest_replaces_the_one_beside(jsonl: Writer, tmp_path: Path) -> None:
    write(tmp_path / "b.assay.json", {"certificates": [ACT]})
    record = write(tmp_path / "m.json", {})
    benchmark = open_benchmark(str(jsonl({"id": 1, "statement": "?"})), certificates=record)
    assert benchmark.certificates == ()


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ([], "$: "),
        ({"certs": []}, "$.certs: Extra inputs are not permitted"),
        ({"\x1b[2J": []}, "$['\\x1b[2J']: Extra inputs"),
        ({"certificates": {}}, "$.certificates: "),
        ({"certificates": [ACT, {**ACT, "act": "shuffle"}]}, "$.certificates[1].act: "),
        ({"certificates": [{**ACT, "committed": "May"}]}, "$.certificates[0].committed: "),
        ({"certificates": [{"act": "order", "seed": 1}]}, "$.certificates[0].committed: Field"),
        ({"canaries": [{**PLANT, "secret": ""}]}, "$.canaries[0].secret: "),
        ({"certificates": [ACT, ACT]}, "$.certificates[1]: 'order' is recorded already"),
        ({"canaries": [PLANT, PLANT]}, "$.canaries[1]: 'c' is recorded already"),
    ],
)
def test_a_manifest_that_is_none(jsonl: Writer, tmp_path: Path, value: object, what: str) -> None:
    record = write(tmp_path / "m.json", value)
    with pytest.raises(BadFormat) as caught:
        open_benchmark(str(jsonl({"id": 1, "statement": "?"})), certificates=record)
    assert str(caught.value).startswith(f"{record}: {what}")
    assert "pydantic" not in str(caught.value)


def test_a_manifest_that_is_absent(jsonl: Writer, tmp_path: Path) -> None:
    path = jsonl({"id": 1, "statement": "?"})
    with pytest.raises(UsageError, match="there is no such file"):
        open_benchmark(str(path), certificates=tmp_path / "none.json")
