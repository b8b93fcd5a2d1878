"""The one loop: chunks, seeds, early stops, reruns."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import pytest
from tests.conformance.world import ACTS, COMMITTED, build, write
from tests.examination.runs import asked, knowing, plan, scripted, world

from assay.core.draws import verify
from assay.core.errors import BadConfig
from assay.core.evidence import Null, Status, Verdict
from assay.core.item import Certificate
from assay.core.settings import Progress
from assay.examination import load_run, run
from assay.examination.prepare import prepare
from assay.examination.steps import steps

SIBLINGS = ("siblings",)


def e_value(verdict: Verdict, null: Null = Null.EXACT) -> float:
    (total,) = (t for t in verdict.totals if t.null is null)
    return total.e_value


def test_units_are_dealt_in_chunks_mixed_and_each_once(tmp_path: Path) -> None:
    path, benchmark = world(tmp_path)
    trial = prepare(plan(path, split=1, chunk=4))
    chunks = [step.units for step in steps(trial) if step.deals]
    assert [len(units) for units in chunks] == [4, 4, 2]
    dealt = [unit.id for units in chunks for unit in units]
    assert sorted(dealt) == sorted(item.id for item in benchmark.items)
    # Suspects and controls are shuffled together: no chunk order gives the labels away.
    labels = [name in trial.suspect_ids for name in dealt]
    assert labels not in (sorted(labels), sorted(labels, reverse=True))


def test_whole_benchmark_instruments_get_the_suspects_in_published_order(tmp_path: Path) -> None:
    path, _ = world(tmp_path)
    trial = prepare(plan(path, split=1))
    whole = {step.name: step for step in steps(trial) if not step.deals}
    assert list(whole) == ["canary", "honeypot", "order"]
    names = [unit.id for unit in whole["order"].units]
    assert names == [item.id for item in trial.subject.benchmark.items]
    assert set(names) == trial.suspect_ids


def test_the_seed_is_a_hash_of_what_is_claimed_and_recorded(tmp_path: Path) -> None:
    path, _ = world(tmp_path)
    given = plan(path, instruments=SIBLINGS)
    trial = prepare(given)
    assert trial.seed == int(trial.claim[:12], 16)
    verdict = run(given)
    assert verdict.seed == trial.seed
    assert {evidence.seed for evidence in verdict.evidence} == {trial.seed}
    # Neither the level nor the stopping nor the folder chooses another seed; the model does.
    for other in ({"alpha": 0.05}, {"full": True}, {"out": "x"}, {"budget": "9calls"}):
        assert prepare(given.model_copy(update=other)).run == trial.run
    assert prepare(given.model_copy(update={"model": "scripted:seed=1"})).seed != trial.seed
    assert prepare(given.model_copy(update={"chunk": 3})).claim == trial.claim


def test_the_reference_is_another_model(tmp_path: Path) -> None:
    path, _ = world(tmp_path)
    with pytest.raises(BadConfig, match="itself"):
        prepare(plan(path, reference="scripted:clean"))


def test_a_recorded_split_is_the_only_one(tmp_path: Path) -> None:
    benchmark = build(1, items=10, siblings=19, options=3)
    record = Certificate(act="split", seed="7", committed=COMMITTED)
    recorded = (*benchmark.certificates, record)
    path = write(tmp_path, benchmark.model_copy(update={"certificates": recorded}))
    assert prepare(plan(path, split=7)).controls_kind == "randomised"
    with pytest.raises(BadConfig, match="was split with the seed 7"):
        prepare(plan(path, split=8))


def test_a_sealed_benchmarks_halves_are_no_split(tmp_path: Path) -> None:
    benchmark = build(1, items=10, siblings=19, options=3)
    record = Certificate(act="halves", seed="7", committed=COMMITTED)
    recorded = (*benchmark.certificates, record)
    path = write(tmp_path, benchmark.model_copy(update={"certificates": recorded}))
    with pytest.raises(BadConfig, match="not dealt out item by item"):
        prepare(plan(path, split=7))


def test_siblings_stay_exact_in_the_half_that_was_published(tmp_path: Path) -> None:
    path, _ = world(tmp_path)
    trial = prepare(plan(path, split=1))
    assert len(trial.suspect_ids) == 5
    assert {act: verify(trial.subject.benchmark, act) for act in ACTS} == dict.fromkeys(ACTS, "")


def test_a_run_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    path, _ = world(tmp_path)
    given = plan(path, split=1, instruments=("siblings", "logprob.loss"))
    verdict = run(given)
    again, records, asked_for = load_run(tmp_path / "run")
    assert (again, asked_for) == (verdict, given)
    assert records[-2:] == verdict.evidence
    assert len(records) == 2 + 2 * 10


def test_another_seed_counts_as_a_rerun_and_is_averaged(tmp_path: Path) -> None:
    path, _ = world(tmp_path)
    given = plan(path, split=1, instruments=("logprob.loss",), full=True)
    other = given.model_copy(update={"seed": 5})
    apart = run(other.model_copy(update={"out": str(tmp_path / "apart")}))
    assert (apart.runs, apart.seed) == (1, 5)
    first = run(given)
    second = run(other)
    assert (first.runs, second.runs) == (1, 2)
    mean = (e_value(first, Null.MATCHED) + e_value(apart, Null.MATCHED)) / 2
    assert math.isclose(e_value(second, Null.MATCHED), mean)
    # Running the same again adds nothing: it is one run of this claim, however often it is shown.
    assert run(other) == second
    assert run(given).runs == 2


def test_a_rerun_stops_early_only_when_the_average_is_enough(tmp_path: Path) -> None:
    path, benchmark = world(tmp_path, items=16)
    given = plan(path, model=knowing(tmp_path, benchmark), instruments=SIBLINGS, chunk=2)
    first = run(given.model_copy(update={"budget": "30calls", "seed": 1}))
    assert e_value(first) == 1
    second = run(given.model_copy(update={"seed": 2}))
    assert second.status is Status.FLAGGED
    assert e_value(second) >= second.totals[0].needed


def test_early_stop_says_what_it_saved_and_full_goes_on_from_there(tmp_path: Path) -> None:
    path, benchmark = world(tmp_path, items=16)
    model = knowing(tmp_path, benchmark, log=tmp_path / "log.txt")
    given = plan(path, model=model, instruments=SIBLINGS, chunk=2)
    early = run(given)
    assert early.status is Status.FLAGGED
    assert (early.stop.planned, early.stop.reason) == (16, "decided early")
    assert 0 < early.stop.measured < 16
    assert early.stop.measured % 2 == 0
    assert "items were seen" not in early.flags_note  # counts of items take a full pass
    assert len(asked(tmp_path)) == early.cost.calls == early.stop.measured * 20
    full = run(given.model_copy(update={"full": True}))
    assert (full.stop.measured, full.stop.reason, full.runs) == (16, "full pass", 1)
    assert max(Counter(asked(tmp_path)).values()) == 1
    assert full.cost.calls == 320
    assert full.totals[0].path[: len(early.totals[0].path)] == early.totals[0].path
    assert "items with siblings were seen" in full.flags_note


def test_progress_is_told(tmp_path: Path) -> None:
    path, _ = world(tmp_path)
    told: list[Progress] = []
    run(plan(path, instruments=SIBLINGS, chunk=5), on_progress=told.append)
    assert [p.done for p in told] == sorted(p.done for p in told)
    assert (told[0].done, told[-1].done, told[-1].total) == (0, 10, 10)
    assert told[-1].cost.calls == 200
    assert told[-1].needed == 100


def test_a_model_that_fails_is_asked_again_next_time(tmp_path: Path) -> None:
    path, _ = world(tmp_path)
    given = plan(path, instruments=SIBLINGS, chunk=5)
    failing = run(given.model_copy(update={"model": scripted(fail_after=130)}))
    (evidence,) = failing.evidence
    assert evidence.suspects == 5  # the first chunk was whole
    assert failing.cost.calls == 130  # what was answered is kept
    mended = run(given)
    assert mended.evidence[0].suspects == 10
    assert len(asked(tmp_path)) == 70  # of 200
