"""The corrected score: which rule gives it, or why none does (design 3.6).

The rules are tried in a fixed order, and the first that applies is taken. None is a mixture of
exposed and unexposed items: how exposed an item looks and whether it is easy go together, and then
the share and the score of the mixture's parts are not identified, whatever is known of them; its
correction can be worse than none (tests/calibration/test_corrected_score.py shows by how much).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np

from assay.core.draws import verify
from assay.core.evidence import CorrectedScore, Estimate
from assay.core.scores import Scores
from assay.core.trial import Trial
from assay.stats.corrected import (
    difference_interval,
    draw_variance,
    mean_interval,
    paired_interval,
)
from assay.stats.difficulty import GAMMA, LEAST, monotone_upper, standardised

__all__ = ["corrected_score", "in_words"]

FEWEST = 10
"""Items below which no interval is worth printing: it would reach over most of the scale."""
SHARE, POINTS = "share answered right", "difference of shares"
Rule = Callable[[Trial, Scores], CorrectedScore | str]


def corrected_score(trial: Trial) -> CorrectedScore | None:
    """What would the reported score be on clean items? None where no scores were given.

    Parameters
    ----------
    trial
        Holds who was right on what, and how the controls came about.

    Returns
    -------
    CorrectedScore
        By the first rule that applies, with the reasons why those before it do not. The last one,
        bounds, always applies.
    """
    scores = trial.scores
    if scores is None:
        return None
    reasons: list[str] = []
    for rule in (by_siblings, by_split, by_difficulty):
        found = rule(trial, scores)
        if isinstance(found, CorrectedScore):
            return found.model_copy(update={"why_not": tuple(reasons)})
        reasons.append(found)
    return by_bounds(scores).model_copy(update={"why_not": tuple(reasons)})


def by_siblings(trial: Trial, scores: Scores) -> CorrectedScore | str:
    """Score the sealed siblings of the same items: lots decided which variant was published.

    The mean difference is design-unbiased (design 3.6, statistics A12): had the model seen no
    variant, the drawn one would be answered right as often as its siblings, however exposure and
    ease go together. Memory of a published item that helps with its siblings makes the difference
    smaller: it is a lower bound on the inflation.
    """
    if not scores.siblings:
        return "no scores of sealed siblings were given (--sibling-scores FILE)"
    if wrong := verify(trial.subject.benchmark, "siblings"):
        return f"siblings' scores correct nothing without a recorded draw: {wrong}"
    if len(scores.siblings) < FEWEST:
        return f"siblings of {len(scores.siblings)} items were scored, and it takes {FEWEST}"
    clean = [float(np.mean(marks)) for marks in scores.siblings.values()]
    reported = [float(scores.suspects[name]) for name in scores.siblings]
    differences = np.subtract(reported, clean)
    rests = (
        "lots decided which variant of an item was published, and the others stayed sealed",
        "a lower bound on the inflation: memory of an item may help with its siblings too",
    )
    least = draw_variance(list(scores.siblings.values()))
    ends = paired_interval(differences, least=least)
    inflation = _points(float(differences.mean()), ends, "Bonett and Price, paired by item")
    return _estimated("siblings", scores, reported, (_share(clean, least), inflation), rests)


def by_split(trial: Trial, scores: Scores) -> CorrectedScore | str:
    """Score the half that lots held back: it is the clean score of items like the published.

    References: Agresti & Caffo 2000 (the interval); a randomised split makes the halves
    exchangeable before training, whatever was leaked of one of them.
    """
    if trial.controls_kind != "randomised":
        return "no half of the items was held back by lot (--split SEED)"
    if not scores.controls:
        return "the half that was held back was not scored (its ids, in the file of --scores)"
    if min(len(scores.controls), len(scores.suspects)) < FEWEST:
        return f"a half has fewer than {FEWEST} items"
    reported = [float(mark) for mark in scores.suspects.values()]
    clean = [float(mark) for mark in scores.controls.values()]
    rests = (
        "lots decided before training which half was published, and the other was held back",
        "a lower bound on the inflation where one half teaches about the other",
    )
    inflation = _points(
        scores.reported - float(np.mean(clean)),
        difference_interval(reported, clean),
        "Agresti and Caffo, the larger variance for both halves",
    )
    return _estimated("split", scores, reported, (_share(clean), inflation), rests)


def by_difficulty(trial: Trial, scores: Scores) -> CorrectedScore | str:
    """Score other unseen items, weighted to be as easy for other models as the published ones.

    Direct standardisation over groups of equal ease. Chance did not pick the controls, so the
    interval also covers hidden odds of 1.5 (Rosenbaum), and it is used only where it lies inside
    what monotony alone identifies (`by_bounds`): design 3.6, statistics A12.
    """
    if trial.controls_kind != "other" or not scores.controls:
        return "no items that the model cannot have seen were scored (--controls FILE)"
    if not set(scores.controls) <= set(scores.others):
        return "how easy the controls are for other models is not known (--others FILE)"
    sides = [_with_ease(scores, marks) for marks in (scores.suspects, scores.controls)]
    found = standardised(*sides)
    if found is None:
        return (
            f"the controls are not as easy as the published items: a group has under {LEAST} of "
            "them"
        )
    value, low, high = found
    most = by_bounds(scores).high
    if value > most:
        return "what the controls' scores predict lies outside what monotony identifies"
    inside = (low, min(high, most))
    corrected = Estimate(
        value=value, low=inside[0], high=inside[1], unit=SHARE, method="standardised by ease"
    )
    rests = (
        f"equally easy for other models is so for this one, up to hidden odds of {GAMMA:g}",
        "the controls were not seen, and memory costs no right answer",
    )
    points = (scores.reported - inside[1], scores.reported - inside[0])
    inflation = _points(scores.reported - value, points, corrected.method)
    return _estimated("difficulty", scores, sides[0][1], (corrected, inflation), rests)


def by_bounds(scores: Scores) -> CorrectedScore:
    """Say between what the clean score lies, where nothing identifies it.

    If memory costs no right answer, it is at most the reported one. If, too, the model would not
    do worse on items that more other models answer, then a group of items is answered at most as
    well as any easier group (Manski & Pepper 2000, monotone instrumental variables). From below
    it is not bounded: every right answer may have been remembered.
    """
    rests = ["memory costs no right answer"]
    high = scores.reported
    if scores.others:
        sharper = monotone_upper(*_with_ease(scores, scores.suspects))
        if sharper < high:
            high = sharper
            rests.append("unexposed, it would not do worse on items that more models answer")
    return CorrectedScore(
        reported=scores.reported,
        items=len(scores.suspects),
        method="bounds",
        low=0.0,
        high=high,
        rests_on=tuple(rests),
        digest=scores.digest,
    )


def in_words(score: CorrectedScore) -> str:
    """Say what was reported, and what it would be on clean items."""
    head = f"{_percent(score.reported)} of {score.items:,} published items were answered right"
    between = f"{_percent(score.low)} to {_percent(score.high)}"
    if score.corrected is not None:
        value = _percent(score.corrected.value)
        return f"{head}; on clean items it would be {value} ({between})."
    if score.high < score.reported:
        return f"{head}; on clean items it would be {_percent(score.high)} at most."
    return f"{head}; nothing identifies what it would be on clean items."


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _with_ease(scores: Scores, marks: Mapping[str, bool]) -> tuple[list[float], list[float]]:
    """Return how easy each item is for other models, and whether it was answered right."""
    ease = [float(np.mean(scores.others[name])) for name in marks]
    return ease, [float(mark) for mark in marks.values()]


def _estimated(
    method: Literal["siblings", "split", "difficulty"],
    scores: Scores,
    marks: Sequence[float],
    estimates: tuple[Estimate, Estimate],
    rests_on: tuple[str, ...],
) -> CorrectedScore:
    """Return the record of an estimate: of the clean score, and of the inflation."""
    corrected, inflation = estimates
    return CorrectedScore(
        reported=float(np.mean(marks)),
        items=len(marks),
        method=method,
        corrected=corrected,
        inflation=inflation,
        low=corrected.low,
        high=corrected.high,
        rests_on=rests_on,
        digest=scores.digest,
    )


def _share(values: Sequence[float], least: float = 0.0) -> Estimate:
    low, high = mean_interval(values, least=least)
    method = "Student, two right and two wrong added"
    return Estimate(value=float(np.mean(values)), low=low, high=high, unit=SHARE, method=method)


def _points(value: float, ends: tuple[float, float], method: str) -> Estimate:
    return Estimate(value=value, low=ends[0], high=ends[1], unit=POINTS, method=method)
