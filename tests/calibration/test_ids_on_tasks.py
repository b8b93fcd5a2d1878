"""Ids of real tasks: who knows them is flagged, worded as what it shows; nobody else is."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

import pytest
from bench.recall_id import Shortcut, drawn, flagged, of_the_time, popular
from bench.recall_id import findings as measured
from scipy import stats
from tests.conformance.world import sentence, write_known

from assay import examine
from assay.core.evidence import Finding, Status, Verdict
from assay.core.instrument import Topic
from assay.core.item import Benchmark, Item
from assay.formats.benchmarks import open_benchmark
from assay.formats.splits import split

TASKS = "swebench_verified/tasks.csv.gz"
EVERY = 1000


def allowed(trials: int, alpha: float) -> int:
    """Return the 99.9 % quantile of false alarms in so many trials of size alpha."""
    return int(stats.binom.ppf(0.999, trials, alpha))


def examined(folder: Path, tasks: Path, known: Sequence[Item], **options: object) -> Verdict:
    """Examine a model that has read these tasks under their ids."""
    texts = [f"{item.id}\n{item.text}" for item in known]
    model = "scripted:clean"
    if known:
        model = f"scripted:knows={write_known(folder, texts)},strength=0.9"
    plan = {"model": model, "out": str(folder / "run"), "instruments": ("recall.id",)}
    return examine(str(tasks), **plan | options)  # type: ignore[arg-type]


def findings(folder: Path) -> list[Finding]:
    lines = (folder / "run" / "evidence.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if json.loads(line)["record"] == "finding"]
    return [Finding.model_validate_json(row) for row in rows]


def flags(verdict: Verdict) -> dict[str, bool]:
    return {total.topic: total.flags for total in verdict.totals}


@pytest.mark.shared
@pytest.mark.slow
def test_one_task_in_ten_by_heart(shared: Path, tmp_path: Path) -> None:
    items = open_benchmark(str(shared / TASKS)).items
    known = drawn(items, 50, seed=3)
    texts = [item for item in items if item.id in known]
    verdict = examined(tmp_path, shared / TASKS, texts, full=True)
    assert verdict.status is Status.FLAGGED
    assert flags(verdict) == {Topic.IDS: True}
    assert "knows which text of tasks belongs to which id" in verdict.headline
    assert "the public source of the items is enough" in verdict.headline
    named = flagged(findings(tmp_path))
    assert named <= known
    assert len(named) >= 40


@pytest.mark.shared
@pytest.mark.slow
def test_it_stops_when_it_is_decided(shared: Path, tmp_path: Path) -> None:
    items = open_benchmark(str(shared / TASKS)).items
    verdict = examined(tmp_path, shared / TASKS, items)
    assert verdict.status is Status.FLAGGED
    assert verdict.stop.reason == "decided early"
    assert verdict.cost.calls < 150


@pytest.mark.shared
@pytest.mark.slow
def test_who_knows_the_public_history_did_not_need_the_benchmark(
    shared: Path, tmp_path: Path
) -> None:
    items = open_benchmark(str(shared / TASKS)).items
    verdict = examined(tmp_path, shared / TASKS, items, split=7, full=True)
    # All ids are known, held back or not: the mapping, and nothing beyond the source.
    assert flags(verdict) == {Topic.IDS: True, Topic.SEEN: False}
    assert verdict.claim.endswith("the public source of the items is enough for that")


@pytest.mark.shared
@pytest.mark.slow
def test_who_knows_the_published_half_alone_did(shared: Path, tmp_path: Path) -> None:
    published, _ = split(open_benchmark(str(shared / TASKS)).items, 7)
    verdict = examined(tmp_path, shared / TASKS, published[::4], split=7, full=True)
    assert flags(verdict) == {Topic.IDS: True, Topic.SEEN: True}
    assert verdict.claim.startswith("the model saw the published items in training")


@pytest.mark.shared
@pytest.mark.slow
def test_who_knows_nothing_is_not_flagged(shared: Path, tmp_path: Path) -> None:
    verdict = examined(tmp_path, shared / TASKS, ())
    assert verdict.status is Status.UNDECIDED
    assert not findings(tmp_path)[0].detail["own"]


def invented(count: int = 96) -> Benchmark:
    """Return tasks of two repositories that nobody has written."""
    items = tuple(
        Item(
            id=f"owner__project{n % 2}-{1000 + 7 * n}",
            statement=". ".join(sentence(f"{n}:{k}") for k in range(6)),
            stratum=f"repo{n % 2}",
        )
        for n in range(count)
    )
    return Benchmark(name="invented", items=items)


def hold(benchmark: Benchmark, window: int, runs: int) -> None:
    """Stop every run at its worst moment; the answers are texts of a window of ids."""
    paths = Shortcut(benchmark=benchmark)
    said = (of_the_time(benchmark.items, seed, window=window) for seed in range(runs))
    worst = [max(paths.log_path(answers, seed)) for seed, answers in enumerate(said)]
    for alpha in (0.05, 0.01):
        assert sum(w >= -math.log(alpha) for w in worst) <= allowed(runs, alpha)


def test_tasks_known_by_their_ids_in_a_whole_run(tmp_path: Path) -> None:
    benchmark = invented(48)
    path = tmp_path / "invented.jsonl"
    path.write_text(
        "".join(f"{i.model_dump_json(exclude_defaults=True)}\n" for i in benchmark.items)
    )
    verdict = examined(tmp_path, path, benchmark.items)
    assert verdict.status is Status.FLAGGED
    assert flags(verdict) == {Topic.IDS: True}
    assert verdict.stop.reason == "decided early"
    (evidence,) = verdict.evidence
    assert "hidden bias changes the odds of an assignment by at most 1.5" in evidence.caveats[0]


@pytest.mark.parametrize("window", [EVERY, 8])
def test_who_knows_the_texts_but_not_their_ids_is_not_flagged(window: int) -> None:
    hold(invented(48), window, 300)


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize("window", [EVERY, 20, 5])
def test_texts_of_about_the_time_are_no_knowledge_of_ids(shared: Path, window: int) -> None:
    hold(open_benchmark(str(shared / TASKS)), window, 500)


@pytest.mark.shared
@pytest.mark.slow
def test_who_is_right_one_time_in_three_does_know(shared: Path) -> None:
    """The limit of what small blocks cover: texts of direct neighbours, the own one included."""
    benchmark = open_benchmark(str(shared / TASKS))
    paths = Shortcut(benchmark=benchmark)
    said = (of_the_time(benchmark.items, seed, window=1) for seed in range(20))
    worst = [max(paths.log_path(answers, seed)) for seed, answers in enumerate(said)]
    assert sum(w >= math.log(100) for w in worst) >= 15


@pytest.mark.shared
@pytest.mark.slow
def test_popular_words_are_no_knowledge_of_ids(shared: Path) -> None:
    benchmark = open_benchmark(str(shared / TASKS))
    paths = Shortcut(benchmark=benchmark)
    worst = [max(paths.log_path(popular(benchmark.items, s), s)) for s in range(200)]
    assert sum(w >= math.log(20) for w in worst) <= allowed(200, 0.05)


def test_items_are_flagged_rightly_where_a_tenth_is_known() -> None:
    """The flags' error rate, through the instrument's own counts."""
    benchmark = invented(200)
    known = drawn(benchmark.items, 60, seed=5)
    base = of_the_time(benchmark.items, 5, window=EVERY)
    said = base | {item.id: item.text for item in benchmark.items if item.id in known}
    named = flagged(measured(benchmark, said, seed=1), gamma=1.0)
    assert len(named & known) >= 40
    # At most one in ten on average; one draw of some fifty flags may hold twice that.
    assert len(named - known) <= 0.2 * len(named)
