"""Parquet rows become items; a file that is none is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assay.core.errors import BadFormat, UsageError
from assay.core.item import Item
from assay.formats.benchmarks import open_benchmark
from assay.formats.parquet import read_parquet


def write(path: Path, **columns: object) -> Path:
    """Write named columns as a Parquet file."""
    pq.write_table(pa.table(columns), path)
    return path


def test_multiple_choice(tmp_path: Path) -> None:
    path = write(
        tmp_path / "mmlu.parquet",
        question=["1 + 1?", "2 + 2?"],
        subject=["sums", "sums"],
        choices=[["1", "2"], ["4", "5"]],
        answer=pa.array([1, 0]),
    )
    items = open_benchmark(str(path)).items
    assert [item.answer for item in items] == ["2", "4"]
    assert items[0] == Item(
        id="mmlu/0", statement="1 + 1?", options=("1", "2"), answer="2", stratum="sums"
    )


def test_dates(tmp_path: Path) -> None:
    path = write(
        tmp_path / "b.parquet",
        id=[1, 2],
        statement=["a", "b"],
        published=[datetime(2024, 5, 31, 23, tzinfo=UTC), None],
    )
    items = open_benchmark(str(path)).items
    assert [item.published for item in items] == [date(2024, 5, 31), None]


def test_many_batches_keep_order_and_number(tmp_path: Path) -> None:
    path = write(tmp_path / "b.parquet", id=list(range(200)), statement=["a"] * 199 + [" "])
    with pytest.raises(BadFormat, match=r"b\.parquet:200: the statement is empty"):
        open_benchmark(str(path))


@pytest.mark.parametrize(
    ("columns", "what"),
    [
        ({"id": [1], "body": ["a"]}, ":1: field 'statement' is missing; the row has 'id', 'body'"),
        ({"id": [1.0], "statement": ["a"]}, ":1: field 'id' is 1.0, not text"),
        ({"id": ["a", None], "statement": ["a", "b"]}, ":2: field 'id' is missing"),
        ({"id": [1], "statement": [b"a"]}, ":1: field 'statement' is b'a', not text"),
        ({"id": [1, 1], "statement": ["a", "b"]}, ":2: id '1' stands on line 1 already"),
        ({"id": pa.array([], pa.string()), "statement": pa.array([], pa.string())}, ": holds no"),
    ],
)
def test_bad_rows(tmp_path: Path, columns: dict[str, object], what: str) -> None:
    path = write(tmp_path / "b.parquet", **columns)
    with pytest.raises(BadFormat) as caught:
        open_benchmark(str(path))
    assert str(caught.value).startswith(f"{path}{what}")


def test_invalid_utf8(tmp_path: Path) -> None:
    broken = pa.array([b"a", b"\xff"]).cast(pa.binary()).view(pa.string())
    path = write(tmp_path / "b.parquet", id=["1", "2"], statement=broken)
    with pytest.raises(BadFormat, match=r"b\.parquet:2: invalid UTF-8: b'\\xff'"):
        open_benchmark(str(path))


def test_columns_named_twice(tmp_path: Path) -> None:
    path = tmp_path / "b.parquet"
    pq.write_table(pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], ["id", "id"]), path)
    with pytest.raises(BadFormat, match="columns are named twice: 'id'"):
        open_benchmark(str(path))


def test_files_that_are_none(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.parquet", id=["1"], statement=["a"]).read_bytes()
    middle = len(whole) // 2
    for content in (b"", b"id,statement\n", whole[:-1], whole[4:], whole[:middle], b"PAR1" * 9):
        path = tmp_path / "b.parquet"
        path.write_bytes(content)
        with pytest.raises(UsageError) as caught:
            open_benchmark(str(path))
        assert str(caught.value).startswith(f"{path}: is not a readable Parquet file")


def test_a_file_that_expands_too_far(tmp_path: Path) -> None:
    path = write(tmp_path / "b.parquet", statement=["x" * 10_000] * 1000)
    assert path.stat().st_size < 30_000
    with pytest.raises(BadFormat, match="expands to more than 1,000,000 bytes"):
        list(read_parquet(path, total=1_000_000))
