"""Logs of our own form, whole and broken: what comes in, and what is put aside."""

from __future__ import annotations

import io
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.traffic.logs import NOW, START, column, parquet, requests, write

from assay.core.errors import BadFormat, UnknownName, UsageError
from assay.traffic.load import Loaded, read
from assay.traffic.schema import COLUMNS
from assay.traffic.schema import column as of_schema


def reasons(loaded: Loaded) -> dict[str, int]:
    return {one.reason: one.count for one in loaded.quarantine}


@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl", "json", "arrows"])
def test_every_form_says_the_same(tmp_path: Path, ending: str) -> None:
    rows = requests(6)
    loaded = read([write(tmp_path / f"log.{ending}", rows)], now=NOW)
    assert loaded.rows == 6
    assert loaded.present == frozenset(rows[0])
    assert loaded.quarantine == ()
    for name in rows[0]:
        assert column(loaded, name) == [row[name] for row in rows]
    kinds = [str(kind) for kind in loaded.requests.table("requests").types]
    assert len(kinds) == len(COLUMNS)
    assert set(kinds) == {"VARCHAR", "TIMESTAMP", "BIGINT", "DOUBLE", "BOOLEAN", "UBIGINT[]"}


def test_names_of_opentelemetry_are_known(tmp_path: Path) -> None:
    rows = [{of_schema(k).otel: v for k, v in row.items()} for row in requests(2)]
    for ending in ("parquet", "csv"):
        loaded = read([write(tmp_path / f"log.{ending}", rows)], now=NOW)
        assert loaded.rows == 2
        assert column(loaded, "input_tokens") == [10, 10]


def test_a_stream_comes_from_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = write(tmp_path / "log.arrows", requests(7)).read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert read(["-"], now=NOW).rows == 7
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data[:-300])))
    with pytest.raises(BadFormat, match="-: can not be read"):
        read(["-"], now=NOW)


def test_many_files_are_one_log(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", requests(2, account="a" * 32))
    write(tmp_path / "b.parquet", [row | {"request": "b"} for row in requests(1, tier="pro")])
    write(tmp_path / "c.csv", [row | {"request": "c"} for row in requests(1)])
    (tmp_path / "README.md").write_text("not a log")
    loaded = read([tmp_path], now=NOW)
    assert loaded.rows == 4
    assert sorted(tier or "" for tier in column(loaded, "tier")) == ["", "", "", "pro"]


def test_a_file_name_is_a_name_and_no_pattern(tmp_path: Path) -> None:
    write(tmp_path / "log1.parquet", requests(5))
    odd = write(tmp_path / "log[1]*?'; DROP TABLE usage; --.parquet", requests(2))
    assert read([odd], now=NOW).rows == 2
    assert read([write(tmp_path / "l[1]*.csv", requests(3))], now=NOW).rows == 3


def test_a_column_name_is_a_name_and_no_command(tmp_path: Path) -> None:
    evil = 'x"; DROP TABLE usage; --'
    for ending in ("csv", "jsonl", "parquet"):
        loaded = read([write(tmp_path / f"l.{ending}", requests(2, **{evil: "y"}))], now=NOW)
        assert loaded.rows == 2
        assert loaded.requests.table("usage").fetchall() == []


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"account": None}, "no account"),
    ({"account": ""}, "no account"),
    ({"model": None}, "no model"),
    ({"time": None}, "no time"),
    ({"time": "yesterday"}, "unreadable time"),
    ({"time": "2031-01-01 00:00:00"}, "time in the future"),
    ({"time": "1970-01-01 00:00:00"}, "time long before the rest"),
    ({"time": "infinity"}, "time in the future"),
    ({"input_tokens": -1}, "negative input_tokens"),
    ({"output_tokens": 10**9}, "over 100,000,000 output_tokens"),
    ({"output_tokens": "many"}, "unreadable output_tokens"),
    ({"output_tokens": "12.7"}, "unreadable output_tokens"),
    ({"output_tokens": "NaN"}, "unreadable output_tokens"),
    ({"temperature": "NaN"}, "temperature is no number"),
    ({"duration": "-3"}, "negative duration"),
    ({"stream": "perhaps"}, "unreadable stream"),
    ({"blocks": "[1, x]"}, "unreadable blocks"),
    ({"tier": "x" * 1_000_000}, "unreadable tier"),
    ({"email": "someone@example.org"}, "unreadable email"),
    ({"session": "y" * 300}, "unreadable session"),
]


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_what_can_not_be_true_is_put_aside_and_counted(tmp_path: Path, ending: str) -> None:
    """All faults in one log: each is counted once, under its reason, with a place."""
    names = {name for fault, _ in FAULTS for name in fault}
    good = [dict.fromkeys(names) | row for row in requests(200)]
    bad = [good[0] | {"request": f"bad{i}"} | fault for i, (fault, _) in enumerate(FAULTS)]
    loaded = read([write(tmp_path / f"log.{ending}", good + bad)], now=NOW)
    assert loaded.rows == 200
    expected: dict[str, int] = {}
    for _, reason in FAULTS:
        expected[reason] = expected.get(reason, 0) + 1
    assert reasons(loaded) == expected
    places = {one.reason: one.example_place for one in loaded.quarantine}
    assert places["no model"] == f"{tmp_path}/log.{ending}:203"
    counts = [one.count for one in loaded.quarantine]
    assert counts == sorted(counts, reverse=True)


def test_types_of_parquet_that_are_wrong_are_put_aside_too(tmp_path: Path) -> None:
    rows = requests(3, temperature=float("nan")) + requests(2, temperature=1.0)
    for i, row in enumerate(rows):
        row["request"] = str(i)
    loaded = read([write(tmp_path / "log.parquet", rows)], now=NOW)
    assert (loaded.rows, reasons(loaded)) == (2, {"temperature is no number": 3})


def test_a_request_told_twice_counts_once(tmp_path: Path) -> None:
    rows = requests(5)
    later = rows[1] | {"time": START + timedelta(hours=1), "model": "m-2"}
    nameless = [row | {"request": None} for row in requests(2)]
    for ending in ("parquet", "csv"):
        log = write(tmp_path / f"log.{ending}", [*rows, later, rows[3], *nameless])
        loaded = read([log], now=NOW)
        assert loaded.rows == 7
        assert loaded.requests.table("requests").count("*").fetchone() == (7,)
        assert reasons(loaded) == {"seen before, by its request": 2}
        assert loaded.quarantine[0].example_place == f"{log}:6"
        assert set(column(loaded, "model")) == {"m-1"}  # the earlier one stayed


def test_days_out_of_order_are_used_and_said(tmp_path: Path) -> None:
    rows = requests(6)
    for row, day in zip(rows, (3, 1, 2, 2, 1, 4), strict=True):
        row["time"] = datetime.fromisoformat(f"2026-05-0{day}")
    for ending in ("parquet", "csv"):
        loaded = read([write(tmp_path / f"log.{ending}", rows)], now=NOW)
        assert loaded.rows == 6
        assert loaded.notes == (
            "2 rows are of an earlier day than the row before them, and were used",
        )


def test_offsets_are_honoured(tmp_path: Path) -> None:
    times = [
        "2026-05-01T12:00:00+02:00", "2026-05-01T10:00:00Z", "2026-05-01 10:00:00",
        "2026-05-01 03:00:00-07", "2026-05-01T10:00:00.000000", "2026-05-01T15:30:00+0530",
    ]  # fmt: skip
    rows = [row | {"time": time} for row, time in zip(requests(6), times, strict=True)]
    loaded = read([write(tmp_path / "log.csv", rows)], now=NOW)
    assert column(loaded, "time") == [START] * 6
    date = [row | {"time": "2026-05-01"} for row in requests(1)]
    assert column(read([write(tmp_path / "day.csv", date)], now=NOW), "time") == [
        datetime.fromisoformat("2026-05-01")
    ]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("empty.csv", b"", "is empty"),
        ("header.csv", b"time,account,model\n", "holds no rows"),
        ("empty.jsonl", b"", "holds no rows"),
        ("empty.parquet", b"", "can not be read"),
        ("bad.parquet", b"PAR1 and nothing else", "can not be read"),
        ("latin.csv", b"time,account,model\n2026-05-01,\xe9\xe9,m\n", "can not be read"),
        ("latin.jsonl", b'{"time":"2026-05-01","account":"\xe9","model":"m"}', "can not be read"),
        ("cut.jsonl", b'{"time":"2026-05-01","account":"a","model":"m"}\n{"time"', "can not"),
        ("ragged.csv", b"time,account,model\n2026-05-01,a,m\n2026-05-01,a\n", "can not be read"),
        ("long.csv", b"time,account,model\n2026-05-01,a,m,x\n", "can not be read"),
        ("quote.csv", b'time,account,model\n2026-05-01,"a,m\n', "can not be read"),
        ("twins.csv", b"time,account,model,Model\n2026-05-01,a,m,n\n", "but for upper case"),
        ("list.jsonl", b"[1, 2]\n3\n", "holds no rows"),
        ("mixed.jsonl", b'{"time":"2026-05-01","account":"a","model":"m"}\n3\n', "can not be"),
        ("other.csv", b"when,who\n1,2\n", "of no known form"),
        ("log.txt", b"time", "its name does not say"),
        ("bad.arrows", b"nothing", "can not be read"),
        ("none.csv", b"time,account,model\n,a,m\n,b,m\n", "none of 2 rows can be used: no time"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(BadFormat, match=said) as caught:
        read([tmp_path / name], now=NOW)
    assert caught.value.path == str(tmp_path / name)


def test_a_truncated_parquet_file_is_named(tmp_path: Path) -> None:
    whole = write(tmp_path / "log.parquet", requests(50)).read_bytes()
    (tmp_path / "cut.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadFormat, match=r"cut\.parquet: can not be read"):
        read([tmp_path / "log.parquet", tmp_path / "cut.parquet"], now=NOW)
    torn = bytearray(whole)
    torn[100:160] = b"\xff" * 60  # the pages, not the footer
    (tmp_path / "torn.parquet").write_bytes(torn)
    with pytest.raises(BadFormat, match="can not be read"):
        read([tmp_path / "torn.parquet"], now=NOW)


def test_an_arrow_file_is_read_as_a_stream_is(tmp_path: Path) -> None:
    table = pa.Table.from_pylist([{"time": START, "account": "a", "model": "m"}])
    path = str(tmp_path / "l.arrow")
    with pa.OSFile(path, "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    assert read([tmp_path / "l.arrow"], now=NOW).rows == 1


def test_names_that_were_not_hashed_are_hashed(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("k" * 32)
    for ending in ("parquet", "csv"):
        rows = requests(2, prefix="10.1.2.3", agent="curl/8.1 (x)", payment="0a" * 16)
        rows[1] |= {"prefix": "10.1.2.200", "account": "who@example.org"}
        loaded = read([write(tmp_path / f"l.{ending}", rows)], key=key, now=NOW)
        assert "'account', 'prefix', 'agent' held plain values, which were hashed" in str(
            loaded.notes
        )
        prefixes = column(loaded, "prefix")
        assert prefixes[0] == prefixes[1]  # both lie in 10.1.2.0/24
        assert column(loaded, "payment") == ["0a" * 16] * 2
        said = str(loaded.requests.table("requests").fetchall())
        assert not any(plain in said for plain in ("10.1.2", "curl", "example"))
        tables = {name for (name,) in loaded.requests.sql("SHOW TABLES").fetchall()}
        assert tables <= {"requests", "usage", "repeated"}


def test_the_same_key_gives_the_same_hash(tmp_path: Path) -> None:
    key, log = tmp_path / "key", write(tmp_path / "l.csv", requests(1, account="a b"))
    key.write_text("k" * 32)
    one, two = (column(read([log], key=key, now=NOW), "account") for _ in range(2))
    other = read([log], now=NOW)
    assert one == two != column(other, "account")
    assert "random key" in other.notes[-1]
    key.write_text("short")
    with pytest.raises(BadFormat, match="5 bytes, which can be guessed"):
        read([log], key=key, now=NOW)


def test_epochs_of_prompt_hashes_are_told_apart(tmp_path: Path) -> None:
    rows = [row | {"assay.prompt.epoch": f"w{i % 2}"} for i, row in enumerate(requests(4))]
    loaded = read([write(tmp_path / "l.parquet", rows)], now=NOW)
    assert "of 2 epochs" in loaded.notes[0]


def test_parquet_stays_in_its_file(tmp_path: Path) -> None:
    log = parquet(
        tmp_path / "l.parquet",
        "SELECT TIMESTAMP '2026-05-01' + INTERVAL (i) SECOND AS time, "
        "md5((i % 100)::VARCHAR) AS account, 'm' AS model, i % 7 AS input_tokens "
        "FROM range(20000) t(i)",
    )
    loaded = read([log], now=NOW)
    assert loaded.rows == 20_000
    (view,) = loaded.requests.sql(
        "SELECT view_name FROM duckdb_views() WHERE NOT internal"
    ).fetchall()
    assert view == ("requests",)


def test_what_is_asked_for_must_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no log is named"):
        read([])
    with pytest.raises(UsageError, match="no such file"):
        read([tmp_path / "none.csv"])
    with pytest.raises(UnknownName, match="Did you mean 'litellm'"):
        read([write(tmp_path / "l.csv", requests(1))], form="liteLM")
    (tmp_path / "folder").mkdir()
    with pytest.raises(BadFormat, match="holds no logs"):
        read([tmp_path / "folder"])
