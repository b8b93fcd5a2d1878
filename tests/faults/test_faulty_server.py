"""What each fault of a server becomes: through the whole of `run`, over real sockets."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from tests.faults.probe import WORST, Continues
from tests.faults.worlds import KEY, outcomes, plan_for, replies, rows, stories, written
from tests.servers.faulty import SPARED, Faulty, faulty

from assay.core.errors import ModelError
from assay.core.evidence import Abstention, Finding, Status
from assay.core.item import Benchmark, Item
from assay.core.subject import Subject, Unit
from assay.examination import run
from assay.models.scripted import ScriptedModel

ITEMS = stories(16)
MODEL = ScriptedModel(knows=tuple(item.text for item in ITEMS[::3]), strength=0.9)
PASSING = {"429 with Retry-After": "429", "429": "429", "500": "500", "hang": "Timeout",
           "cut JSON": "JSON"}  # fmt: skip
"""Faults that may be gone next time, and what a reader is told of each."""


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "a-key-that-nobody-may-see")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return written(tmp_path, ITEMS)


def undisturbed(items: tuple[Item, ...] = ITEMS) -> dict[str, float | None]:
    """Return the scores that the model has when nothing comes between."""
    subject = Subject(model=MODEL, benchmark=Benchmark(name="b", items=items))
    units = [Unit(id=item.id, item=item) for item in items]
    found = Continues().measure(subject, units, seed=0)
    return {o.unit: o.score for o in found if isinstance(o, Finding)}


def scores(out: Path) -> dict[str, float | None]:
    """Return the scores of a run, by unit."""
    return {u: o.score for u, o in outcomes(out).items() if isinstance(o, Finding)}


def asked(front: Faulty) -> Counter[str]:
    """Count the attempts at every prompt that is not a test request."""
    return Counter({p: n for p, n in front.attempts.items() if not p.startswith(SPARED)})


@pytest.mark.slow
@pytest.mark.parametrize("fault", PASSING)
def test_what_may_pass_is_missing_now_and_asked_again_next_time(path: Path, fault: str) -> None:
    out = path.parent / "run"
    patience = {"timeout": "1" if fault == "hang" else "5"}
    with faulty(MODEL, {fault: 0.3}, seed=10) as (url, front):
        given = plan_for(path, url, model_args=patience, chunk=8)
        run(given)
        hit = {item.id for item in ITEMS if front.fault(Continues.prompt(item))}
        assert 3 <= len(hit) <= 7
        missing = {u: o for u, o in outcomes(out).items() if isinstance(o, Abstention)}
        assert set(missing) == hit
        assert all(PASSING[fault] in o.reason and url[:-3] in o.reason for o in missing.values())
        kept, before = rows(out), asked(front)
        assert len(kept) == len(ITEMS) - len(hit)

        front.faults = {}
        verdict = run(given)
    assert rows(out)[: len(kept)] == kept
    again = asked(front) - before
    assert set(again) == {Continues.prompt(item) for item in ITEMS if item.id in hit}
    assert set(again.values()) == {1}
    assert scores(out) == undisturbed()
    assert verdict.cost.calls == len(ITEMS)


WAITING = pytest.param("429 with Retry-After", marks=pytest.mark.slow)


@pytest.mark.parametrize("fault", [WAITING, "500", "cut JSON"])
def test_what_passes_is_asked_again_at_once(path: Path, fault: str) -> None:
    with faulty(MODEL, {fault: 0.3}, seed=10, lasts=1) as (url, front):
        run(plan_for(path, url, model_args={"max_retries": "1"}))
    assert front.met[fault] >= 3
    assert scores(path.parent / "run") == undisturbed()
    assert max(asked(front).values()) == 2


@pytest.mark.slow
def test_a_server_that_is_down_is_not_taken_for_silence(path: Path) -> None:
    out = path.parent / "run"
    with faulty(MODEL, {"500": 1.0}, after=7) as (url, front):
        given = plan_for(path, url)
        run(given)
        kept = rows(out)
        assert len(kept) == 5  # two of the seven were the test requests
        reasons = {o.reason for o in outcomes(out).values() if isinstance(o, Abstention)}
        assert any("8 requests in a row had no answer" in reason for reason in reasons)
        # Eight have to fail until it is known to be down, and by then ten others are under way;
        # nothing more is sent.
        assert sum(asked(front).values()) <= 5 + 3 * (8 + 10)

        front.faults = {}
        run(given)
        assert rows(out)[:5] == kept
        assert scores(out) == undisturbed()

        front.faults, front.spares = {"500": 1.0}, False
        with pytest.raises(ModelError, match="no answer to the test request"):
            run(given)
    assert scores(out) == undisturbed()


def test_an_answer_without_a_choice_is_missing_for_good(path: Path) -> None:
    out = path.parent / "run"
    with faulty(MODEL, {"empty choices": 0.3}, seed=10) as (url, front):
        given = plan_for(path, url)
        first = run(given)
        before = asked(front)
        front.faults = {}
        second = run(given)
    assert asked(front) == before
    missing = [o for o in outcomes(out).values() if isinstance(o, Abstention)]
    assert len(missing) == front.met["empty choices"] >= 3
    assert all("without any choice" in o.reason and url[:-3] in o.reason for o in missing)
    assert first.model_copy(update={"runs": second.runs}) == second
    assert first.cost.calls == len(ITEMS)  # it was answered, and will be billed


@pytest.mark.parametrize(
    ("fault", "ending"), [("empty text", "stop"), ("refusal", "refusal"), ("cut answer", "length")]
)
def test_an_answer_of_little_use_is_an_answer(path: Path, fault: str, ending: str) -> None:
    out = path.parent / "run"
    with faulty(MODEL, {fault: 0.3}, seed=10) as (url, front):
        run(plan_for(path, url))
        hit = {item.id for item in ITEMS if front.fault(Continues.prompt(item))}
    found = scores(out)
    assert set(found) == {item.id for item in ITEMS}
    for unit in hit:
        known = undisturbed()[unit] or 0.0
        assert (
            found[unit] == WORST if fault != "cut answer" else WORST < (found[unit] or 0) <= known
        )
    spoiled = [r for r in replies(out) if not r["text"] or r["ending"] == ending]
    assert len(spoiled) >= len(hit)
    assert not any(r["problem"] for r in replies(out))


def test_a_server_without_log_probabilities_is_named(path: Path) -> None:
    with faulty(MODEL, {"no logprobs": 1.0}, spares=False) as (url, _):
        given = plan_for(
            path,
            url,
            model="inspect:openai-api-completions/faults/tiny",
            instruments=("logprob.loss", "continues"),
        )
        verdict = run(given)
        server = url[:-3]
    (loss,) = (e for e in verdict.evidence if e.instrument == "logprob.loss")
    assert "gives no log-probabilities of a prompt" in loss.abstention
    assert any(server in note and "without them" in note for note in verdict.model_notes)
    assert scores(path.parent / "run") == undisturbed()


def test_log_probabilities_that_are_missing_now_and_then_abstain(path: Path) -> None:
    out = path.parent / "run"
    with faulty(MODEL, {"no logprobs": 0.3}, seed=10) as (url, front):
        verdict = run(
            plan_for(
                path,
                url,
                model="inspect:openai-api-completions/faults/tiny",
                instruments=("logprob.loss",),
            )
        )
        hit = {item.id for item in ITEMS if front.fault(item.text)}
    missing = {u: o for u, o in outcomes(out).items() if isinstance(o, Abstention)}
    assert set(missing) == hit
    assert len(hit) >= 3
    assert all(url[:-3] in o.reason and "without them" in o.reason for o in missing.values())
    (loss,) = verdict.evidence
    assert (loss.suspects + loss.controls, loss.abstained) == (16 - len(hit), len(hit))


@pytest.mark.parametrize("budget", ["400tokens", "7calls"])
def test_a_server_that_counts_nonsense_spends_no_more_than_the_budget(
    path: Path, budget: str
) -> None:
    with faulty(MODEL, {"nonsense usage": 1.0}) as (url, front):
        given = plan_for(path, url, budget=budget)
        verdict = run(given)
        before = asked(front)
        assert verdict.stop.reason == "budget spent"
        assert 0 < sum(before.values()) < len(ITEMS)
        sent = sum(len(prompt) // 4 + 12 for prompt in before)  # what it really was, at most
        limit = int(budget.rstrip("abcdefghijklmnopqrstuvwxyz"))
        assert verdict.cost.calls <= limit if "calls" in budget else sent <= verdict.cost.tokens
        assert verdict.cost.tokens <= limit or "calls" in budget
        run(given)
    assert asked(front) == before


@pytest.mark.parametrize("fault", ["other name", "other fingerprint"])
def test_another_model_ends_the_run_and_begins_a_new_one(path: Path, fault: str) -> None:
    out = path.parent / "run"
    with faulty(MODEL, {fault: 1.0}, after=8) as (url, front):
        given = plan_for(path, url, model_args={"connections": "1"})
        first = run(given)
        kept = rows(out)
        assert first.stop.reason == "model changed"
        assert first.stop.measured == 4  # the chunk in which it changed is not used
        assert len(kept) == 6

        front.after, front.spares = 0, False
        second = run(given)
        front.faults = {}
        third = run(given)
    assert second.stop.reason == "full pass"
    assert second.model_digest != first.model_digest == third.model_digest
    assert rows(out)[:6] == kept
    by_run = Counter(row[1] for row in rows(out))
    assert sorted(by_run.values()) == [16, 16]  # the first was taken up again, nothing repeated
    assert third.stop.reason == "full pass"


def test_another_fingerprint_may_be_allowed(path: Path) -> None:
    with faulty(MODEL, {"other fingerprint": 0.5}) as (url, _):
        verdict = run(plan_for(path, url, model_args={"fingerprint": "any"}))
    assert verdict.stop.reason == "full pass"
    assert {r["fingerprint"] for r in replies(path.parent / "run")} == {"fp_tiny", "fp_tiny-2"}


def test_answers_that_waver_at_temperature_0_are_noted(path: Path) -> None:
    out = path.parent / "run"
    with faulty(MODEL, {"wavering": 1.0}, spares=False) as (url, _):
        first = run(plan_for(path, url))
        kept = rows(out)
        second = run(plan_for(path, url))
    assert any("not deterministic at temperature 0" in note for note in first.model_notes)
    assert first.status is second.status is Status.UNDECIDED
    assert rows(out) == kept  # what was said once stands


@pytest.mark.slow
def test_no_key_is_written_anywhere(path: Path) -> None:
    with faulty(MODEL, {"429": 0.2, "500": 0.2, "cut JSON": 0.2}, seed=1) as (url, _):
        run(plan_for(path, url, chunk=8))
    for file in (path.parent / "run").iterdir():
        assert b"nobody-may-see" not in file.read_bytes()
