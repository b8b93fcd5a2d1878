"""The verdict in plain words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_DOWN, Context

from assay.core.evidence import Evidence, GuardReport, Null, Status, Stop, Total
from assay.core.trial import Trial

__all__ = ["headline", "not_shown", "reasons", "would_change"]

TWO_FIGURES = Context(prec=2, rounding=ROUND_DOWN)
NO_CALIBRATION = (
    "clean is not available: it takes the measured power of the instruments on models whose "
    "contamination is known, and no calibration exists yet"
)


def number(value: float) -> str:
    """Write an e-value in at most four figures, rounded down: 99.9 has not reached 100.

    Examples
    --------
    >>> number(0.0421), number(12.3456), number(99.9), number(8.2e9)
    ('0.042', '12', '99', '8.2e+09')
    """
    if 100 <= value < 1e4:
        return f"{math.floor(value)}"
    return f"{float(TWO_FIGURES.create_decimal(repr(value))):.2g}"


def headline(trial: Trial, status: Status, totals: Sequence[Total], stop: Stop) -> str:
    """Say the verdict in one sentence."""
    best = max(totals, key=lambda t: t.e_value / t.needed, default=None)
    name, model = trial.subject.benchmark.name, trial.subject.model.name
    if best is None:
        return f"Nothing here can tell whether {model} saw {name} in training."
    values = f"e-value {number(best.e_value)}, {number(best.needed)} needed"
    if status is Status.FLAGGED:
        decisive = max((t for t in totals if t.flags), key=lambda t: t.e_value / t.needed)
        values = f"e-value {number(decisive.e_value)}, {number(decisive.needed)} needed"
        return f"{model} saw items of {name} in training ({values})."
    seen = "" if stop.measured == stop.planned else f" after {stop.measured} of {stop.planned}"
    return f"No decision on whether {model} saw {name} in training ({values}{seen})."


def reasons(
    trial: Trial,
    status: Status,
    totals: Sequence[Total],
    evidence: Sequence[Evidence],
    guard: GuardReport | None,
) -> tuple[str, ...]:
    """Say what the verdict rests on."""
    lines = []
    if guard is not None:
        lines.append(f"guard: {guard.reason}")
    for total in totals:
        verb = "reaches" if total.e_value >= total.needed else "does not reach"
        lines.append(
            f"{total.null.value}: e-value {number(total.e_value)} {verb} {number(total.needed)} "
            f"({', '.join(total.instruments)})"
        )
    if not totals:
        lines.append(_nothing(trial))
    if status is not Status.FLAGGED:
        lines.append(NO_CALIBRATION)
    silent = [e for e in evidence if e.abstention]
    if silent and len(silent) == len(evidence):
        lines.append("every instrument abstained; their reasons are in the table")
    return tuple(lines)


def _nothing(trial: Trial) -> str:
    if trial.refusal is not None:
        return "the scores were not compared: the guard refused the controls"
    return (
        "no controls, sealed siblings, canaries or recorded shuffles came with the benchmark: "
        "scores are shown, but nothing gives them an error rate"
    )


def would_change(
    trial: Trial, status: Status, totals: Sequence[Total], evidence: Sequence[Evidence]
) -> tuple[str, ...]:
    """Say what would change the verdict."""
    if status is Status.FLAGGED:
        lines = ["a certificate, split or control set that does not hold what it claims"]
        if trial.plan.reference:
            lines.append("a reference model that differs for reasons other than these items")
        return tuple(lines)
    lines = []
    ids = {e.instrument for e in evidence if not e.abstention and e.null is not Null.NONE}
    if trial.controls_kind != "randomised":
        lines.append("a held-back half drawn at random before publication (--split SEED)")
    if trial.plan.reference is None:
        lines.append("a reference model known to predate the items (--reference MODEL)")
    if not ids & {"siblings", "canary", "order", "options"}:
        lines.append("sealed siblings, a private canary or a recorded shuffle of the benchmark")
    short = [t for t in totals if t.largest_e is not None and t.largest_e < t.needed]
    lines += [
        f"more items: {t.null.value} evidence can reach {number(t.largest_e or 0)} here, "
        f"and {number(t.needed)} is needed"
        for t in short
    ]
    if totals and not short:
        lines.append("more items, or more memory of them than this run could see")
    return tuple(lines)


def not_shown(trial: Trial, evidence: Sequence[Evidence]) -> tuple[str, ...]:
    """Say what the verdict does not show, whatever it is."""
    lines = [
        "how much higher the score is for what was seen",
        "leaks other than training on the published text: paraphrases, answers read at run time",
    ]
    if trial.controls_kind == "randomised":
        lines.append("who held the split: it is taken as drawn before training, as recorded")
    if any(e.instrument == "canary" and e.null is Null.NONE and not e.abstention for e in evidence):
        lines.append("the canary is public or not certified: pages that quote it are enough")
    return tuple(lines)
