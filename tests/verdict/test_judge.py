"""From totals to a verdict: what flags, what cannot, and what is said about it."""

from __future__ import annotations

import pytest
from tests.oracles.staked import won
from tests.verdict.boards import board, exact, judged, plain, scored, silent, trial, with_controls

from assay.core.evidence import GuardReport, Null, Status
from assay.core.trial import Trial
from assay.verdict.wording import number

LOSS = ("logprob.loss",)


@pytest.fixture(name="split")
def _split() -> Trial:
    return trial(LOSS, benchmark=plain(40), controls=40, kind="randomised")


def test_exact_evidence_flags_at_what_is_needed() -> None:
    given = trial(["siblings"])
    enough = judged(given, board(exact("siblings", {"q0": 19.5, "q1": 19.5})))
    assert (enough.status, enough.totals[0].flags) == (Status.FLAGGED, True)
    short = judged(given, board(exact("siblings", {"q0": 10.0, "q1": 10.0})))
    assert (short.status, short.totals[0].flags) == (Status.UNDECIDED, False)


def test_randomised_controls_flag_and_name_items(split: Trial) -> None:
    verdict = judged(split, board(scored(LOSS[0], split, gap=5.0)))
    assert verdict.status is Status.FLAGGED
    assert verdict.guard is None
    assert {flag.unit for flag in verdict.flags} == split.suspect_ids
    assert (verdict.flags_q, verdict.flags_note) == (split.plan.q, "")
    (evidence,) = verdict.evidence
    assert evidence.null is Null.MATCHED
    assert evidence.p_value is not None
    assert evidence.estimate is not None
    assert evidence.estimate.value == 1.0


def test_equal_scores_flag_nothing(split: Trial) -> None:
    verdict = judged(split, board(scored(LOSS[0], split, gap=0.0)))
    assert verdict.status is Status.UNDECIDED
    assert verdict.flags == ()
    assert verdict.flags_q == split.plan.q


def test_items_are_tested_after_a_full_pass_only(split: Trial) -> None:
    found = board(scored(LOSS[0], split, gap=5.0)[:40])
    verdict = judged(split, found, measured=40)
    assert verdict.status is Status.FLAGGED
    assert verdict.flags == ()
    assert verdict.flags_q is None
    assert "stopped early" in verdict.flags_note
    assert verdict.evidence[0].p_value is None
    assert verdict.evidence[0].estimate is not None
    assert verdict.evidence[0].estimate.method == "confidence sequence"


def test_uneven_silence_forbids_item_flags_too(split: Trial) -> None:
    suspects = sorted(split.suspect_ids)[:20]
    verdict = judged(split, board(scored(LOSS[0], split, gap=5.0), silent(LOSS[0], suspects)))
    assert verdict.status is Status.UNDECIDED
    assert verdict.flags == ()
    assert "missing unevenly" in verdict.flags_note


def test_other_controls_never_flag_without_the_guard(split: Trial) -> None:
    other = with_controls(split, "other")
    found = board(scored(LOSS[0], other, gap=5.0))
    # "Suspect 1." and "Control 1." are told apart without any model.
    verdict = judged(other, found)
    assert verdict.totals[0].e_value >= verdict.totals[0].needed
    assert verdict.status is Status.UNDECIDED
    assert not verdict.totals[0].flags
    assert verdict.guard is not None
    assert not verdict.guard.passed
    assert verdict.evidence[0].null is Null.NONE
    assert (verdict.evidence[0].e_value, verdict.flags) == (None, ())


def test_other_controls_never_flag_before_the_guard_could_look(split: Trial) -> None:
    other = with_controls(split, "other")
    verdict = judged(other, board(scored(LOSS[0], other, gap=5.0)[:60]), measured=60)
    assert (verdict.status, verdict.guard) == (Status.UNDECIDED, None)


def test_a_refusal_is_kept_and_explained() -> None:
    refused = GuardReport(passed=False, blind_auc=0.9, blind_upper=0.95, reason="told apart")
    given = trial(LOSS, benchmark=plain(9), controls=9, kind="other", refusal=refused)
    verdict = judged(given, board(), measured=0)
    assert verdict.guard == refused
    assert "guard: told apart" in verdict.why


def test_reruns_are_counted_and_averaged() -> None:
    given = trial(["siblings"])
    found = board(exact("siblings", {"q0": 300.0}))
    alone = judged(given, found)
    assert (alone.status, alone.runs) == (Status.FLAGGED, 1)
    second = judged(given, found, earlier=[{"exact": 30.0}])
    assert (second.runs, second.status) == (2, Status.UNDECIDED)
    assert second.totals[0].e_value == pytest.approx((won(300.0) + 30) / 2)
    # A run that had no evidence of this kind counts as 1, not as absent.
    silent_once = judged(given, found, earlier=[{}]).totals[0]
    assert silent_once.e_value == pytest.approx((won(300.0) + 1) / 2)


def test_siblings_say_how_many_items_were_seen_even_without_controls() -> None:
    given = trial(["siblings"])
    ids = [item.id for item in given.subject.benchmark.items]
    found = board(exact("siblings", dict.fromkeys(ids, 2.86)))
    note = judged(given, found).flags_note
    assert note.endswith("items with siblings were seen")
    assert "at least 6 of 8" in note
    assert "were seen" not in judged(given, found, measured=7).flags_note


def test_controls_are_not_counted_among_what_was_seen() -> None:
    given = trial(["siblings"], controls=8, kind="randomised")
    ids = [unit.id for unit in given.dealt]
    found = board(exact("siblings", dict.fromkeys(ids, 2.86)))
    assert "of 8 items" in judged(given, found).flags_note


def test_evidence_of_one_instrument_is_about_what_was_published() -> None:
    given = trial(["siblings"], controls=2, kind="randomised")
    found = board(exact("siblings", {"q0": 3.0, "c0": 50.0, "c1": 50.0}))
    (evidence,) = judged(given, found).evidence
    assert evidence.e_value == pytest.approx(3.0)


def test_clean_is_never_given_and_why_says_so(split: Trial) -> None:
    for gap in (0.0, -5.0):
        verdict = judged(split, board(scored(LOSS[0], split, gap=gap)))
        assert verdict.status is Status.UNDECIDED
        assert any(line.startswith("clean is not available") for line in verdict.why)
        assert verdict.would_change
        assert verdict.not_shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.0421, "0.042"),
        (1.0, "1"),
        (12.3456, "12"),
        (99.4, "99"),
        (99.9, "99"),
        (0.3, "0.3"),
        (100.0, "100"),
        (4567.8, "4,567"),
        (9999.9, "9,999"),
        (99_999.9, "99,999"),
        (1e5, "1e+05"),
        (8.2e9, "8.2e+09"),
        (1e-300, "1e-300"),
    ],
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert number(value) == text
