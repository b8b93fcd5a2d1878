"""Sealed siblings, and the half that was held back, in front of models elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import pytest
from tests.conformance.world import build, published_texts, write

from assay.core.errors import StoreError
from assay.core.evidence import Null, Status, Verdict
from assay.core.item import Benchmark
from assay.core.settings import Plan
from assay.core.subject import Ability, Model, Reply, Request, Sealed
from assay.core.trial import Trial
from assay.examination.disclosure import spending_log
from assay.examination.loop import carry_out
from assay.examination.prepare import prepare
from assay.models.scripted import ScriptedModel
from assay.store import Ledger

WRITES = Ability.GENERATE


class Witness(ScriptedModel):
    """A model elsewhere that looks into the log whenever it is asked."""

    watched: Benchmark
    log_file: Path
    saw: set[str]

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Hold that every sealed text it is shown was noted before."""
        noted = {row["sha256"] for row in rows(self.log_file)}
        for item in self.watched.items:
            for text in item.siblings:
                if any(text in request.text for request in requests):
                    assert digest(text) in noted
                    self.saw.add(text)
        yield from super().answer(requests)


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def rows(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def elsewhere(folder: Path, benchmark: Benchmark, name: str, **options: object) -> Witness:
    """Return a model of a provider, which has read what was published."""
    given = {"abilities": WRITES, "knows": published_texts(benchmark), "strength": 0.9}
    model = Witness(name=name, remote=True, **(given | options))  # type: ignore[arg-type]
    model.watched, model.log_file, model.saw = benchmark, folder / "world.spent.jsonl", set()
    return model


def planned(folder: Path, model: Model, **options: object) -> Trial:
    given = {
        "benchmark": str(folder / "world.jsonl"),
        "model": model.name,
        "instruments": ("siblings.quiz",),
        "allow_disclosure": True,
        "full": True,
        "chunk": 4,
    }
    return prepare(Plan.model_validate(given | options), model=model)


def carried(folder: Path, trial: Trial) -> Verdict:
    out = folder / f"run-{trial.run[:8]}"
    with Ledger(out) as ledger:
        return carry_out(trial, ledger, out, lambda _: None)


def world(folder: Path, **options: int) -> Benchmark:
    benchmark = build(1, **({"items": 8, "options": 3} | options), answers=True)  # type: ignore[arg-type]
    write(folder, benchmark)
    return benchmark


def test_without_leave_nothing_sealed_is_sent(tmp_path: Path) -> None:
    benchmark = world(tmp_path)
    model = elsewhere(tmp_path, benchmark, "inspect:one/a")
    trial = planned(
        tmp_path,
        model,
        allow_disclosure=False,
        instruments=("siblings.quiz", "gap", "canary", "honeypot"),
    )
    verdict = carried(tmp_path, trial)
    assert model.saw == set()
    assert rows(model.log_file) == []
    found = {e.instrument: e.abstention for e in verdict.evidence}
    assert "--allow-disclosure" in found["siblings.quiz"]
    assert "--allow-disclosure" in found["gap"]
    assert "--allow-disclosure" in found["honeypot"]


def test_each_provider_is_shown_siblings_of_its_own(tmp_path: Path) -> None:
    benchmark = world(tmp_path)
    names = [f"inspect:p{n}/model" for n in range(8)]
    saw: list[set[str]] = []
    for place, name in enumerate(names):
        model = elsewhere(tmp_path, benchmark, name, seed=place)
        verdict = carried(tmp_path, planned(tmp_path, model))
        saw.append(model.saw)
        # Nineteen siblings: three each for six providers, one for the seventh, none for the last.
        each = {6: 1, 7: 0}.get(place, 3)
        assert len(model.saw) == 8 * each
        (evidence,) = verdict.evidence
        if not each:
            assert "spent on other providers" in evidence.abstention
            continue
        assert evidence.e_value == pytest.approx((0.5 + 0.5 * (each + 1)) ** 8)
        assert evidence.null is Null.EXACT
    assert sum(map(len, saw)) == len(set.union(*saw)) == 8 * 19
    assert len(rows(tmp_path / "world.spent.jsonl")) == 8 * 19


def test_a_provider_is_shown_the_same_again(tmp_path: Path) -> None:
    benchmark = world(tmp_path)
    first = elsewhere(tmp_path, benchmark, "inspect:one/a")
    carried(tmp_path, planned(tmp_path, first))
    again = elsewhere(tmp_path, benchmark, "inspect:one/b", seed=3)
    carried(tmp_path, planned(tmp_path, again, seed=99))
    assert again.saw == first.saw
    more = elsewhere(tmp_path, benchmark, "inspect:one/c")
    wider = {"siblings.quiz.shown": "6"}
    carried(tmp_path, planned(tmp_path, more, parameters=wider))
    # Wider blocks are other blocks: what they have beside the first ones is spent as well.
    spent = rows(tmp_path / "world.spent.jsonl")
    assert len(spent) == len(first.saw | more.saw) > 8 * 3


def test_a_run_that_was_broken_off_goes_on_with_the_same(tmp_path: Path) -> None:
    benchmark = world(tmp_path)
    straight = tmp_path / "straight"
    straight.mkdir()
    world(straight)
    broken = elsewhere(tmp_path, benchmark, "inspect:one/a", fail_after=19)
    carried(tmp_path, planned(tmp_path, broken))
    mended = elsewhere(tmp_path, benchmark, "inspect:one/a")
    late = carried(tmp_path, planned(tmp_path, mended))
    once = elsewhere(straight, benchmark, "inspect:one/a")
    assert late.totals == carried(straight, planned(straight, once)).totals
    assert len(rows(tmp_path / "world.spent.jsonl")) == 8 * 3
    assert late.status is Status.FLAGGED


def test_two_runs_side_by_side_do_not_spend_the_same(tmp_path: Path) -> None:
    benchmark = world(tmp_path)
    models = [elsewhere(tmp_path, benchmark, f"inspect:p{n}/m", seed=n) for n in range(2)]
    # Fresh variants are drawn by the run's seed: with one seed, both would take the same.
    trials = [planned(tmp_path, model, seed=5) for model in models]
    carried(tmp_path, trials[0])
    with pytest.raises(StoreError, match=r"spent on p0 while this run"):
        carried(tmp_path, trials[1])
    assert models[1].saw == set()
    carried(tmp_path, planned(tmp_path, models[1], seed=5))
    assert not models[0].saw & models[1].saw


def test_questions_of_siblings_are_spent_with_them(tmp_path: Path) -> None:
    benchmark = world(tmp_path)
    model = elsewhere(tmp_path, benchmark, "inspect:one/a")
    carried(tmp_path, planned(tmp_path, model, instruments=("gap",)))
    assert model.saw == set()  # their answers stayed here
    assert len(rows(model.log_file)) == 8 * 3


def test_log_probabilities_of_sealed_texts_spend_them(tmp_path: Path) -> None:
    benchmark = world(tmp_path)
    able = Ability.GENERATE | Ability.LOGPROBS
    model = elsewhere(tmp_path, benchmark, "inspect:one/a", abilities=able)
    trial = planned(tmp_path, model, instruments=("siblings", "canary"))
    carried(tmp_path, trial)
    assert len(model.saw) == 8 * 19
    kinds = [row["kind"] for row in rows(model.log_file)]
    assert (kinds.count("sibling"), kinds.count("canary")) == (8 * 19, 19)
    other = elsewhere(tmp_path, benchmark, "inspect:two/a")
    carried(tmp_path, planned(tmp_path, other))
    assert other.saw == set()


def test_the_half_that_was_held_back_is_spent_when_it_is_sent(tmp_path: Path) -> None:
    benchmark = world(tmp_path)
    able = Ability.GENERATE | Ability.LOGPROBS
    model = elsewhere(tmp_path, benchmark, "inspect:one/a", abilities=able)
    quiz = planned(tmp_path, model, split=3)
    carried(tmp_path, quiz)
    published = quiz.suspect_ids
    # The draw decides: of what was not published nothing is asked, so nothing of it is spent.
    assert {row["item"] for row in rows(model.log_file)} == published
    trial = planned(tmp_path, model, split=3, instruments=("options", "logprob.loss"))
    carried(tmp_path, trial)
    held = {r["item"]: r["sha256"] for r in rows(model.log_file) if r["kind"] == "held back"}
    assert set(held) == {i.id for i in benchmark.items} - published
    assert held == {i.id: digest(i.text) for i in benchmark.items if i.id in held}


def test_a_model_on_this_machine_spends_nothing(tmp_path: Path) -> None:
    benchmark = world(tmp_path)
    model = ScriptedModel(name="here", knows=published_texts(benchmark), strength=0.9)
    trial = planned(tmp_path, model, allow_disclosure=False)
    assert trial.subject.showable(benchmark.items[0]) == Sealed(unspent=benchmark.items[0].siblings)
    assert carried(tmp_path, trial).status is Status.FLAGGED
    assert not (tmp_path / "world.spent.jsonl").exists()


def test_a_reference_elsewhere_is_noted_too(tmp_path: Path) -> None:
    benchmark = world(tmp_path)
    here = ScriptedModel(knows=published_texts(benchmark), strength=0.9)
    able = Ability.GENERATE | Ability.LOGPROBS
    beside = elsewhere(tmp_path, benchmark, "inspect:two/r", abilities=able, knows=())
    given = Plan(
        benchmark=str(tmp_path / "world.jsonl"),
        model="here",
        reference="inspect:two/r",
        split=3,
        instruments=("logprob.loss.ref",),
        allow_disclosure=True,
        full=True,
    )
    carried(tmp_path, prepare(given, model=here, reference=beside))
    assert {row["provider"] for row in rows(beside.log_file)} == {"two"}
    assert len(rows(beside.log_file)) == 4


def test_where_the_log_lies(tmp_path: Path) -> None:
    world(tmp_path)
    assert spending_log(str(tmp_path / "world.jsonl")) == tmp_path / "world.spent.jsonl"
    assert spending_log("humaneval") == Path("humaneval.spent.jsonl")
    assert spending_log("../../etc/x:y").name == "..-..-etc-x-y.spent.jsonl"
    assert len(spending_log("x" * 5000).name) < 200
