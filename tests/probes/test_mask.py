"""Gaps: what is masked, what is asked, what counts as filled."""

from __future__ import annotations

import pytest

from assay.core.evidence import Abstention, Finding
from assay.core.item import Benchmark, Item
from assay.core.subject import Prompting, Subject, Unit
from assay.models.scripted import ScriptedModel
from assay.probes.mask import Mask, option_gaps, word_gaps

OPTIONS = ("a green lamp", "the third boat", "seven small keys", "nobody at all")
QUESTION = "What did the keeper of the lighthouse find on the morning after the storm?"
PROSE = (
    "The keeper of the lighthouse counted drumsticks and candles every Thursday, and the keeper "
    "wrote the reckoning into a notebook bound in sealskin."
)


@pytest.mark.parametrize(("answer", "place"), [("B", 1), ("seven small keys", 2), (None, None)])
def test_each_wrong_option_has_its_turn_and_the_answer_never(
    answer: str | None, place: int | None
) -> None:
    item = Item(id="q", statement=QUESTION, options=OPTIONS, answer=answer)
    bare = item.model_copy(update={"answer": None})
    gaps = option_gaps(item)
    wrong = [o for i, o in enumerate(OPTIONS) if i != place]
    assert [" ".join(gap.words) for gap in gaps] == wrong
    for gap, option in zip(gaps, wrong, strict=True):
        assert f"{gap.before} {option}{gap.after}" == bare.text


def test_the_longest_words_are_masked_that_stand_there_once() -> None:
    gaps = word_gaps(PROSE, 4)
    # "keeper" stands there twice, and "candles" is shorter than these.
    wanted = ["lighthouse", "drumsticks", "Thursday", "reckoning"]
    assert [gap.words for gap in gaps] == [(word,) for word in wanted]


@pytest.mark.parametrize("how", ["raw", "chat"])
def test_no_prompt_holds_the_masked_word(how: Prompting) -> None:
    for gap in word_gaps(PROSE, 9):
        assert gap.words[0].casefold() not in gap.prompt(how).casefold()


def test_a_word_inside_another_is_not_masked() -> None:
    assert [g.words for g in word_gaps("read the note in the notebook", 9)] == [("notebook",)]


def measured(item: Item, model: ScriptedModel) -> Finding | Abstention:
    given = Subject(model=model, benchmark=Benchmark(name="b", items=(item,)))
    (outcome,) = Mask().measure(given, [Unit(id=item.id, item=item)], seed=1)
    return outcome


@pytest.mark.parametrize(
    "item",
    [Item(id="q", statement=QUESTION, options=OPTIONS), Item(id="p", statement=PROSE)],
    ids=["options", "prose"],
)
def test_who_knows_the_text_fills_its_gaps(item: Item) -> None:
    known = measured(item, ScriptedModel(knows=(item.text,), strength=0.9))
    unknown = measured(item, ScriptedModel())
    assert isinstance(known, Finding)
    assert isinstance(unknown, Finding)
    assert (known.score, unknown.score) == (1.0, 0.0)


def test_nothing_to_mask_is_an_abstention() -> None:
    outcome = measured(Item(id="n", statement="1 + 1 is 2"), ScriptedModel())
    assert isinstance(outcome, Abstention)
    assert outcome.reason == "nothing in it can be masked"
