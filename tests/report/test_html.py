"""The report: one file that loads nothing, holds every number, and cannot be written into."""

from __future__ import annotations

import os
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import pytest

from assay.core.errors import StoreError
from assay.core.evidence import Abstention, Finding, Verdict
from assay.report import charts
from assay.report.html import render, write

VOID = {"meta", "br", "path", "line", "rect", "circle"}


class Reader(HTMLParser):
    """Collects tags, attributes and text, and whether every tag is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag that opens."""
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag without content."""
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        """Insist that the innermost open tag closes."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.words.append(data)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


@pytest.mark.parametrize("name", ["flagged", "undecided", "hostile"])
def test_loads_nothing_and_runs_nothing(
    name: str, request: pytest.FixtureRequest, findings: tuple[Finding, ...]
) -> None:
    page = render(request.getfixturevalue(name), findings)
    seen = read(page)
    assert not {"script", "link", "iframe", "object", "embed", "img", "form"} & set(seen.tags)
    names = {attribute for attribute, _ in seen.attributes}
    assert not {"src", "href", "xlink:href", "action", "srcset"} & names
    assert not {attribute for attribute in names if attribute.startswith("on")}
    assert "url(" not in page
    assert "@import" not in page
    assert "http" not in page.replace('http-equiv="Content-Security-Policy"', "")
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'; img-src data:") in (
        seen.attributes
    )


def test_hostile_text_is_text(
    hostile: Verdict, findings: tuple[Finding, ...], roles: dict[str, str]
) -> None:
    odd = Finding(instrument="logprob.minkpp", unit='"><script>\x1b\u202e', score=1.0)
    gone = Abstention(instrument="<b>", unit="<i>", reason="</section><script>alert(1)</script>")
    page = render(hostile, (*findings, odd, gone), roles=roles, command="</pre><script>")
    assert "<script" not in page
    assert not set("\x1b\u202e\x07") & set(page)
    seen = read(page)
    assert {"b", "i"} & set(seen.tags) <= {"b"}
    assert "<script>alert('x')</script>" in "".join(seen.words)


def test_every_number_is_in_the_text(flagged: Verdict, findings: tuple[Finding, ...]) -> None:
    words = "".join(read(render(flagged, findings, command="assay examine x")).words)
    for expected in ("1,531", "200", "0.790", "0.710 to 0.860", "1 %", "160,000 tokens",
                     "123456789", "ab" * 32, "cd" * 32, "ef" * 32, "assay examine x",
                     "never flags", "HumanEval/42", "no options", "randomised"):  # fmt: skip
        assert expected in words
    for sentence in (*flagged.why, *flagged.would_change, *flagged.not_shown, flagged.claim):
        assert sentence in words


def test_every_picture_says_in_words_what_it_shows(
    flagged: Verdict, findings: tuple[Finding, ...]
) -> None:
    seen = read(render(flagged, findings))
    pictures = sum(1 for pair in seen.attributes if pair == ("role", "img"))
    labels = [value for name, value in seen.attributes if name == "aria-label"]
    assert pictures > 8
    assert len(labels) >= pictures
    assert any("e-value 1,531; a flag needs 200" in label for label in labels)


def test_scores_are_drawn_by_role_only_where_it_is_known(
    flagged: Verdict, findings: tuple[Finding, ...], roles: dict[str, str]
) -> None:
    assert "82 suspects, 82 controls" in render(flagged, findings, roles=roles)
    assert "164 units" in render(flagged, findings)


def test_abstentions_of_units_are_counted(flagged: Verdict) -> None:
    gone = [
        Abstention(instrument="logprob.loss", unit=str(i), reason="longer than the context window")
        for i in range(7)
    ]
    assert "on 7 units" in "".join(read(render(flagged, gone)).words)


def test_ten_thousand_scores_stay_small(flagged: Verdict) -> None:
    many = [Finding(instrument="logprob.minkpp", unit=str(i), score=i % 97) for i in range(10_000)]
    assert len(render(flagged, many)) < 250_000


@pytest.mark.parametrize("values", [(), (0.0,), (5.0, 5.0), (-1e9, 1e9), (float("inf"), 1.0)])
def test_axes_hold_whatever_there_is(values: Sequence[float]) -> None:
    axis = charts.axis_of(values)
    assert axis.low < axis.high
    assert all(0 <= axis.share(value) <= 1 for value in values)


def test_written_whole_or_not_at_all(flagged: Verdict, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    write(flagged, (), page)
    before = page.read_bytes()
    assert before.decode() == render(flagged)
    assert [one.name for one in tmp_path.iterdir()] == ["report.html"]
    with pytest.raises(StoreError, match="no-such-folder"):
        write(flagged, (), tmp_path / "no-such-folder" / "report.html")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_a_full_disk_leaves_nothing_half_written(flagged: Verdict, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text("the old one", encoding="utf-8")
    # The draft that is written first is a way to the device that is always full.
    (tmp_path / ".report.html.part").symlink_to("/dev/full")
    with pytest.raises(StoreError, match="disk full"):
        write(flagged, (), page)
    assert page.read_text(encoding="utf-8") == "the old one"
    assert os.listdir(tmp_path) == ["report.html"]  # noqa: PTH208 - hidden files count
