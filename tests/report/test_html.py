"""The report: one file that loads nothing, holds every number, and cannot be written into."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.report.conftest import MEGABYTE
from tests.report.reading import loads_nothing, read

from assay.core.errors import StoreError
from assay.core.evidence import Abstention, Finding, Flag, Verdict
from assay.report import charts
from assay.report.html import render, write


@pytest.mark.parametrize("name", ["flagged", "undecided", "served", "hostile"])
def test_loads_nothing_and_runs_nothing(
    name: str,
    request: pytest.FixtureRequest,
    findings: tuple[Finding, ...],
    answers: tuple[Finding | Abstention, ...],
) -> None:
    assert loads_nothing(render(request.getfixturevalue(name), (*findings, *answers)))


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


def test_servers_that_word_every_failure_anew_do_not_fill_the_page(flagged: Verdict) -> None:
    gone = [
        Abstention(instrument="logprob.loss", unit=str(i), reason=f"request {i} failed")
        for i in range(3000)
    ]
    words = "".join(read(render(flagged, gone)).words)
    assert "2,980 other reasons" in words
    assert "on 2,980 units" in words


def test_many_flags_are_counted(flagged: Verdict) -> None:
    flags = tuple(Flag(unit=f"u{i}", p_value=i / 5000, score=1.0) for i in range(4000))
    page = render(flagged.model_copy(update={"flags": flags}))
    assert "And 3,940 more" in page
    assert len(page) < 100_000


def test_what_was_served_spent_and_claimed_is_said(served: Verdict) -> None:
    words = "".join(read(render(served)).words)
    for expected in ("some-model-2026-01-01", "asked in a chat template", "$1.24",
                     "texts known by id", "the public source is enough for that",
                     "began to answer with another model", "116 left unmeasured",
                     "Γ = 1.83"):  # fmt: skip
        assert expected in words


def test_answers_stand_beside_the_truth(
    flagged: Verdict, answers: tuple[Finding | Abstention, ...]
) -> None:
    verdict = flagged.model_copy(
        update={"flags": (Flag(unit="HumanEval/0", p_value=0.01, score=3.0),)}
    )
    page = render(verdict, answers)
    seen = read(page)
    assert "mark" in seen.tags  # what both texts have in common
    at = page.index("What the model wrote")
    # The flagged item first, though its score is the lowest.
    assert page.index("HumanEval/0", at) < page.index("HumanEval/5", at)
    assert "score 5.000, refused" in page


def test_what_is_held_back_is_not_shown(flagged: Verdict) -> None:
    said = {"said": "a private item", "true": "a private item"}
    one = Finding(instrument="logprob.minkpp", unit="u", score=1.0, role="control", detail=said)
    assert "a private item" not in render(flagged, [one])
    unnamed = one.model_copy(update={"role": ""})
    assert "a private item" not in render(flagged, [unnamed], roles={"u": "control"})


def test_megabytes_become_a_small_harmless_page(
    hostile: Verdict, answers: tuple[Finding | Abstention, ...]
) -> None:
    page = render(hostile, answers, command=MEGABYTE)
    assert len(page) < 250_000
    assert not set("\x1b\u202e\x07\x00") & set(page)
    assert "\u0301" * 3 not in page
    assert {"img", "script"} & set(read(page).tags) == set()


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
