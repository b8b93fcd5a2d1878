"""A model that remembers, and that stops at its budget."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from assay.core.errors import BadConfig, BudgetSpent, ModelError
from assay.core.subject import Cost, Reply, Request, ask
from assay.models.scripted import ScriptedModel
from assay.store import Ledger, Purse, Recorded, budget_from


@pytest.fixture(name="ledger")
def _ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "run") as opened:
        yield opened


def texts(*given: str) -> list[Request]:
    return [Request(kind="score", text=text) for text in given]


def test_equal_requests_are_asked_once(ledger: Ledger) -> None:
    model = ScriptedModel()
    recorded = Recorded(model, ledger, "run")
    first = ask(recorded, texts("a b c", "d e f", "a b c"))
    assert first[0] == first[2] != first[1]
    assert model.answered == 2
    again = ask(Recorded(model, ledger, "run"), texts("d e f", "a b c", "g h i"))
    assert again[:2] == [first[1], first[0]]
    assert model.answered == 3
    assert ask(Recorded(model, ledger, "another run"), texts("a b c")) == [first[0]]
    assert model.answered == 4


def test_it_bears_the_name_and_abilities_of_its_model(ledger: Ledger) -> None:
    model = ScriptedModel(name="n", context=99)
    recorded = Recorded(model, ledger, "run")
    assert (recorded.name, recorded.digest, recorded.context) == ("n", model.digest, 99)
    assert recorded.abilities == model.abilities


def test_what_was_answered_before_a_failure_is_kept(ledger: Ledger) -> None:
    with pytest.raises(ModelError):
        ask(Recorded(ScriptedModel(fail_after=2), ledger, "run"), texts("a b", "c d", "e f"))
    assert ledger.cost("run").calls == 2


class Unclosed(ScriptedModel):
    """A model that does not say which reply closes a batch."""

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Answer without closing."""
        for index, reply in super().answer(requests):
            yield index, reply.model_copy(update={"closes": False})


def test_batches_are_told_apart_by_number_too(ledger: Ledger) -> None:
    recorded = Recorded(Unclosed(together=2), ledger, "run")
    taken = 0
    for _ in recorded.answer(texts("a b", "c d", "e f", "g h", "i j")):
        taken += 1
        # Never a part of a batch: two, four, and the last one by itself.
        assert ledger.cost("run").calls == min(5, (taken + 1) // 2 * 2)
    assert taken == 5


def test_each_batch_is_told(ledger: Ledger) -> None:
    told: list[int] = []
    recorded = Recorded(
        ScriptedModel(together=2), ledger, "run", on_reply=lambda: told.append(1), asker="i"
    )
    ask(recorded, texts("a b", "c d", "e f"))
    assert len(told) == 2
    assert ledger.costs("run") == {"i": ledger.cost("run")}


def test_no_request_is_sent_that_could_pass_the_budget(ledger: Ledger) -> None:
    model = ScriptedModel()
    recorded = Recorded(
        model, ledger, "run", purse=Purse(limit=Cost(calls=100, tokens=30, nanodollars=1))
    )
    with pytest.raises(BudgetSpent, match="spent 6 calls, 18 tokens"):
        # 11 bytes are at most 13 tokens; what turns out to be 3 leaves room for another.
        ask(recorded, texts(*(f"abc def gh{n}" for n in range(9))))
    assert model.answered == 6


def test_what_is_recorded_costs_nothing_again(ledger: Ledger) -> None:
    model = ScriptedModel()
    ask(Recorded(model, ledger, "run"), texts("a b"))
    spent = Recorded(
        model, ledger, "run", purse=Purse(limit=Cost(calls=1, tokens=10**9, nanodollars=1))
    )
    assert len(ask(spent, texts("a b"))) == 1
    with pytest.raises(BudgetSpent):
        ask(spent, texts("a b", "c d"))


def limits(**given: int) -> Cost:
    unlimited = dict.fromkeys(("calls", "tokens", "nanodollars"), 2**62)
    return Cost(**unlimited | given)


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        ("", None),
        ("  ", None),
        ("5calls", limits(calls=5)),
        ("5 calls", limits(calls=5)),
        ("2e3tokens", limits(tokens=2000)),
        ("5calls, 7tokens", limits(calls=5, tokens=7)),
        ("0.25usd,7tokens", limits(tokens=7, nanodollars=250_000_000)),
    ],
)
def test_budgets_are_read(text: str, budget: Cost | None) -> None:
    assert budget_from(text) == budget


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "calls",
        "0.5calls",
        "infcalls",
        "5calls,",
        "5calls,6calls",
        "5calls;6tokens",
        "0calls",
        "0usd",
    ],
)
def test_budgets_that_say_nothing_are_refused(text: str) -> None:
    with pytest.raises(BadConfig, match="write it like"):
        budget_from(text)
