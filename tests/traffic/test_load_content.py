"""Logs that hold what was said are refused, wherever in them it stands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.traffic.logs import NOW, requests, write

from assay.core.errors import BadFormat
from assay.traffic.load import read
from assay.traffic.schema import CONTENT

SAID = "the patient is called"


def refused(path: Path) -> str:
    with pytest.raises(BadFormat, match="Assay reads no prompts") as caught:
        read([path], now=NOW)
    said = str(caught.value)
    assert SAID not in said
    return said


def test_a_column_of_text_is_refused_by_name(tmp_path: Path) -> None:
    """Only one row of many holds text, and late."""
    rows = [row | {"Prompt": ""} for row in requests(300)]
    rows[-1]["Prompt"] = SAID
    for ending in ("parquet", "csv", "jsonl", "arrows"):
        said = refused(write(tmp_path / f"log.{ending}", rows))
        assert "'Prompt' holds what was said, in 1 rows" in said
        assert f"EXCLUDE (\\\"Prompt\\\") FROM 'log.{ending}'" in said


@pytest.mark.parametrize("name", [*CONTENT, "gen_ai.prompt.0.content", "MESSAGES"])
def test_every_name_of_text_is_known(tmp_path: Path, name: str) -> None:
    line = json.dumps({"time": "2026-05-01", "account": "a", "model": "m", name: SAID})
    (tmp_path / "log.jsonl").write_text(line)
    assert name in refused(tmp_path / "log.jsonl")


@pytest.mark.parametrize(
    "value",
    [
        {"messages": [{"role": "user", "content": SAID}]},
        {"a": [{"b": {"prompt": SAID}}]},
        json.dumps({"extra": json.dumps({"response": {"text": SAID}})}),
        [{"key": "gen_ai.prompt", "value": {"stringValue": SAID}}],
    ],
)
def test_text_within_a_column_is_refused(tmp_path: Path, value: object) -> None:
    rows = [row | {"metadata": value} for row in requests(1)]
    for ending in ("csv", "jsonl"):
        assert "'metadata' holds" in refused(write(tmp_path / f"log.{ending}", rows))


def test_text_within_a_struct_of_parquet_is_refused(tmp_path: Path) -> None:
    rows = [row | {"extra": {"n": 1, "body": {"q": SAID}}} for row in requests(1)]
    assert "'extra' holds" in refused(write(tmp_path / "log.parquet", rows))


def test_counts_and_empty_places_are_no_text(tmp_path: Path) -> None:
    inner = {"usage": {"input": 12, "output": 3}, "prompt_tokens_details": {"text_tokens": 4}}
    rows = [
        row | {"messages": "{}", "response": "", "input": 12, "metadata": inner, "messages_n": "2"}
        for row in requests(2)
    ]
    for ending in ("csv", "jsonl"):
        loaded = read([write(tmp_path / f"log.{ending}", rows)], now=NOW)
        assert loaded.rows == 2
        assert "could hold text, and are empty in all rows" in loaded.notes[0]
