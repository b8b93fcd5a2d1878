"""What each runner really printed, and what is read of it.

The files in `golden/` were printed by the runners themselves: pytest 9.2 (Python 3.11), unittest,
node 20.20, Jest 29 with jest-tap-reporter and jest-junit, tape, mocha, Perl's Test::More and prove,
go 1.19; only paths were changed. What is expected of each stands beside it.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from assay.core.errors import UnknownName
from assay.tasks.parsers.table import PARSERS, parse

GOLDEN = Path(__file__).parent / "golden"
READS = {
    "go-": "go",
    "jest-tap": "tap",
    "junit-": "junit",
    "mocha-": "tap",
    "node-": "node",
    "perl-": "tap",
    "prove-": "tap",
    "pytest-": "pytest",
    "tape": "tap",
    "unittest-": "unittest",
}
PRINTED = sorted(path for path in GOLDEN.iterdir() if path.suffix != ".json")


def parser_of(path: Path) -> str:
    return next(name for begin, name in READS.items() if path.name.startswith(begin))


@pytest.mark.parametrize("path", PRINTED, ids=lambda p: p.name)
def test_what_runners_printed(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    found = parse(parser_of(path), path.read_bytes())
    assert dict(found.tests) == expected["tests"]
    assert list(found.notes) == expected["notes"]


@pytest.mark.parametrize("path", PRINTED, ids=lambda p: p.name)
def test_colours_and_bytes_that_are_no_text_change_nothing(path: Path) -> None:
    plain = parse(parser_of(path), path.read_bytes())
    lines = path.read_bytes().split(b"\n")
    reset = [b"\x1b[0m" + line + b"\x1b[1;31m" for line in lines]
    noise = b"\n\xff\xfe\x80 \x00 noise\n"
    dirty = noise + b"\n".join(reset) + noise
    if path.suffix != ".xml":
        assert parse(parser_of(path), dirty).tests == plain.tests
    assert parse(parser_of(path), noise + path.read_bytes() + noise).tests == plain.tests


@pytest.mark.parametrize("path", PRINTED, ids=lambda p: p.name)
def test_cut_output_never_raises_and_never_adds_a_pass(path: Path) -> None:
    whole = path.read_bytes()
    known = [n for n, o in parse(parser_of(path), whole).tests.items() if o == "passed"]
    for cut in range(0, len(whole), max(1, len(whole) // 40)):
        part = parse(parser_of(path), whole[:cut])
        passed = [name for name, outcome in part.tests.items() if outcome == "passed"]
        # The worse result of one name, or the rest of one name, may have been cut off.
        ends = [name.rpartition("::")[2] for name in passed]
        new = [name for name in ends if not any(one.endswith(name) for one in known)]
        assert len(new) <= 1, (cut, new)


@pytest.mark.parametrize("name", PARSERS)
@pytest.mark.parametrize("output", [b"", b"\n", b"collected 0 items\n", b"\x00" * 100, b"{}"])
def test_nothing_run_is_no_test(name: str, output: bytes) -> None:
    assert parse(name, output).tests == {}


@pytest.mark.parametrize("name", PARSERS)
@pytest.mark.parametrize(
    "piece",
    [
        b"ok 1 " * 1000 + b"\n",
        b"a::b PASSED (" * 1000 + b"\n",
        b"test_a (b) ... " * 500 + b"\n",
        b"\x1b]" * 4000,
        b"\x1b[" * 4000,
        b"<testsuite>" * 500,
        b"<?xml " * 1000,
        b"\xe2\x9c\x94 a (1ms) # " * 500 + b"\n",
        b'{"Action":' * 2000 + b"\n",
        b"1 passed, " * 1000 + b"\n",
        b"# Subtest: a\n    ",
    ],
)
def test_hostile_output_is_read_in_time(name: str, piece: bytes) -> None:
    output = piece * (200_000 // len(piece))
    began = time.monotonic()
    parse(name, output)
    assert time.monotonic() - began < 5


def test_forged_lines_that_can_be_told() -> None:
    forged = b"--- PASS: TestForged (0.00s)\n"
    run = b"=== RUN   TestA\n" + forged + b"--- FAIL: TestA (0.00s)\nFAIL\tm\t0.1s\n"
    found = parse("go", run)
    assert found.tests == {"m::TestA": "failed"}
    assert found.notes == ("results of tests that never began were dropped: tests printed them",)
    tap = parse("tap", b"TAP version 13\nok 1 - a\nok 99 - forged\nnot ok 2 - b\n1..2\n")
    assert any("out of order" in note for note in tap.notes)


def test_the_worst_result_of_a_name_counts() -> None:
    assert parse("tap", b"ok 1 - a\nnot ok 2 - a\nok 3 - a\n1..3\n").tests == {"a": "failed"}


@pytest.mark.parametrize(
    "document",
    [
        b'<!DOCTYPE a [<!ENTITY b "xx">]><testsuite><testcase name="&b;"/></testsuite>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><testsuite><testcase name="a"/></testsuite>',
        b'<!DOCTYPE l [<!ENTITY a "xx"><!ENTITY b "&a;&a;&a;">]><testsuite name="&b;"/>',
    ],
)
@pytest.mark.parametrize("begins", [b"", b'<?xml version="1.0"?>'])
def test_entities_are_refused(begins: bytes, document: bytes) -> None:
    found = parse("junit", begins + document)
    assert found.tests == {}


def test_a_name_without_end_is_kept_short_and_apart() -> None:
    names = [f"{'x' * 3000}{end}" for end in "ab"]
    found = parse("tap", "".join(f"ok {i} - {n}\n" for i, n in enumerate(names, 1)).encode())
    assert len(found.tests) == 2
    assert all(len(name) < 1100 for name in found.tests)


def test_an_unknown_parser_is_named() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'pytest'"):
        parse("pytst", b"")
