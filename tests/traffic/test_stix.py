"""Indicators: valid STIX 2.1, keyed tokens alone, and they expire."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import stix2
from tests.report.scans import HOSTILE, campaign, scan

from assay.traffic.stix import AMBER, SMALLEST, bundle

NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)


def test_a_reader_of_the_standard_reads_it() -> None:
    made = stix2.parse(bundle(scan(campaign()), now=NOW))
    kinds = [one.type for one in made.objects]
    assert kinds == ["campaign", "indicator", "relationship"]
    assert stix2.TLP_AMBER.id == AMBER
    indicator = made.objects[1]
    assert stix2.pattern_visitor.create_pattern_object(indicator.pattern)
    assert indicator.valid_until == datetime(2026, 4, 8, tzinfo=UTC)
    assert indicator.confidence == 69
    assert f"'{'00' * 8}'" in indicator.pattern


def test_same_scan_same_names() -> None:
    assert bundle(scan(campaign()), now=NOW) == bundle(scan(campaign()), now=NOW)


def test_only_flagged_clusters_of_enough_accounts_leave() -> None:
    small = campaign(size=SMALLEST - 1)
    for cases in ((campaign(flagged=False),), (small,), ()):
        assert "objects" not in json.loads(bundle(scan(*cases), now=NOW))


def test_names_that_are_no_hashes_never_leave() -> None:
    said = bundle(scan(campaign(hostile=True)), now=NOW)
    assert HOSTILE[:8] not in said
    assert [one["type"] for one in json.loads(said)["objects"]] == ["campaign"]


def test_linked_values_never_leave() -> None:
    said = bundle(scan(campaign()), now=NOW)
    assert "payment, place, client" in said
    assert "held by" not in said
