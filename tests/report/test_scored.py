"""The reported score against the corrected one, in the terminal, on a page, in a notebook."""

from __future__ import annotations

import io
import re

import pytest
from rich.cells import cell_len
from rich.console import Console
from tests.report.conftest import CLEAN, HOSTILE, REPORTED, share
from tests.report.reading import loads_nothing, read

from assay.core.evidence import CorrectedScore, Verdict
from assay.report.html import render
from assay.report.notebook import verdict_html
from assay.report.scored import lines
from assay.report.terminal import show


@pytest.fixture
def bounded() -> CorrectedScore:
    return CorrectedScore(
        reported=REPORTED,
        items=164,
        method="bounds",
        low=0.0,
        high=0.55,
        rests_on=("memory costs no right answer",),
        why_not=("no scores of sealed siblings were given (--sibling-scores FILE)",),
        digest="cd" * 32,
    )


def scored(verdict: Verdict, score: CorrectedScore) -> Verdict:
    return verdict.model_copy(update={"score": score})


def shown(verdict: Verdict, encoding: str) -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    show(verdict, Console(file=stream, width=80, color_system=None, legacy_windows=False))
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_in_the_terminal(
    flagged: Verdict, corrected: CorrectedScore, bounded: CorrectedScore, encoding: str
) -> None:
    text = shown(scored(flagged, corrected), encoding)
    assert max(cell_len(line) for line in text.splitlines()) <= 80
    words = " ".join(text.split())
    for said in ("62.0 %", "41.0 % 35.2 % to 46.9 %", "+21.0 +12.7 to +28.8", "lots decided"):
        assert said in words
    other = " ".join(shown(scored(flagged, bounded), encoding).split())
    assert "0 to 55.0 %" in other
    assert "stronger, but not here: no scores of sealed siblings" in other
    assert "Score" not in shown(flagged, encoding)


def test_bars_are_as_long_as_they_say(corrected: CorrectedScore) -> None:
    ends = {name: span for name, _, span, _, _ in lines(corrected)}
    assert ends == {
        "reported": (0.0, REPORTED), "corrected": (0.0, CLEAN), "inflation": (CLEAN, REPORTED),
    }  # fmt: skip


def test_on_a_page(flagged: Verdict, corrected: CorrectedScore, bounded: CorrectedScore) -> None:
    page = render(scored(flagged, corrected))
    assert loads_nothing(page)
    words = "".join(read(page).words)
    for said in ("The score, reported and on clean items", "corrected score", "41.0 %",
                 "35.2 % to 46.9 %", "+12.7 to +28.8", "lots decided", "ab" * 32):  # fmt: skip
        assert said in words
    bars = re.findall(r'<rect class="(for|sum|flags)" x="([\d.]+)%" width="([\d.]+)%"', page)
    drawn = {kind: (float(x), float(width)) for kind, x, width in bars[:3]}
    assert drawn == {"for": (0, 62), "sum": (0, 41), "flags": (41, 21)}
    other = "".join(read(render(scored(flagged, bounded))).words)
    for said in ("clean score, at most", "0 to 55.0 %", "Nothing identifies the clean score",
                 "no scores of sealed siblings were given"):  # fmt: skip
        assert said in other
    assert "reported and on clean items" not in render(flagged)


def test_a_doubtful_inflation_is_not_red(flagged: Verdict, corrected: CorrectedScore) -> None:
    doubtful = corrected.model_copy(update={"inflation": share(0.21, -0.02, 0.44)})
    page = render(scored(flagged, doubtful))
    assert re.search(r'<rect class="alone" x="41\.00%" width="21\.00%"', page)


def test_hostile_reasons_are_text(flagged: Verdict, bounded: CorrectedScore) -> None:
    bad = bounded.model_copy(
        update={"why_not": (HOSTILE,), "rests_on": (HOSTILE,), "digest": HOSTILE}
    )
    page = render(scored(flagged, bad))
    assert "<script" not in page
    assert loads_nothing(page)
    assert not set("\x1b\u202e") & set(page)
    assert "\x1b" not in shown(scored(flagged, bad), "utf-8")


def test_in_a_notebook(flagged: Verdict, corrected: CorrectedScore) -> None:
    box = verdict_html(scored(flagged, corrected))
    assert "corrected score" in box
    assert "41.0 % (reported 62.0 %; 35.2 % to 46.9 %, by siblings)" in box
    assert "corrected score" not in verdict_html(flagged)
