"""The verdict in plain words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_DOWN, Context

from assay.core.evidence import Evidence, GuardReport, Null, Status, Stop, Total, Verdict
from assay.core.instrument import Need, Topic
from assay.core.trial import Trial
from assay.verdict.clean import claim_of, clean_headline, mends, reason_of, unshown
from assay.verdict.correcting import in_words

__all__ = ["claim", "headline", "worded"]

HOW_MUCH = "how much higher the score is for what was seen"
TWO_FIGURES = Context(prec=2, rounding=ROUND_DOWN)

FLAGGED = {
    Topic.SEEN: "{model} saw items of {name} in training",
    Topic.ANSWERS: "{model} gives wrong answers of {name} as they were published",
    Topic.GAIN: "{model} does better on the published items of {name} than on their like",
    Topic.IDS: (
        "{model} knows which text of {name} belongs to which id, for which the public source of "
        "the items is enough"
    ),
    Topic.SECRETS: "{model} knows secrets that only the sealed answers of {name} hold",
}
ASKED = {
    Topic.SEEN: "{model} saw {name} in training",
    Topic.ANSWERS: "{model} gives wrong answers of {name} as they were published",
    Topic.GAIN: "{model} does better on the published items of {name} than on their like",
    Topic.IDS: "{model} knows which text of {name} belongs to which id",
    Topic.SECRETS: "{model} knows secrets that only the sealed answers of {name} hold",
}


UNTRUE = "a certificate, split or control set that does not hold what it claims"
BY_IDS = (
    "ids that tell a model which of their neighbours' texts is theirs, by larger odds than the "
    "evidence allows for"
)


def number(value: float) -> str:
    """Write an e-value in whole numbers or two figures, rounded down: 99.9 has not reached 100.

    Examples
    --------
    >>> number(0.0421), number(12.3456), number(99.9), number(27039.4), number(8.2e9)
    ('0.042', '12', '99', '27,039', '8.2e+09')
    """
    if 100 <= value < 1e5:
        return f"{math.floor(value):,}"
    return f"{float(TWO_FIGURES.create_decimal(repr(value))):.2g}"


CLAIMS = {
    Topic.SEEN: "the model saw the published items in training, more than chance explains",
    Topic.SECRETS: "the model knows secrets that only the sealed answers of the benchmark hold",
    Topic.ANSWERS: "the model gives answers that are known to be wrong, as they were published",
    Topic.GAIN: "the model does better on the published items than on their like",
    Topic.IDS: (
        "the model knows which text belongs to which id; the public source of the items is enough "
        "for that"
    ),
}
"""What a flag of each topic says, the most telling first."""


def decisive(totals: Sequence[Total]) -> Total | None:
    """Return the total that the verdict rests on: of those that flag, the most telling claim's."""
    for topic in CLAIMS:
        flagged = [t for t in totals if t.flags and t.topic == topic]
        if flagged:
            return max(flagged, key=_nearness)
    return None


def _nearness(total: Total) -> float:
    """Return how near a total came to its line; 1 or more where it flags."""
    return max(total.e_value, 1 / (total.p_value or 1.0)) / total.needed


def worded(trial: Trial, verdict: Verdict) -> Verdict:
    """What does the verdict say, on what does it rest, what would change it, what is left open?"""
    status, totals, evidence = verdict.status, verdict.totals, verdict.evidence
    clean = verdict.clearance if status is Status.CLEAN else None
    said = headline(trial, status, totals, verdict.stop)
    why = reasons(trial, totals, evidence, verdict.guard)
    change = would_change(trial, status, totals, evidence)
    left = not_shown(trial, totals, evidence)
    if verdict.clearance is not None:
        why = (*why, reason_of(verdict.clearance))
        change = (*change, *mends(verdict.clearance))
        left = (*unshown(verdict.clearance), *left)
    if clean is not None:
        said = clean_headline(verdict.model, verdict.benchmark, clean)
    if verdict.score is not None:
        said = f"{said} {in_words(verdict.score)}"
    if verdict.score is not None and verdict.score.inflation is not None:
        left = tuple(line for line in left if line != HOW_MUCH)
    return verdict.model_copy(
        update={
            "claim": claim_of(clean) if clean else claim(totals),
            "headline": said,
            "why": why,
            "would_change": change,
            "not_shown": left,
        }
    )


def claim(totals: Sequence[Total]) -> str:
    """Say what is claimed: by the evidence that flags, or by what would have been the strongest."""
    total = decisive(totals) or max(totals, key=_nearness, default=None)
    return CLAIMS[Topic(total.topic)] if total else CLAIMS[Topic.SEEN]


def headline(trial: Trial, status: Status, totals: Sequence[Total], stop: Stop) -> str:
    """Say the verdict in one sentence."""
    name, model = trial.subject.benchmark.name, trial.subject.model.name
    total = decisive(totals) or max(totals, key=_nearness, default=None)
    if total is None:
        return f"Nothing here can tell whether {model} saw {name} in training."
    values = f"e-value {number(total.e_value)}, {number(total.needed)} needed{_shuffled(total)}"
    if status is Status.FLAGGED:
        return f"{FLAGGED[Topic(total.topic)].format(model=model, name=name)} ({values})."
    seen = "" if stop.measured == stop.planned else f" after {stop.measured} of {stop.planned}"
    asked = ASKED[Topic(total.topic)].format(model=model, name=name)
    return f"No decision on whether {asked} ({values}{seen})."


def reasons(
    trial: Trial,
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
            f"{total.null.value}{_about(total)}: e-value {number(total.e_value)} {verb} "
            f"{number(total.needed)}{_shuffled(total)} ({', '.join(total.instruments)})"
        )
    if not totals:
        lines.append(_nothing(trial))
    silent = [e for e in evidence if e.abstention]
    if silent and len(silent) == len(evidence):
        lines.append("every instrument abstained; their reasons are in the table")
    return tuple(lines)


def _shuffled(total: Total) -> str:
    """Say how the total stands among shuffled labels, where an announced full pass asks them."""
    if total.p_value is None:
        return ""
    return f"; p {total.p_value:.2g} among shuffled labels, {1 / total.needed:.2g} needed"


def _about(total: Total) -> str:
    """Name the topic where it is not the usual one."""
    return "" if total.topic == Topic.SEEN else f", {TOPICS[Topic(total.topic)]}"


TOPICS = {
    Topic.SEEN: "items seen",
    Topic.ANSWERS: "wrong answers as published",
    Topic.GAIN: "better on published items",
    Topic.IDS: "texts known by id",
    Topic.SECRETS: "secrets of sealed answers",
}


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
    if status is Status.CLEAN:
        return (UNTRUE,)
    if status is Status.FLAGGED:
        total = decisive(totals)
        by_ids = total is not None and total.topic == Topic.IDS and total.null is Null.MATCHED
        lines = [BY_IDS if by_ids else UNTRUE]
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


def not_shown(
    trial: Trial, totals: Sequence[Total], evidence: Sequence[Evidence]
) -> tuple[str, ...]:
    """Say what the verdict does not show, whatever it is."""
    lines = [
        HOW_MUCH,
        "leaks other than training on the published text: paraphrases, answers read at run time",
    ]
    if any(Need.GENERATE in i.needs for i in trial.running):
        lines.append("the weights alone: what answered is tested, with every filter before it")
    if any(t.flags and t.topic == Topic.IDS for t in totals):
        lines.append("that the benchmark was in the training data: the items' source is enough")
    if trial.controls_kind == "randomised":
        lines.append("who held the split: it is taken as drawn before training, as recorded")
    if any(e.instrument == "canary" and e.null is Null.NONE and not e.abstention for e in evidence):
        lines.append("the canary is public or not certified: pages that quote it are enough")
    return tuple(lines)
