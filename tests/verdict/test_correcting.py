"""Which rule gives the corrected score, and what it says where none can."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from tests.conformance.world import build
from tests.verdict.boards import board, judged, plain, scored, trial

from assay.core.evidence import CorrectedScore
from assay.core.scores import Scores
from assay.core.trial import Trial
from assay.verdict.correcting import corrected_score, in_words

LOSS = ("logprob.loss",)


def marks(ids: list[str], share: float, seed: int = 1) -> dict[str, bool]:
    rng = random.Random(seed)  # noqa: S311 - repeatable, not secret
    return {name: rng.random() < share for name in ids}


def given(
    *, items: int = 40, siblings: bool = True, clean: float = 0.4, certified: bool = True
) -> Trial:
    """A trial with scores of its items, and of five sealed siblings of each."""
    whole = build(1, items=items, siblings=19, options=3)
    if not certified:
        whole = whole.model_copy(update={"certificates": ()})
    base = trial(["siblings"], benchmark=whole)
    ids = [item.id for item in whole.items]
    several = {name: tuple(marks([*"abcde"], clean, n).values()) for n, name in enumerate(ids)}
    scores = Scores(suspects=marks(ids, 0.8), siblings=several if siblings else {})
    return replace(base, scores=scores)


def split_trial(*, held: bool = True, kind: str = "randomised", others: bool = False) -> Trial:
    base = trial(LOSS, benchmark=plain(60), controls=60, kind="randomised")
    ids, beside = sorted(base.suspect_ids), [item.id for item in base.controls]
    tuples = {name: (n % 3 == 0, n % 2 == 0) for n, name in enumerate([*ids, *beside])}
    scores = Scores(
        suspects=marks(ids, 0.8),
        controls=marks(beside, 0.4) if held else {},
        others=tuples if others else {},
    )
    return replace(base, scores=scores, controls_kind=kind)  # type: ignore[arg-type]


def found(one: Trial) -> CorrectedScore:
    score = corrected_score(one)
    assert score is not None
    return score


def test_without_scores_there_is_none() -> None:
    assert corrected_score(trial(["siblings"])) is None


def test_siblings_come_first() -> None:
    score = found(given())
    assert (score.method, score.items, score.why_not) == ("siblings", 40, ())
    assert score.corrected is not None
    assert score.inflation is not None
    gap = score.reported - score.corrected.value
    assert score.inflation.value == pytest.approx(gap)
    assert score.inflation.low > 0
    assert (score.low, score.high) == (score.corrected.low, score.corrected.high)
    assert any("lower bound" in line for line in score.rests_on)


def test_siblings_correct_nothing_without_a_recorded_draw() -> None:
    score = found(given(certified=False))
    assert (score.method, score.corrected, score.inflation) == ("bounds", None, None)
    assert "no certificate" in score.why_not[0]
    assert (score.low, score.high) == (0.0, score.reported)


def test_a_few_items_are_too_few() -> None:
    score = found(given(items=8))
    assert score.method == "bounds"
    assert "8 items" in score.why_not[0]


def test_only_items_with_siblings_count() -> None:
    whole = given()
    assert whole.scores is not None
    names = list(whole.scores.siblings)[:25]
    part = replace(whole.scores, siblings={n: whole.scores.siblings[n] for n in names})
    score = found(replace(whole, scores=part))
    assert score.items == 25
    assert score.reported == sum(whole.scores.suspects[n] for n in names) / 25


def test_a_half_that_lots_held_back() -> None:
    score = found(split_trial())
    assert score.method == "split"
    assert "--sibling-scores" in score.why_not[0]
    assert score.corrected is not None
    assert score.corrected.low < 0.4 < score.corrected.high
    missing = found(split_trial(held=False))
    assert missing.method == "bounds"
    assert "was not scored" in missing.why_not[1]


def test_controls_that_chance_did_not_pick_need_ease() -> None:
    assert "(--others FILE)" in found(split_trial(kind="other")).why_not[2]
    score = found(split_trial(kind="other", others=True))
    assert score.method == "difficulty"
    assert score.corrected is not None
    assert score.inflation is not None
    assert score.high <= score.reported
    # As wide as hidden odds make it: wider than the randomised half's.
    assert score.high - score.low > 0.2
    assert score.inflation.low == pytest.approx(score.reported - score.high)


def test_an_estimate_outside_its_bounds_is_none() -> None:
    """Controls that are answered better than the published items: memory cannot be the cause."""
    one = split_trial(kind="other", others=True)
    assert one.scores is not None
    better = replace(
        one.scores,
        suspects=dict.fromkeys(one.scores.suspects, False),
        controls=dict.fromkeys(one.scores.controls, True),
    )
    score = found(replace(one, scores=better))
    assert score.method == "bounds"
    assert "outside what monotony identifies" in score.why_not[-1]


def test_other_models_sharpen_the_bounds() -> None:
    """Hard items answered better than easy ones: so well as the easy ones at most, unexposed."""
    ids = [f"s{n}" for n in range(200)]
    base = trial(LOSS, benchmark=plain(200))
    hard = set(ids[:100])
    scores = Scores(
        suspects={name: name in hard or int(name[1:]) % 2 == 0 for name in ids},
        others={name: (name not in hard, False) for name in ids},
    )
    score = found(replace(base, scores=scores))
    assert (score.method, score.corrected) == ("bounds", None)
    assert 0.5 < score.high < 0.65 < score.reported
    assert "at most" in in_words(score)


def test_the_verdict_says_it() -> None:
    split = split_trial()
    verdict = judged(split, board(scored(LOSS[0], split, gap=0.0)))
    assert verdict.score == corrected_score(split)
    assert verdict.score is not None
    assert in_words(verdict.score) in verdict.headline
    assert "on clean items it would be" in verdict.headline
    assert not any("how much higher" in line for line in verdict.not_shown)
    bounded = split_trial(held=False)
    other = judged(bounded, board(scored(LOSS[0], bounded, gap=0.0)))
    assert "nothing identifies" in other.headline
    assert any("how much higher" in line for line in other.not_shown)
    assert type(verdict).model_validate_json(verdict.model_dump_json()) == verdict
