"""A scan shown: the same record in the terminal and as pages, and nothing in it can do harm."""

from __future__ import annotations

import re
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from rich.console import Console
from tests.report.scans import HOSTILE, campaign, scan

from assay.core.cases import Scan
from assay.core.evidence import Status
from assay.report.casefile import case_page, index_page, write
from assay.report.graph import MOST, linkage
from assay.report.scanned import base_rate, show


def printed(record: Scan, *, encoding: str = "utf-8") -> str:
    raw = BytesIO()
    out = TextIOWrapper(raw, encoding=encoding)
    show(record, Console(file=out, width=100))
    out.flush()
    return raw.getvalue().decode(encoding)


def test_terminal_says_what_was_read_tested_left_out_and_found() -> None:
    said = printed(scan(campaign(), campaign(flagged=False)))
    flat = " ".join(said.split())
    assert max(map(len, said.splitlines())) <= 80
    for words in (
        "251,043 of 1,330 accounts", "12 negative tokens, as log.csv, row 9",
        "abstains: 19 clusters are known to be honest", "CAMPAIGN cluster-0123456789ab",
        "e 1,900 of 1,200 needed; could reach 2,401", "gray zone: distillation or evaluation",
        "of 100 such alerts about 31 are innocent (4 to 82)", "transcripts that were bought",
    ):  # fmt: skip
        assert words in flat


def test_base_rate_stands_beside_every_flagged_case() -> None:
    first, second = campaign(), campaign(flagged=False)
    for record in (scan(first), scan(first, second)):
        assert printed(record).count("of 100 such alerts about") >= 2


def test_nothing_flagged_never_reads_as_clean() -> None:
    said = " ".join(printed(scan(status=Status.CLEAN)).split())
    assert "It does not say clean" in said
    assert "\u2714" not in said
    assert "TESTED, NOT FLAGGED" in index_page(scan(status=Status.CLEAN))


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_hostile_names_move_nothing_in_a_terminal(encoding: str) -> None:
    said = printed(scan(campaign(hostile=True), hostile=True), encoding=encoding)
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert encoding == "utf-8" or said.isascii()


def test_hostile_names_are_text_on_pages() -> None:
    record = scan(campaign(hostile=True), hostile=True)
    for page in (index_page(record), case_page(record, record.cases[0])):
        assert "<script" not in page
        assert "\x1b" not in page
        assert "\u202e" not in page
    assert "&lt;script&gt;" in case_page(record, record.cases[0])
    assert HOSTILE not in case_page(record, record.cases[0])


def test_pages_load_nothing_and_hold_the_case(tmp_path: Path) -> None:
    record = scan(campaign(), campaign(flagged=False, size=5))
    index = write(record, tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {
        "index.html", "scan.json", "cluster-0123456789ab.html", "cluster-ba9876543210.html"
    }  # fmt: skip
    assert Scan.model_validate_json((tmp_path / "scan.json").read_bytes()) == record
    for page in (index, tmp_path / "cluster-0123456789ab.html"):
        text = page.read_text(encoding="utf-8")
        assert not re.search(r'(src|href)="(?!index\.html|cluster-)', text)
        assert "default-src &#39;none&#39;" in text or "default-src 'none'" in text
    case = (tmp_path / "cluster-0123456789ab.html").read_text(encoding="utf-8")
    for heading in (
        "Timeline", "Evidence, day by day", "What the score rests on", "What holds it together",
        "Innocent explanations that were considered", "What would settle it",
        "What this cannot show", "Accounts",
    ):  # fmt: skip
        assert f">{heading}</h2>" in case


def test_a_large_cluster_is_drawn_in_part_and_said_so() -> None:
    case = campaign(size=300)
    drawn = linkage(case)
    assert drawn is not None
    picture, count = drawn
    assert count == MOST
    assert picture.count("<circle") == MOST
    record = scan(case)
    assert "The picture shows 60 accounts" in case_page(record, case)
    assert "100 more are in scan.json" in case_page(record, case)


def test_without_links_there_is_no_picture() -> None:
    case = campaign().model_copy(update={"ties": ()})
    assert linkage(case) is None
    assert 'class="graph"' not in case_page(scan(case), case)


def test_the_picture_holds_no_chance() -> None:
    assert linkage(campaign()) == linkage(campaign())


def test_unknown_base_rate_is_said() -> None:
    alerts = scan().alerts[0].model_copy(update={"innocent": None})
    assert "it is not known" in base_rate(alerts)


def test_pools_are_questions_that_no_rate_stands_behind() -> None:
    record = scan(campaign(hostile=True), hostile=True)
    said = " ".join(printed(record).split())
    assert "To ask about: 12 pools" in said
    assert "21 accounts; 25 of 29 moves follow a failure" in said
    assert "4 more are in the report" in said
    page = index_page(record)
    assert "and 9 more" in page
    assert "<script>" not in page
    assert "To ask about" not in index_page(record.model_copy(update={"pools": ()}))
