"""The smallest leak that would have been flagged, and instruments that calibration demotes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.verdict.boards import board, exact, judged, plain, scored, trial
from tests.verdict.calibrations import PLAIN, calibration, leaked, too_eager
from tests.verdict.test_clearing import made

from assay.core.calibration import Calibration
from assay.core.errors import BadFormat
from assay.core.evidence import Null, Status
from assay.report.seeing import seeing
from assay.verdict import calibration_at, demotions
from assay.verdict.detecting import least_separation


def test_the_smallest_leak_grows_with_fewer_items_and_copies() -> None:
    shares: dict[tuple[int, str, int], float | None] = {}
    for items in (50, 200):
        given = made(items)
        verdict = judged(given, board(leaked(given, PLAIN, area=0.5, share=0, seed=1)))
        shares |= {(items, d.by, d.dose): d.share for d in verdict.detectable}
    assert {by for _, by, _ in shares} == {"total", *PLAIN}
    total = {key[::2]: share for key, share in shares.items() if key[1] == "total"}
    assert (total[50, 1] or 1) > (total[50, 4] or 1)
    assert 0 < (total[200, 16] or 1) < (total[200, 4] or 1) < (total[50, 4] or 1) < 1
    # 200 a side at e 100: 1/2 + sqrt(log 100 / 800) = .576, of the .47 that all of them give.
    assert total[200, 16] == pytest.approx(0.0759 / 0.47, rel=0.02)


def test_a_size_that_was_not_calibrated_has_no_smallest_leak() -> None:
    given = made(100, parameters=5000)
    verdict = judged(given, board(leaked(given, PLAIN, area=0.5, share=0, seed=1)))
    assert verdict.detectable == ()
    assert seeing(verdict) == []


def test_looking_up_is_between_what_was_simulated() -> None:
    known = calibration()
    at = [least_separation(known, 100, items, 1) for items in (5, 20, 60, 100, 5000)]
    assert at == sorted(at, reverse=True)
    assert least_separation(known, 100, 100, 1) == pytest.approx(0.6073, abs=1e-3)
    # Beyond the largest the root carries on: four times the items, half the gap.
    gaps = [least_separation(known, 100, items, 1) - 0.5 for items in (500, 2000)]
    assert gaps[1] == pytest.approx(gaps[0] / 2)
    assert least_separation(known, 1e6, 100, 1) == float("inf")
    assert least_separation(Calibration(), 100, 100, 1) == float("inf")


def test_it_is_said_in_words() -> None:
    given = made(100)
    verdict = judged(given, board(leaked(given, PLAIN, area=0.5, share=0, seed=1)))
    by, said = seeing(verdict)[0]
    assert by == "total"
    assert "at 1 copy;" in said
    assert "% of the items at 16 copies" in said


def test_an_instrument_that_flags_too_often_is_descriptive() -> None:
    known = too_eager("logprob.loss")
    given = trial(("logprob.loss",), benchmark=plain(40), controls=40, kind="randomised")
    given = replace(given, calibration=known, demoted=demotions(known, given.instruments))
    assert "40 of 1000 clean cases at 0.01" in given.demoted["logprob.loss"]
    verdict = judged(given, board(scored("logprob.loss", given, gap=5.0)))
    assert verdict.status is Status.UNDECIDED
    assert verdict.totals == ()
    (one,) = verdict.evidence
    assert (one.null, one.e_value, one.p_value) == (Null.NONE, None, None)
    assert one.caveats[0].startswith("descriptive: it flagged 40 of 1000")


def test_an_exact_instrument_can_be_demoted_too() -> None:
    known = too_eager("siblings")
    given = trial(("siblings", "canary"))
    given = replace(given, demoted=demotions(known, given.instruments))
    verdict = judged(given, board(exact("siblings", {"q0": 1e6})))
    assert verdict.status is Status.UNDECIDED
    assert all("siblings" not in total.instruments for total in verdict.totals)
    assert "were seen" not in verdict.flags_note
    assert verdict.evidence[0].null is Null.NONE


def test_another_version_is_not_demoted() -> None:
    known = too_eager("siblings")
    old = known.instruments[0].model_copy(update={"versions": {"siblings": 99}})
    given = trial(("siblings",))
    assert demotions(known.model_copy(update={"instruments": (old,)}), given.instruments) == {}


def test_the_packaged_calibration_is_read() -> None:
    assert calibration_at() is calibration_at()
    assert calibration_at().schema_version == 1


def test_a_calibration_comes_back_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    path.write_text(calibration().model_dump_json())
    assert calibration_at(str(path)) == calibration()
    assert calibration_at(str(path)).digest == calibration().digest


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no JSON"),
        ("[]", "is no calibration"),
        ('{"instruments": [{"name": 3}]}', "instruments.0.name"),
        ('{"recipe": "a", "recipe": "b"}', "stands twice"),
        ('{"reach": [{"needed": NaN}]}', "NaN is not JSON"),
        ('{"surprise": 1}', "surprise"),
        (json.dumps({"instruments": [{"name": "a", "versions": {"a": "1"}}]}), "versions.a"),
    ],
)
def test_a_file_that_is_no_calibration(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "c.json"
    path.write_text(text)
    with pytest.raises(BadFormat, match=says) as error:
        calibration_at(str(path))
    assert str(path) in str(error.value)
    assert "next:" in str(error.value)


def test_a_missing_or_unreadable_file(tmp_path: Path) -> None:
    with pytest.raises(BadFormat, match="cannot be read"):
        calibration_at(str(tmp_path / "none.json"))
    path = tmp_path / "c.json"
    path.write_bytes(b"\xff\xfe{}")
    with pytest.raises(BadFormat, match="UTF-8"):
        calibration_at(str(path))
