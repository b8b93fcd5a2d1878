"""Verdicts as JUnit XML: read back by a parser, held to the rules that CI servers check."""

from __future__ import annotations

import string
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from assay.core.errors import StoreError
from assay.core.evidence import Status, Verdict
from assay.report.junit import render, write

CHILDREN = {
    "testsuites": ["testsuite"],
    "testsuite": ["properties", "testcase", "system-out", "system-err"],
    "properties": ["property"],
    "testcase": ["skipped", "error", "failure", "system-out", "system-err"],
}
"""In this order, as the schema of Jenkins' plugin has it."""
ATTRIBUTES = {
    "testsuites": {"name", "time", "tests", "failures", "disabled", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "time", "disabled", "skipped",
                  "timestamp", "hostname", "id", "package"},
    "property": {"name", "value"},
    "testcase": {"name", "classname", "time", "assertions", "status"},
    "failure": {"message", "type"},
    "skipped": {"message"},
    "properties": set(), "system-out": set(),
}  # fmt: skip


def parsed(text: str) -> ET.Element:
    root = ET.fromstring(text.encode())  # noqa: S314 - what we wrote ourselves
    for element in root.iter():
        assert set(element.attrib) <= ATTRIBUTES[element.tag]
        order = [CHILDREN[element.tag].index(child.tag) for child in element]
        assert order == sorted(order)
    return root


@pytest.mark.parametrize("name", ["flagged", "undecided", "served", "hostile"])
@pytest.mark.parametrize("failing", [(), tuple(Status), (Status.FLAGGED,)])
def test_is_what_ci_servers_read(
    name: str, failing: tuple[Status, ...], request: pytest.FixtureRequest
) -> None:
    root = parsed(render(request.getfixturevalue(name), failing=failing))
    (suite,) = root
    cases = suite.findall("testcase")
    for key, tag in (("failures", "failure"), ("skipped", "skipped")):
        assert int(suite.attrib[key]) == sum(case.find(tag) is not None for case in cases)
    assert int(suite.attrib["tests"]) == len(cases)
    assert root.attrib["failures"] == suite.attrib["failures"]


def failures(verdict: Verdict, *failing: Status) -> list[str]:
    cases = parsed(render(verdict, failing=failing)).iter("testcase")
    return [case.attrib["name"] for case in cases if case.find("failure") is not None]


def test_fails_for_what_shall_fail(flagged: Verdict, undecided: Verdict) -> None:
    found = failures(flagged, Status.FLAGGED)
    assert found[:2] == ["verdict: flagged", "matched, items seen"]
    assert len(found) == 2 + len(flagged.flags)
    assert failures(flagged) == []
    assert failures(undecided, Status.FLAGGED) == []
    assert failures(undecided, Status.UNDECIDED) == ["verdict: undecided"]


def test_undecided_is_no_pass(undecided: Verdict) -> None:
    (suite,) = parsed(render(undecided))
    first = suite.find("testcase")
    assert first is not None
    assert first.find("skipped") is not None


def test_money_notes_and_topics_are_in_it(served: Verdict) -> None:
    text = render(served)
    for words in ("$1.24", "1234500000", "some-model-2026-01-01", "model changed",
                  "texts known by id", "the public source is enough for that"):  # fmt: skip
        assert words in text


def test_hostile_text_is_short_harmless_text(hostile: Verdict) -> None:
    text = render(hostile)
    assert len(text) < 200_000
    allowed = set(string.printable) - set("\x0b\x0c\r")
    assert all(c in allowed or (c.isprintable() and ord(c) < 0xFFFE) for c in text)
    assert "<script" not in text


def test_written_whole_or_not_at_all(flagged: Verdict, tmp_path: Path) -> None:
    assert write(flagged, tmp_path / "a.xml").read_text("utf-8") == render(flagged)
    with pytest.raises(StoreError, match="no-such-folder"):
        write(flagged, tmp_path / "no-such-folder" / "a.xml")
