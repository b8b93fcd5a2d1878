"""Verdicts that no run made: one flagged, one undecided, one hostile."""

from __future__ import annotations

import math

import pytest

from assay.core.evidence import (
    Abstention,
    CorrectedScore,
    Estimate,
    Evidence,
    Finding,
    Flag,
    GuardReport,
    Null,
    Status,
    Stop,
    Total,
    Verdict,
)
from assay.core.subject import Cost

REPORTED, CLEAN = 0.62, 0.41

HOSTILE = "<script>alert('x')</script>\"'>\x1b[2J\u202eevil\u0007[red]markup[/red]" + "x" * 300

MEGABYTE = "<img src=x onerror=alert(1)>\u202e\x00" + "y" * 2**20
ACCENTS = "a" + "\u0301" * 50
"""A letter under so many accents that they are drawn over the lines above."""


def auc(value: float) -> Estimate:
    return Estimate(
        value=value, low=value - 0.08, high=min(1.0, value + 0.07), unit="AUC", method="bootstrap"
    )


def evidence(instrument: str, null: Null, **numbers: object) -> Evidence:
    fields = {
        "instrument": instrument,
        "version": 1,
        "question": "does the model prefer the published items?",
        "claim": "membership",
        "null": null,
        "suspects": 82,
        "controls": 82,
        "cost": Cost(calls=164, tokens=40_000),
        **numbers,
    }
    return Evidence.model_validate(fields)


def share(value: float, low: float, high: float) -> Estimate:
    return Estimate(value=value, low=low, high=high, unit="share answered right", method="m")


@pytest.fixture
def corrected() -> CorrectedScore:
    return CorrectedScore(
        reported=REPORTED,
        items=164,
        method="siblings",
        corrected=share(CLEAN, 0.352, 0.469),
        inflation=share(REPORTED - CLEAN, 0.127, 0.288),
        low=0.352,
        high=0.469,
        rests_on=("lots decided which variant was published",),
        digest="ab" * 32,
    )


@pytest.fixture
def with_score(flagged: Verdict, corrected: CorrectedScore) -> Verdict:
    return flagged.model_copy(update={"score": corrected})


@pytest.fixture
def flagged() -> Verdict:
    path = tuple(0.09 * i + 0.7 * math.sin(i / 4) for i in range(82))
    return Verdict(
        status=Status.FLAGGED,
        claim="Published items of humaneval were in the training data of tuned.",
        headline="Suspects score higher than controls drawn by the same recorded split.",
        alpha=0.01,
        benchmark="humaneval",
        benchmark_digest="ab" * 32,
        model="local:tuned",
        model_digest="cd" * 32,
        reference="smollm2",
        reference_digest="ef" * 32,
        suspects=82,
        controls=82,
        controls_kind="randomised",
        totals=(
            Total(null=Null.EXACT, instruments=("order", "canary"), e_value=1.4, needed=200,
                  largest_e=50),
            Total(null=Null.MATCHED, instruments=("logprob.minkpp", "logprob.loss_diff"),
                  e_value=1531.2, needed=200, path=path, flags=True),
        ),
        evidence=(
            evidence("order", Null.EXACT, e_value=1.8, p_value=0.21, largest_e=50, controls=0),
            evidence("canary", Null.EXACT, e_value=0.3, p_value=0.7, largest_e=16, suspects=1,
                     controls=0),
            evidence("logprob.minkpp", Null.MATCHED, estimate=auc(0.70), p_value=0.0003),
            evidence("logprob.loss_diff", Null.MATCHED, estimate=auc(0.79), p_value=2e-8),
            evidence("logprob.zlib", Null.NONE, estimate=auc(0.52), abstained=3,
                     caveats=("compressed length confounds",)),
            evidence("options", Null.NONE, abstention="the items carry no options"),
        ),
        flags=tuple(
            Flag(unit=f"HumanEval/{3 * i}", p_value=0.001 * (i + 1), score=4.0 - i / 9)
            for i in range(15)
        ),
        flags_q=0.1,
        stop=Stop(planned=164, measured=164, reason="full pass"),
        why=("matched: e 1,531 is past 200, the line for two kinds at error rate 1 %.",),
        would_change=("A split drawn with another seed after training.",),
        not_shown=("Whether the items were seen once or many times.",
                   "Which document they came from."),
        seed=123456789,
        cost=Cost(calls=656, tokens=160_000),
        version="0.1.0",
    )  # fmt: skip


@pytest.fixture
def undecided() -> Verdict:
    return Verdict(
        status=Status.UNDECIDED,
        claim="Published items of humaneval were in the training data of smollm2.",
        headline="No kind of evidence could reach its line here.",
        alpha=0.01,
        benchmark="humaneval",
        benchmark_digest="ab" * 32,
        model="smollm2",
        model_digest="cd" * 32,
        suspects=164,
        controls=164,
        controls_kind="other",
        evidence=(
            evidence("logprob.loss", Null.NONE, estimate=auc(0.97)),
            evidence("canary", Null.NONE, abstention="the benchmark carries no canary"),
        ),
        guard=GuardReport(
            passed=False, blind_auc=0.99, blind_upper=1.0, beats_p=0.8, gamma=1.02,
            reason="words and length alone tell suspects from controls",
        ),
        flags_note="items are tested only where a total may flag",
        stop=Stop(planned=328, measured=160, reason="budget spent"),
        would_change=("Controls of the same form, picked by chance.",),
        not_shown=("That the model is clean.",),
        seed=1,
        version="0.1.0",
    )  # fmt: skip


@pytest.fixture
def served(flagged: Verdict) -> Verdict:
    """A model behind an API, paid for, that changed under the run; several claims, no chance."""
    exact, matched = flagged.totals
    ids = exact.model_copy(
        update={"topic": "ids", "instruments": ("recall.id",), "e_value": 412.0, "flags": True,
                "path": tuple(0.06 * i for i in range(1, 101))}
    )  # fmt: skip
    early = matched.model_copy(update={"path": matched.path[:48], "e_value": 60.0, "flags": False})
    return flagged.model_copy(
        update={
            "model": "inspect:openai/some-model",
            "model_notes": ("served as some-model-2026-01-01", "asked in a chat template"),
            "totals": (exact, ids, early),
            "controls_kind": "other",
            "guard": GuardReport(passed=True, blind_auc=0.51, blind_upper=0.54, beats_p=0.004,
                                 gamma=1.83, reason="Passed."),
            "stop": Stop(planned=164, measured=48, reason="model changed"),
            "cost": Cost(calls=1640, tokens=160_000, nanodollars=1_234_500_000),
        }
    )  # fmt: skip


@pytest.fixture
def hostile(flagged: Verdict) -> Verdict:
    """Every text that a benchmark, a model or a file could have written."""
    bad = [
        one.model_copy(
            update={
                "instrument": HOSTILE,
                "abstention": HOSTILE if one.abstention else "",
                "question": HOSTILE,
                "caveats": (HOSTILE,),
                "parameters": {HOSTILE: HOSTILE},
            }
        )
        for one in flagged.evidence
    ]
    return flagged.model_copy(
        update={
            "claim": HOSTILE,
            "headline": HOSTILE,
            "benchmark": HOSTILE,
            "model": HOSTILE,
            "model_notes": (HOSTILE, MEGABYTE),
            "totals": tuple(
                t.model_copy(update={"topic": HOSTILE, "instruments": (HOSTILE, MEGABYTE)})
                for t in flagged.totals
            ),
            "guard": GuardReport(
                passed=False, blind_auc=0.5, blind_upper=0.6, gamma=1.1, reason=HOSTILE + MEGABYTE
            ),
            "evidence": tuple(bad),
            "flags": (Flag(unit=HOSTILE, p_value=0.001, score=1.0),),
            "flags_note": HOSTILE,
            "why": (HOSTILE,),
            "would_change": (HOSTILE,),
            "not_shown": (HOSTILE,),
            "version": HOSTILE,
        }
    )


@pytest.fixture
def findings() -> tuple[Finding, ...]:
    return tuple(
        Finding(
            instrument=instrument,
            unit=f"HumanEval/{i}",
            score=math.sin(7.3 * i) + (0.9 if i % 2 else 0.0),
        )
        for instrument in ("logprob.minkpp", "logprob.loss_diff")
        for i in range(164)
    )


@pytest.fixture
def answers() -> tuple[Finding | Abstention, ...]:
    """Findings that carry what a model wrote, some of it meant to do harm."""
    said = ("def f(numbers):\n    return sum(numbers)", HOSTILE, MEGABYTE, ACCENTS, "", "no idea")
    true = "def f(numbers):\n    return sum(numbers) / len(numbers)"
    found = [
        Finding(instrument="logprob.minkpp", unit=f"HumanEval/{i}", score=float(i),
                detail={"said": text, "true": true, "ending": "refusal" if i == 5 else ""})
        for i, text in enumerate(said)
    ]  # fmt: skip
    odd = Finding(instrument="logprob.minkpp", unit=MEGABYTE, score=9.0, detail={"said": MEGABYTE})
    gone = [
        Abstention(instrument=HOSTILE, unit=MEGABYTE, reason=f"{HOSTILE} {i} {MEGABYTE}")
        for i in range(3)
    ]
    return (*found, odd, *gone)


@pytest.fixture
def records(
    findings: tuple[Finding, ...], answers: tuple[Finding | Abstention, ...]
) -> tuple[Finding | Abstention, ...]:
    return (*findings, *answers)


@pytest.fixture
def roles() -> dict[str, str]:
    return {f"HumanEval/{i}": "suspect" if i % 2 else "control" for i in range(164)}
