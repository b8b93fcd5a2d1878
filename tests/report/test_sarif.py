"""Verdicts as SARIF: the rules of the standard, and those of the code host that reads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from assay.core.errors import StoreError
from assay.core.evidence import Verdict
from assay.report.sarif import render, write


def run_of(verdict: Verdict, artifact: str = "") -> dict[str, Any]:
    log = json.loads(render(verdict, artifact=artifact))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    found: dict[str, Any] = run
    return found


@pytest.mark.parametrize("name", ["flagged", "undecided", "served", "hostile"])
def test_keeps_the_rules_of_the_standard(name: str, request: pytest.FixtureRequest) -> None:
    run = run_of(request.getfixturevalue(name))
    rules = run["tool"]["driver"]["rules"]
    ids = [rule["id"] for rule in rules]
    assert len(ids) == len(set(ids))
    for rule in rules:
        assert rule["help"]["text"]
        assert rule["shortDescription"]["text"].endswith(".")
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        # 3.27.10: a result that is no failure has no level.
        assert (result["kind"] == "fail") == (result["level"] != "none")
        (where,) = result["locations"]
        uri = where["physicalLocation"]["artifactLocation"]["uri"]
        parts = urlsplit(uri)
        assert (parts.scheme, parts.netloc) == ("", "")
        assert uri.isascii()
        assert " " not in uri
        (mark,) = result["partialFingerprints"].values()
        assert len(mark) == 64
    marks = [r["partialFingerprints"]["assayClaim/v1"] for r in run["results"]]
    assert len(marks) == len(set(marks))


def test_totals_are_errors_and_items_are_warnings(flagged: Verdict) -> None:
    found = run_of(flagged)["results"]
    assert [r["level"] for r in found] == ["error"] + ["warning"] * len(flagged.flags)
    assert "e-value 1,531, 200 needed at error rate 1 %" in found[0]["message"]["text"]
    assert found[1]["locations"][0]["logicalLocations"] == [
        {"name": "HumanEval/0", "kind": "object"}
    ]


def test_undecided_is_open(undecided: Verdict) -> None:
    run = run_of(undecided, "data/my bench.jsonl")
    (result,) = run["results"]
    assert (result["kind"], result["level"]) == ("open", "none")
    place = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert place == "data/my%20bench.jsonl"
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"] == "canary: the benchmark carries no canary"


def test_the_claim_by_id_is_worded_as_that(served: Verdict) -> None:
    run = run_of(served)
    assert run["results"][0]["ruleId"] == "assay/ids"
    assert "the public source is enough for that" in run["results"][0]["message"]["text"]
    assert run["properties"]["cost"]["nanodollars"] == 1_234_500_000
    assert run["properties"]["modelNotes"] == list(served.model_notes)
    assert run["invocations"][0]["executionSuccessful"] is False  # the model changed


def test_the_same_claim_has_the_same_fingerprint(flagged: Verdict) -> None:
    later = flagged.model_copy(update={"seed": 7, "headline": "worded anew"})
    marks = [
        [r["partialFingerprints"] for r in run_of(verdict)["results"]]
        for verdict in (flagged, later)
    ]
    assert marks[0] == marks[1]


def test_hostile_text_is_short_harmless_text(hostile: Verdict) -> None:
    text = render(hostile)
    assert len(text) < 200_000
    assert not set("\x1b\u202e\x00\x07") & set(text)
    for result in json.loads(text)["runs"][0]["results"]:
        words = result["message"]["text"]
        # Unescaped brackets would make a link, braces a placeholder (3.11.5, 3.11.6).
        bare = words.replace("\\\\", "").replace("\\[", "").replace("\\]", "")
        assert not set("[]") & set(bare)


def test_written_whole_or_not_at_all(flagged: Verdict, tmp_path: Path) -> None:
    assert write(flagged, tmp_path / "a.sarif").read_text("utf-8") == render(flagged)
    with pytest.raises(StoreError, match="no-such-folder"):
        write(flagged, tmp_path / "no-such-folder" / "a.sarif")
