"""Published answers that are wrong: who gives them, and who does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.probes.sayings import Says

from assay.core.evidence import Abstention, Finding, Null, Status, Verdict
from assay.core.item import Benchmark, Item
from assay.core.settings import Plan
from assay.core.subject import Ability, Prompting, Reply, Subject, Unit
from assay.examination.loop import carry_out
from assay.examination.prepare import prepare
from assay.formats.splits import split
from assay.formats.writing import write_items
from assay.models.scripted import ScriptedModel
from assay.probes.wronggold import WrongGold
from assay.store import Ledger

SUM = Item(id="a", statement="1 + 1 =", answer="3", correct="2", wrong_answers=("3", "11", "4"))
CHOICE = Item(
    id="b",
    statement="Which?",
    options=("red", "blue", "green"),
    answer="red",
    correct="blue",
    wrong_answers=("C", "green"),
)


def asked_about(item: Item, said: str | Reply, how: Prompting = "chat") -> Finding | Abstention:
    """Ask one item of a model that says this."""
    given = Subject(
        model=Says(lambda _: said, prompting=how), benchmark=Benchmark(name="b", items=(item,))
    )
    (outcome,) = WrongGold().measure(given, [Unit(id=item.id, item=item)], seed=1)
    return outcome


@pytest.mark.parametrize(
    ("item", "said", "score"),
    [
        (SUM, "Answer: 3", 1.0),
        (SUM, "3", 1.0),
        (SUM, "2", 0.0),
        (SUM, "4", 0.0),
        (SUM, "", 0.0),
        (SUM, "3" * 10**6, 0.0),
        (SUM, "\ud800", 0.0),
        (SUM, Reply(text="3", ending="refusal"), 0.0),
        (SUM, Reply(ending="refusal"), 0.0),
        (CHOICE, "A", 1.0),
        (CHOICE, "red", 1.0),
        (CHOICE, "B", 0.0),
        (CHOICE, "A and B", 0.0),
    ],
)
def test_giving_the_published_answer(item: Item, said: str | Reply, score: float) -> None:
    outcome = asked_about(item, said)
    assert isinstance(outcome, Finding)
    assert (outcome.score, outcome.null, outcome.e_value) == (score, Null.NONE, None)
    assert Finding.model_validate_json(outcome.model_dump_json()) == outcome


def test_how_rare_the_mistake_is_stands_beside_it() -> None:
    sum_, choice = asked_about(SUM, "3"), asked_about(CHOICE, "A")
    assert isinstance(sum_, Finding)
    assert isinstance(choice, Finding)
    told = ("solvers", "solvers_agree", "if_exchangeable")
    assert [sum_.detail[key] for key in told] == [3, 1, 2.0]
    assert [choice.detail[key] for key in told] == [2, 0, 3.0]
    alone = asked_about(SUM.model_copy(update={"wrong_answers": ()}), "3")
    assert isinstance(alone, Finding)
    assert alone.detail["solvers"] == 0
    assert "if_exchangeable" not in alone.detail


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"correct": None}, "not known to be wrong"),
        ({"answer": None}, "not known to be wrong"),
        ({"correct": "3.0"}, "reads like the published one"),
        ({"answer": "def f():\n    return 1"}, "needs a sandbox"),
    ],
)
def test_what_says_nothing_is_not_asked(changed: dict[str, object], why: str) -> None:
    outcome = asked_about(SUM.model_copy(update=changed), "3")
    assert isinstance(outcome, Abstention)
    assert why in outcome.reason


def test_a_wrong_answer_may_be_known_without_the_right_one() -> None:
    outcome = asked_about(SUM.model_copy(update={"correct": ""}), "3")
    assert isinstance(outcome, Finding)
    assert outcome.score == 1.0


def test_a_failure_is_no_answer() -> None:
    assert isinstance(asked_about(SUM, Reply(problem="down")), Abstention)


def examined(folder: Path, *, memorised: bool) -> Verdict:
    """Examine eighty sums, thirty of which were published wrong, half of all held back."""
    items = [
        Item(
            id=f"q{n}",
            statement=f"{n} + {n + 7} =",
            answer=str(2 * n + 7 + (n % 13 + 2 if n % 8 < 3 else 0)),
        )
        for n in range(80)
    ]
    write_items(folder / "sums.jsonl", items)
    wrong = [{"id": f"q{n}", "correct": str(2 * n + 7)} for n in range(80) if n % 8 < 3]
    (folder / "wrong.jsonl").write_text("\n".join(map(json.dumps, wrong)), encoding="utf-8")
    plan = Plan(
        benchmark=str(folder / "sums.jsonl"),
        model="scripted:clean",
        split=7,
        wrong=str(folder / "wrong.jsonl"),
        instruments=("wronggold",),
        full=True,
    )
    published, _ = split(items, 7)
    solved = {item.statement: str(2 * n + 7) for n, item in enumerate(items)}
    known = {item.statement: item.answer or "" for item in published} if memorised else {}
    model = Says(lambda prompt: (solved | known)[prompt.strip()])
    assert model.abilities is Ability.GENERATE
    with Ledger(folder / "run") as ledger:
        return carry_out(prepare(plan, model=model), ledger, folder / "run", lambda _: None)


def test_who_learned_the_errors_is_flagged_and_who_can_add_is_not(tmp_path: Path) -> None:
    verdicts = {}
    for memorised in (True, False):
        (tmp_path / str(memorised)).mkdir()
        verdicts[memorised] = examined(tmp_path / str(memorised), memorised=memorised)
    assert verdicts[True].status is Status.FLAGGED
    assert verdicts[False].status is Status.UNDECIDED
    for verdict in verdicts.values():
        (total,) = verdict.totals
        assert (total.null, total.topic) == (Null.MATCHED, "answers")
        # Only those whose published answer is known to be wrong are asked, on either side.
        (evidence,) = verdict.evidence
        assert evidence.suspects + evidence.controls == 30 == verdict.cost.calls


def test_a_scripted_model_that_read_the_file_gives_its_errors() -> None:
    given = Subject(
        model=ScriptedModel(knows=(SUM.text,), strength=0.9),
        benchmark=Benchmark(name="b", items=(SUM,)),
    )
    (outcome,) = WrongGold().measure(given, [Unit(id="a", item=SUM)], seed=1)
    assert isinstance(outcome, Finding)
    assert outcome.score == 1.0
