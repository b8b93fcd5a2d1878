"""Budgets are hard, forecasts are right, dry runs are nearly free."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from tests.examination.runs import LOG, asked, knowing, plan, scripted, world, written

from assay.core.errors import BadConfig
from assay.core.evidence import Status
from assay.examination import forecast, run

SAMPLE = 4


@pytest.mark.parametrize("calls", [1, 33, 133])
def test_a_budget_of_calls_is_never_passed(tmp_path: Path, calls: int) -> None:
    path, _ = world(tmp_path)
    given = plan(path, instruments=("siblings",), chunk=4, budget=f"{calls}calls")
    verdict = run(given)
    assert verdict.stop.reason == "budget spent"
    assert verdict.status is Status.UNDECIDED
    assert len(asked(tmp_path)) == verdict.cost.calls == calls
    assert verdict.stop.measured == calls // 80 * 4
    assert f"after {verdict.stop.measured} of 10" in verdict.headline
    run(given)  # the budget is the run's, not the sitting's
    assert len(asked(tmp_path)) == calls


@pytest.mark.parametrize("tokens", [50, 400, 1500])
def test_a_budget_of_tokens_is_never_passed(tmp_path: Path, tokens: int) -> None:
    path, _ = world(tmp_path)
    given = plan(path, instruments=("siblings", "canary"), chunk=4, budget=f"{tokens}tokens")
    verdict = run(given)
    assert verdict.stop.reason == "budget spent"
    assert verdict.cost.tokens <= tokens


def test_a_larger_budget_goes_on_where_the_smaller_ended(tmp_path: Path) -> None:
    path, _ = world(tmp_path / "a")
    other, _ = world(tmp_path / "b")
    options = {"split": 1, "reference": "scripted:seed=9", "chunk": 4, "full": True}
    options["parameters"] = {"order.shuffles": "9", "canary.alternatives": "9"}
    for calls in (5, 60, 61, 100):
        part = run(plan(path, budget=f"{calls}calls", **options))
        assert part.stop.reason == "budget spent"
    whole = run(plan(path, budget="100000calls,1e9tokens", **options))
    assert whole.stop.reason == "full pass"
    model = scripted(log=tmp_path / "a" / LOG)  # named in the verdict: the same in both
    straight = run(plan(other, model=model, **options))
    assert whole == straight
    assert written(tmp_path / "a" / "run") == written(tmp_path / "b" / "run")


def test_nothing_recorded_is_asked_again_by_a_larger_budget(tmp_path: Path) -> None:
    path, _ = world(tmp_path)
    for calls in (5, 60, 61, 1000):
        run(plan(path, budget=f"{calls}calls", instruments=("siblings", "options")))
    assert max(Counter(asked(tmp_path)).values()) == 1


@pytest.mark.parametrize("text", ["5", "calls", "-5calls", "0calls", "5 dollars", ",", "nancalls"])
def test_a_budget_that_says_nothing_is_refused(tmp_path: Path, text: str) -> None:
    path, _ = world(tmp_path)
    with pytest.raises(BadConfig, match="--budget"):
        run(plan(path, budget=text))


@pytest.mark.parametrize("knows", [False, True])
def test_a_forecast_is_what_a_full_run_spends(tmp_path: Path, *, knows: bool) -> None:
    path, benchmark = world(tmp_path)
    model = knowing(tmp_path, benchmark) if knows else scripted()
    given = plan(path, model=model, split=1, reference="scripted:seed=9", full=True)
    given = given.model_copy(update={"parameters": {"order.shuffles": "9"}})
    told = forecast(given)
    verdict = run(given)
    assert told.total.calls == verdict.cost.calls
    ran = [e for e in verdict.evidence if e.instrument not in told.abstains]
    calls = {e.instrument: e.cost.calls for e in ran}
    assert {name: cost.calls for name, cost in told.by_instrument.items()} == calls
    # Tokens are scaled up from a few texts; these are all alike.
    assert abs(told.total.tokens / verdict.cost.tokens - 1) < 0.2
    assert (told.suspects, told.controls, told.seed) == (5, 5, verdict.seed)
    assert told.needed == verdict.totals[0].needed


def test_a_dry_run_sends_a_few_requests_and_writes_nothing(tmp_path: Path) -> None:
    path, _ = world(tmp_path)
    told = forecast(plan(path))
    assert len(asked(tmp_path)) <= SAMPLE
    assert told.minutes is not None
    assert "logprob.loss.ref" in told.abstains
    assert not (tmp_path / "run").exists()
