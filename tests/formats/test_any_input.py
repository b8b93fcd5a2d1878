"""Whatever the bytes: checked items, or an error that the user can mend. Never a traceback."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import UsageError
from assay.core.item import Benchmark
from assay.formats.benchmarks import open_benchmark
from assay.formats.layout import FIELDS

ENDINGS = [".jsonl", ".jsonl.gz", ".json", ".csv", ".csv.gz"]
COLUMNS = [
    *FIELDS,
    *("date", "question", "choices", "answerKey", "A", "B", "C", "subject"),
    *("task_id", "prompt", "canonical_solution", "created_at", "repo"),
    *("instance_id", "problem_statement", "patch"),
]
ATOM = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from("ABC")
VALUE = st.recursive(
    ATOM, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
LABELLED = st.fixed_dictionaries({"text": VALUE, "label": VALUE})
ROW = st.dictionaries(st.sampled_from(COLUMNS), VALUE | LABELLED, max_size=8)


def opened(content: bytes, ending: str, fields: dict[str, str] | None = None) -> Benchmark | str:
    """Open the bytes as a file; return its refusal in words where there is one."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"b{ending}"
        path.write_bytes(content)
        try:
            return open_benchmark(str(path), fields=fields)
        except UsageError as error:
            return str(error)


@pytest.mark.parametrize("ending", [*ENDINGS, ".parquet"])
@given(content=st.binary())
def test_any_bytes(ending: str, content: bytes) -> None:
    assert opened(content, ending)


@pytest.mark.parametrize("ending", ENDINGS)
@given(content=st.text('{}[]":,01eE-.\\u \n\r"d8a', max_size=40))
def test_what_looks_like_text(ending: str, content: str) -> None:
    raw = content.encode("utf-8")
    assert opened(gzip.compress(raw) if ending.endswith(".gz") else raw, ending)


@given(
    rows=st.lists(ROW, min_size=1, max_size=3),
    fields=st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(COLUMNS), max_size=3),
)
def test_any_rows(rows: list[dict[str, object]], fields: dict[str, str]) -> None:
    content = json.dumps(rows).encode("utf-8")
    result = opened(content, ".json", fields)
    assert result
    if isinstance(result, str):
        assert "\n  next: " in result
        assert result.replace("\n", "").isprintable()
    else:
        assert result.digest
