"""Ids and texts: what is asked, what is counted, and when there is an e-value."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from bench.recall_id import Answers
from tests.conformance.world import COMMITTED, drawn_ids, sentence

from assay.catalog import load
from assay.core.errors import BadConfig
from assay.core.evidence import Abstention, Finding, Null
from assay.core.item import Benchmark, Certificate, Item
from assay.core.subject import Model, Prompting, Reply, Request, Subject, Unit
from assay.models.scripted import ScriptedModel
from assay.probes.id_blocks import layout, natural, said
from assay.probes.recall_id import INSTRUCTION, RecallId
from assay.stats.softrank import assignment_e

Outcome = Finding | Abstention


@dataclass(kw_only=True)
class Scripted(ScriptedModel):
    """A model with one whole reply to each id; it keeps what it was asked."""

    replies: Mapping[str, Reply] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Look the id up that the prompt ends with."""
        self.asked += [request.text for request in requests]
        ids = [request.text.splitlines()[-1] for request in requests]
        yield from ((i, self.replies.get(name, Reply())) for i, name in enumerate(ids))


def tasks(count: int = 12, *, stratum: str = "a/b", start: int = 95) -> Benchmark:
    """Return tasks of one repository, numbered across a power of ten."""
    items = tuple(
        Item(
            id=f"a__b-{n}",
            statement=". ".join(sentence(f"{n}:{k}") for k in range(5)),
            answer=sentence(f"{n}:answer"),
            stratum=stratum,
        )
        for n in range(start, start + count)
    )
    return Benchmark(name="tasks", items=items)


def units(benchmark: Benchmark) -> list[Unit]:
    return [Unit(id=item.id, item=item) for item in benchmark.items]


def measured(
    benchmark: Benchmark, model: Model, among: Sequence[Unit] = (), **settings: object
) -> dict[str, Outcome]:
    probe = RecallId(**settings)  # type: ignore[arg-type]
    subject = Subject(model=model, benchmark=benchmark)
    outcomes = probe.measure(subject, among or units(benchmark), seed=1)
    return {outcome.unit: outcome for outcome in outcomes}


def finding(outcome: Outcome) -> Finding:
    assert isinstance(outcome, Finding)
    return outcome


def reciting(benchmark: Benchmark, names: Sequence[str] = ()) -> Answers:
    """Return a model that recites these tasks; all of them when none is named."""
    return Answers(said={i.id: i.text for i in benchmark.items if not names or i.id in names})


def test_blocks_are_neighbours_in_their_natural_order() -> None:
    plan = layout(tasks(12), 6, 5, 1)
    assert list(plan.blocks) == ["a__b-95", "a__b-101"]
    assert plan.blocks["a__b-95"][-1] == "a__b-100"
    assert plan.partner["a__b-99"] == "a__b-100"
    assert plan.pair("a__b-100") == plan.pair("a__b-99") == "a__b-99"
    assert "a__b-107" not in layout(tasks(13), 6, 5, 1).partner


@pytest.mark.parametrize("count", range(1, 40))
def test_every_id_stands_in_one_block_of_four_or_more(count: int) -> None:
    plan = layout(tasks(count), 6, 5, 1)
    sizes = [len(block) for block in plan.blocks.values()]
    assert sum(sizes) == (count if count > 3 else 0)
    assert all(4 <= size <= 9 for size in sizes)


def test_natural_order_of_odd_names() -> None:
    names = ["x-2", "x-10", "x-010", "", "x", "10", "9" * 5000, "x-2-b"]
    ordered = sorted(names, key=natural)
    assert ordered.index("x-2") < ordered.index("x-2-b") < ordered.index("x-10")
    assert all(natural(a) <= natural(b) for a, b in pairwise(ordered))


def test_who_knows_the_tasks_is_seen() -> None:
    benchmark = tasks()
    found = measured(benchmark, reciting(benchmark))
    own = {name: finding(o) for name, o in found.items()}
    bearing = {name: f for name, f in own.items() if f.e_value is not None}
    assert list(bearing) == ["a__b-95", "a__b-101"]
    for f in bearing.values():
        assert f.null is Null.MATCHED
        assert 15 < (f.e_value or 0) < 28
        assert f.p_value == pytest.approx(1 / (f.e_value or 1))
        assert "drawn by lot" in str(f.detail["not_exact"])
    for f in own.values():
        assert (f.detail["decoy"], f.score) == (0, float(str(f.detail["shared"])))
        assert int(str(f.detail["own"])) > 10
    assert all(f.null is Null.NONE for name, f in own.items() if name not in bearing)


def _subject(benchmark: Benchmark) -> Subject:
    return Subject(model=ScriptedModel(), benchmark=benchmark)


def test_the_block_is_asked_about_when_its_first_id_is_dealt() -> None:
    benchmark, model = tasks(), Scripted()
    measured(benchmark, model, units(benchmark)[1:3])
    assert [p.splitlines()[-1] for p in model.asked] == ["a__b-96", "a__b-97"]
    model.asked.clear()
    measured(benchmark, model, units(benchmark)[:1])
    assert len(model.asked) == 6


def test_one_that_is_known_among_six() -> None:
    benchmark = tasks()
    found = measured(benchmark, reciting(benchmark, ["a__b-98"]))
    e_value = finding(found["a__b-95"]).e_value
    # (5 + 1.5) / 1.5 for the text that stands out, a half of 1 kept; the prior takes a little.
    assert e_value is not None
    assert 2.3 < e_value < 2.67
    assert finding(found["a__b-101"]).e_value == 1.0


def test_the_text_of_another_id_is_held_against_it() -> None:
    benchmark = tasks()
    texts = [item.text for item in benchmark.items]
    swapped = {i.id: texts[k ^ 1] for k, i in enumerate(benchmark.items)}
    for outcome in measured(benchmark, Answers(said=swapped)).values():
        f = finding(outcome)
        assert f.e_value is None or f.e_value < 0.25
        assert f.score == 0
        assert int(str(f.detail["decoy"])) > 10


def test_suspects_and_controls_are_scored_alike() -> None:
    whole = tasks(24)
    halves = [whole.model_copy(update={"items": whole.items[k::2]}) for k in (0, 1)]
    model = reciting(whole, [item.id for item in whole.items[::3]])
    first, second = (measured(half, model, units(whole)) for half in halves)
    for name in first:
        assert finding(first[name]).score == finding(second[name]).score
    outside = {item.id for item in halves[1].items}
    assert all(finding(first[name]).e_value is None for name in outside)
    assert all("pair" not in finding(first[name]).detail for name in outside)


def test_refusals_and_silence_are_answers_and_failures_are_missing() -> None:
    benchmark = tasks()
    text = {item.id: item.text for item in benchmark.items}
    replies = {name: Reply(text=t, ending="length") for name, t in text.items()}
    replies["a__b-96"] = Reply(text=text["a__b-96"], ending="refusal")
    replies["a__b-97"] = Reply()
    replies["a__b-95"] = replies["a__b-98"] = Reply(problem="timed out")
    found = measured(benchmark, Scripted(replies=replies))
    assert isinstance(found["a__b-98"], Abstention)
    assert [finding(found[f"a__b-{n}"]).score for n in (96, 97)] == [0.0, 0.0]
    # The first id's own answer is missing; its block is told under it all the same.
    first = finding(found["a__b-95"])
    assert first.score is None
    assert first.e_value is not None
    assert first.e_value > 3
    lost = {item.id: Reply(problem="gone") for item in benchmark.items}
    assert all(
        isinstance(o, Abstention) and o.reason == "gone"
        for o in measured(benchmark, Scripted(replies=lost)).values()
    )


def test_a_stratum_of_three_gets_scores_alone() -> None:
    benchmark = tasks(3)
    assert RecallId().reaches(_subject(benchmark)) is Null.NONE
    assert RecallId().largest_e(_subject(benchmark)) is None
    for outcome in measured(benchmark, reciting(benchmark)).values():
        f = finding(outcome)
        assert (f.e_value, f.null) == (None, Null.NONE)
        assert f.detail["not_exact"] == "no stratum has 4 ids"
        assert f.score is not None
        assert f.score > 10


def test_ids_that_tell_about_texts_give_no_e_value() -> None:
    topics = [f"all about {w} and its {w} parts" for w in ("boats", "lamps", "pears", "drums")]
    items = tuple(
        item.model_copy(update={"statement": f"{item.statement} {topics[k // 6 % 4]} {k // 3}"})
        for k, item in enumerate(tasks(96).items)
    )
    drifting = [
        item.model_copy(update={"statement": f"{'word ' * 3}{'old ' if k % 6 < 3 else 'new '}" * 9})
        for k, item in enumerate(items)
    ]
    benchmark = Benchmark(name="tasks", items=tuple(drifting))
    assert RecallId().reaches(_subject(benchmark)) is Null.NONE
    f = finding(measured(benchmark, reciting(benchmark))["a__b-95"])
    assert f.e_value is None
    assert "smaller blocks may do: --set recall.id.block=4" in str(f.detail["not_exact"])
    steady = Benchmark(name="tasks", items=items)
    assert RecallId().reaches(_subject(steady)) is Null.MATCHED


def test_ids_drawn_by_lot_are_exact() -> None:
    benchmark = drawn_ids(3, items=12)
    found = measured(benchmark, reciting(benchmark))
    (first, second) = [f for o in found.values() if (f := finding(o)).e_value is not None]
    assert first.null is second.null is Null.EXACT
    assert first.detail["gamma"] == 1.0
    assert first.detail["not_exact"] == ""
    moved = benchmark.items[0].model_copy(update={"statement": "Another text altogether."})
    edited = benchmark.model_copy(update={"items": (moved, *benchmark.items[1:])})
    assert RecallId().reaches(_subject(edited)) is not Null.EXACT
    half = benchmark.model_copy(update={"items": benchmark.items[::2]})
    assert RecallId().reaches(_subject(half)) is Null.EXACT


def test_what_the_prompt_gives_away_does_not_count() -> None:
    asked = f"{INSTRUCTION}tasks\na__b-98\n"
    told = said(f"{asked}{asked}", asked, "a__b-98", 5)
    assert len(told) == 0
    # An issue that quotes its own number would be found in whatever repeats the id.
    assert len(said("closes issue 98 of this repository", asked, "a__b-98", 5)) == 0
    assert len(said("closes the issue of this repository", asked, "a__b-98", 5)) == 2


@pytest.mark.parametrize("prompting", ["raw", "chat"])
def test_the_id_and_the_name_are_all_that_is_asked(prompting: Prompting) -> None:
    benchmark, model = tasks(), Scripted(prompting=prompting)
    measured(benchmark, model, title="Tasks of 2031")
    prompt = "Tasks of 2031\na__b-95\n"
    assert model.asked[0] == (prompt if prompting == "raw" else INSTRUCTION + prompt)
    assert not any(sentence("95:0") in text for text in model.asked)


@pytest.mark.parametrize(
    "text", ["", "\0" * 100, "\udcff" * 50, "word " * 200_000, "\x1b[2J<script>" * 30, "9" * 5000]
)
def test_any_reply_is_only_text(text: str) -> None:
    benchmark = tasks()
    replies = {item.id: Reply(text=text) for item in benchmark.items}
    for outcome in measured(benchmark, Scripted(replies=replies)).values():
        f = finding(outcome)
        assert Finding.model_validate_json(f.model_dump_json()) == f
        assert f.e_value in {None, 1.0}


def test_copies_of_a_text_prove_nothing() -> None:
    benchmark = tasks()
    same = benchmark.items[0].statement
    items = tuple(item.model_copy(update={"statement": same}) for item in benchmark.items)
    copies = Benchmark(name="tasks", items=items)
    found = measured(copies, Answers(said={item.id: same for item in items}))
    assert {finding(o).e_value for o in found.values()} == {None, 1.0}


def test_the_e_value_is_that_of_the_counts() -> None:
    benchmark = tasks(4)
    text = {item.id: item.text for item in benchmark.items}
    mixed = {name: t[: len(t) // (1 + k)] for k, (name, t) in enumerate(text.items())}
    found = [finding(o) for o in measured(benchmark, Answers(said=mixed)).values()]
    counts = [float(str(f.detail["own"])) for f in found]
    table = [[c if i == j else 0.0 for j in range(4)] for i, c in enumerate(counts)]
    assert found[0].e_value == pytest.approx(assignment_e(table, gamma=1.5))
    assert math.prod(counts) > 0


@pytest.mark.parametrize("gamma", ["0.9", "0.01"])
def test_odds_below_one_are_no_odds(gamma: str) -> None:
    with pytest.raises(BadConfig, match=r"--set recall\.id\.gamma=0\.\d+: odds"):
        load("recall.id", {"gamma": gamma})


def test_the_record_of_ids_drawn() -> None:
    benchmark = drawn_ids(3, items=6)
    record = Certificate(act="ids", seed=4, committed=COMMITTED)
    other = benchmark.model_copy(update={"certificates": (record,)})
    assert RecallId().reaches(_subject(benchmark)) is Null.EXACT
    assert RecallId().reaches(_subject(other)) is not Null.EXACT
