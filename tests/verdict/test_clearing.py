"""Clean: what is ruled out, at which error rate, and what stands in the way."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from tests.verdict.boards import board, exact, judged, plain, silent, trial, with_controls
from tests.verdict.calibrations import PLAIN, calibration, cells, leaked

from assay.core.evidence import Status, Verdict
from assay.core.trial import Trial
from assay.models.scripted import ScriptedModel
from assay.stats.intervals import auc_upper
from assay.stats.standing import prediction_bound, standing
from assay.verdict.clearing import expected_at, items_needed

ITEMS = 100


@pytest.fixture(name="split")
def _split() -> Trial:
    return made(ITEMS)


def made(items: int, *, instruments: tuple[str, ...] = PLAIN, parameters: int = 500) -> Trial:
    given = trial(instruments, benchmark=plain(items), controls=items, kind="randomised")
    model = ScriptedModel(parameters=parameters)
    return replace(given, calibration=calibration(), subject=replace(given.subject, model=model))


def said(given: Trial, *, area: float = 0.5, share: float = 0.0, seed: int = 1) -> Verdict:
    return judged(given, board(leaked(given, PLAIN, area=area, share=share, seed=seed)))


def why_not(verdict: Verdict) -> str:
    assert verdict.status is Status.UNDECIDED
    assert verdict.clearance is not None
    assert any(line.startswith("clean is not available") for line in verdict.why)
    return "; ".join(verdict.clearance.outside)


def test_nothing_seen_is_clean_and_says_what_was_ruled_out(split: Trial) -> None:
    verdict = said(split)
    assert verdict.status is Status.CLEAN
    assert verdict.error_rate == 0.05
    assert "50% of the items or more, each 4 times or more" in verdict.headline
    assert "(verbatim)" in verdict.claim
    assert any("less than 4 copies" in line for line in verdict.not_shown)
    found = verdict.clearance
    assert found is not None
    assert (found.upper or 1) < (found.expected or 0)


def test_half_of_them_seen_is_not_clean(split: Trial) -> None:
    for seed in range(20):
        verdict = said(split, area=0.86, share=0.5, seed=seed)
        assert verdict.status is not Status.CLEAN
        assert (verdict.clearance is None) == (verdict.status is Status.FLAGGED)


def test_with_a_smaller_tolerance_more_items_are_needed(split: Trial) -> None:
    strict = replace(split, plan=split.plan.model_copy(update={"tolerance": 0.1}))
    verdict = said(strict)
    assert verdict.status is Status.UNDECIDED
    assert any("items on each side" in line for line in verdict.would_change)
    assert verdict.clearance is not None
    assert (verdict.clearance.items_needed or 0) > ITEMS


@pytest.mark.parametrize(
    ("axis", "given"),
    [
        ("parameters of the model: not known", made(ITEMS, parameters=0)),
        ("parameters of the model: 5,000, calibrated 100 to 1,000", made(ITEMS, parameters=5000)),
        ("items on each side: 10, calibrated 20 to 600", made(10)),
        ("items on each side: 700", made(700)),
    ],
)
def test_outside_the_box_it_names_the_axis(axis: str, given: Trial) -> None:
    assert axis in why_not(said(given))


def test_long_items_other_access_and_small_doses_are_outside(split: Trial) -> None:
    found = leaked(split, PLAIN, area=0.5, share=0, seed=1)
    long = [f.model_copy(update={"detail": {"tokens": 900}}) for f in found]
    assert "tokens of an item (median): 900" in why_not(judged(split, board(long)))
    chat = ScriptedModel(parameters=500, prompting="chat")
    asked = replace(split, subject=replace(split.subject, model=chat))
    assert "kind of access: local, chat" in why_not(said(asked))
    many = replace(split, plan=split.plan.model_copy(update={"dose": 17}))
    assert "dose: 17, calibrated 1, 4, 16" in why_not(said(many))


def test_another_version_or_parameter_is_uncalibrated(split: Trial) -> None:
    stale = calibration(versions=dict.fromkeys(PLAIN, 1) | {"logprob.mink": 2})
    reason = why_not(said(replace(split, calibration=stale)))
    assert reason == "logprob.mink has version 1, and version 2 was calibrated"
    plan = split.plan.model_copy(update={"parameters": {"logprob.mink.share": "0.4"}})
    assert "parameters of logprob.mink" in why_not(said(replace(split, plan=plan)))
    fewer = made(ITEMS, instruments=PLAIN[:2])
    values = leaked(fewer, PLAIN[:2], area=0.5, share=0, seed=1)
    why = why_not(judged(fewer, board(values)))
    assert why.startswith("instruments: it takes")
    assert len(set(why.split("; or "))) == len(why.split("; or "))


def test_it_takes_controls_a_full_pass_and_every_item(split: Trial) -> None:
    found = leaked(split, PLAIN, area=0.5, share=0, seed=1)
    assert "(--full)" in why_not(judged(split, board(found[:80]), measured=20))
    other = with_controls(split, "other")
    assert "may not support" in why_not(judged(other, board(found)))
    none = replace(with_controls(split, "none"), controls=())
    assert "no controls" in why_not(judged(none, board(found)))
    gone = sorted(split.suspect_ids)[:30]
    quiet = [silent(column, gone) for column in PLAIN]
    assert "missing unevenly" in why_not(judged(split, board(found, *quiet)))


def test_what_is_missing_counts_as_suspicious() -> None:
    nan = math.nan
    above, below = standing([[nan], [1.0], [0.0], [nan]], [True, True, False, False])
    assert above.tolist() == [1.0, 1.0]
    assert below.tolist() == [0.75, 0.25]


def test_what_flags_is_never_clean() -> None:
    given = trial(("siblings", *PLAIN), controls=8, kind="randomised")
    scores = leaked(given, PLAIN, area=0.5, share=0, seed=1)
    verdict = judged(given, board(scores, exact("siblings", {"q0": 1e6})))
    assert (verdict.status, verdict.clearance) == (Status.FLAGGED, None)


def test_uncalibrated_is_undecided(split: Trial) -> None:
    bare = replace(split, calibration=type(split.calibration)())
    assert why_not(said(bare)) == "no calibration exists"


def test_a_bound_needs_three_models() -> None:
    assert prediction_bound([0.9, 0.9], alpha=0.025) == -math.inf
    assert prediction_bound([0.9] * 9, alpha=0.025, groups=2) == -math.inf
    few = tuple(c.model_copy(update={"models": 2}) for c in cells())
    assert expected_at(few, 4) == -math.inf


def test_the_bound_is_over_all_doses_from_the_nearest_below() -> None:
    found = cells()
    assert expected_at(found, 4) == expected_at(found, 15)
    assert expected_at(found, 1) < expected_at(found, 4) < expected_at(found, 16)
    # A dose at which less was seen than at a smaller one: the smaller one answers for it too.
    odd = (*found[:2], found[2].model_copy(update={"separations": (0.6,) * 6}))
    assert expected_at(odd, 4) == 0.6


@pytest.mark.parametrize(("gap", "items"), [(0.2, 33), (0.1, 131), (0.0, None), (-0.1, None)])
def test_items_needed(gap: float, items: int | None) -> None:
    assert items_needed(gap) == items


def separations(rng: np.random.Generator, area: float, share: float, items: int) -> float:
    """Return the upper bound of one observed area, three correlated columns."""
    shift = float(stats.norm.ppf(area)) * math.sqrt(2)
    base = rng.normal(size=(2 * items, 1)) * math.sqrt(0.9)
    table = base + rng.normal(size=(2 * items, 3)) * math.sqrt(0.1)
    table[: math.ceil(share * items)] += shift
    return auc_upper(*standing(table, np.arange(2 * items) < items), alpha=0.025)


@pytest.mark.parametrize(
    "items", [50, *(pytest.param(n, marks=pytest.mark.slow) for n in (82, 200))]
)
def test_wrong_and_right_cleans(items: int) -> None:
    """At the edge of what is ruled out clean is wrong at most 5 %; of nothing it is mostly said.

    Areas of trained models are normal around .88 (sd .03), six of them calibrate and a seventh is
    tested, half of its items leaked. 300 replications: 24 wrong ones or fewer at a true rate of
    5 % in 99 % of cases; what is expected is far less, for both halves of the error are bounds.
    """
    rng = np.random.default_rng(items)
    wrong = right = 0
    for _ in range(300):
        known = rng.normal(0.88, 0.03, size=6).clip(0.5, 0.999)
        line = 0.5 + 0.5 * (prediction_bound(known, alpha=0.025) - 0.5)
        new = min(max(rng.normal(0.88, 0.03), 0.5), 0.999)
        wrong += separations(rng, new, 0.5, items) < line
        right += separations(rng, 0.5, 0.0, items) < line
    assert wrong <= 24
    assert right >= {50: 195, 82: 255, 200: 294}[items]


def test_prediction_bounds_hold() -> None:
    """A new draw lies below the bound of six others at most 2.5 %: 4,000 draws, 99.9 %: 132."""
    rng = np.random.default_rng(5)
    rows = rng.normal(size=(4000, 7))
    below = sum(row[6] < prediction_bound(row[:6], alpha=0.025) for row in rows)
    assert below <= 132


def test_separation_is_linear_in_the_share() -> None:
    """Placed by controls alone, a share s of shifted suspects gives 1/2 + s (a - 1/2) exactly."""
    rng = np.random.default_rng(6)
    controls, shifted, alike = (
        rng.normal(size=400),
        rng.normal(size=200) + 1.5,
        rng.normal(size=200),
    )
    labels = np.arange(600) < 200

    def area(suspects: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
        above, _ = standing(np.concatenate([suspects, controls])[:, None], labels)
        return float(above.mean())

    mixed = np.concatenate([shifted[:100], alike[100:]])
    halves = (area(np.repeat(shifted[:100], 2)) + area(np.repeat(alike[100:], 2))) / 2
    assert area(mixed) == pytest.approx(halves, abs=1e-12)
