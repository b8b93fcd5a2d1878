"""Samples and the greedy answer: how close, and what silence counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from assay.core.evidence import Abstention, Finding
from assay.core.item import Benchmark, Item
from assay.core.subject import Ability, Model, Reply, Request, Subject, Unit
from assay.models.scripted import ScriptedModel
from assay.probes.peaked import Peaked

ITEM = Item(id="q", statement="Who painted the lighthouse, and when?", answer="Ada, in May")
UNIT = Unit(id="q", item=ITEM)


@dataclass(kw_only=True)
class Repeating(ScriptedModel):
    """A model that gives the greedy answer first, then those on its list in turn."""

    greedy: str = ""
    drawn: tuple[str, ...] = ()
    ending: str = ""
    asked: list[Request] = field(default_factory=list)

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Answer from the list."""
        self.asked += requests
        answers = iter(self.drawn)
        for index, request in enumerate(requests):
            text = next(answers) if request.temperature else self.greedy
            yield index, Reply(text=text, ending=self.ending, batch=index)


def measured(model: Model, probe: Peaked) -> Finding | Abstention:
    given = Subject(model=model, benchmark=Benchmark(name="b", items=(ITEM,)))
    (outcome,) = probe.measure(given, [UNIT], seed=4)
    return outcome


def score(model: Model, probe: Peaked) -> float:
    outcome = measured(model, probe)
    assert isinstance(outcome, Finding)
    assert outcome.score is not None
    return outcome.score


def test_the_share_of_samples_within_the_distance() -> None:
    drawn = ("a b c d e", "a b x d e", "a x y d e", "")
    model = Repeating(greedy="a b c d e", drawn=drawn)
    assert score(model, Peaked(samples=4, alpha=0.2)) == 0.5
    assert score(model, Peaked(samples=4, alpha=0.4)) == 0.75
    assert score(model, Peaked(samples=4, alpha=0.01)) == 0.25


@pytest.mark.parametrize(("text", "ending"), [("", "stop"), ("a b", "refusal")])
def test_silence_and_refusals_score_the_worst_though_all_are_alike(text: str, ending: str) -> None:
    model = Repeating(greedy=text, drawn=(text,) * 3, ending=ending)
    assert score(model, Peaked(samples=3)) == 0


def test_the_answer_is_not_shown_and_every_draw_is_its_own() -> None:
    model = Repeating(greedy="a", drawn=("a",) * 10)
    score(model, Peaked())
    greedy, *drawn = model.asked
    assert {request.text for request in model.asked} == {ITEM.statement}
    assert greedy.temperature == 0
    assert len({request.seed for request in drawn}) == 10
    score(model := Repeating(greedy="a", drawn=("a",) * 10), Peaked())
    assert model.asked == [greedy, *drawn]


def test_who_knows_an_answer_by_heart_gives_it_again_and_again() -> None:
    knowing = ScriptedModel(knows=(ITEM.text,), strength=0.9, abilities=Ability.GENERATE)
    assert score(knowing, Peaked()) == 1
    assert score(ScriptedModel(), Peaked()) == 0
