"""Word problems with other people and other numbers."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest

from assay.core.item import Item
from assay.tasks.varying.chains import chain_of
from assay.tasks.varying.parts import Source
from assay.tasks.varying.people import people_in
from assay.tasks.varying.problems import Problems, problem_family

QUESTION = "Mary had 40 pens and gave 12 of them to Tom. She then bought 3 packs of 15. How many?"
ANSWER = (
    "After giving she had 40 - 12 = <<40-12=28>>28 pens.\n"
    "She bought 3 * 15 = <<3*15=45>>45 pens.\n"
    "Mary had 28 + 45 = <<28+45=73>>73 pens.\n#### 73"
)


def family(question: str = QUESTION, answer: str = ANSWER) -> Problems | str:
    return problem_family(Source(item=Item(id="a", statement=question, answer=answer)))


def test_variants_are_worked_again() -> None:
    made = family()
    assert isinstance(made, Problems)
    draws = [Random(seed) for seed in range(30)]  # noqa: S311 - repeatable, not secret
    variants = [v for draw in draws if (v := made.make(draw))]
    assert made.prove(variants) == ""
    assert len({v.statement for v in variants}) >= 20
    for one in variants:
        assert "Mary" not in one.statement + one.answer
        assert "3 packs" in one.statement  # a small number may count what the text goes on to name
        chain = chain_of(one.statement, one.answer)
        assert not isinstance(chain, str)
        assert one.answer.endswith(f"#### {chain.steps[-1].value}")
        assert all(step.value > 0 for step in chain.steps)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("40 - 12 = <<40-12=29>>29\n#### 29", "cannot be recomputed"),
        ("It is 28.\n#### 28", "shows no steps"),
        ("40 - 12 = <<40-12=28>>28\n#### 27", "no step of it gives its final number"),
        ("40 - 12 = <<40-12=28>>28", "no final number"),
        ("x = <<__import__('os')=28>>28\n#### 28", "cannot be recomputed"),
    ],
)
def test_what_cannot_be_worked_again_is_refused(answer: str, why: str) -> None:
    refused = family(answer=answer)
    assert isinstance(refused, str)
    assert why in refused


def test_one_number_never_becomes_two() -> None:
    question = "Ann has 10 red and 10 blue beads."
    chain = chain_of(question, "10+10=<<10+10=20>>20\n#### 20")
    assert not isinstance(chain, str)
    assert chain.given == ()
    assert chain.worked({Fraction(20): Fraction(30)}) is None


def test_people_whom_somebody_knows_stay() -> None:
    assert people_in("Henry Ford met Mary, and Victoria in June; in june, Tom.") == (
        "Mary",
        "Victoria",
        "Tom",
    )
