"""Canaries, siblings, options and order, beyond what every instrument must do."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from tests.conformance.world import COMMITTED, build, published_texts

from assay.core.draws import drawn_secret
from assay.core.evidence import Abstention, Finding, Null
from assay.core.item import Benchmark, Canary, Certificate, Item
from assay.core.subject import Ability, Reply, Request, Subject, Unit
from assay.models.scripted import ScriptedModel
from assay.probes.canary import LARGEST_SPACE
from assay.probes.canary import Canary as CanaryProbe
from assay.probes.options import Options
from assay.probes.order import Order, adjacency_p
from assay.probes.siblings import Siblings
from assay.stats.evalues import rank_e_max

SCORES, WRITES = Ability.LOGPROBS, Ability.GENERATE


class NotANumber(ScriptedModel):
    """A server that sends what is not a number."""

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Answer, with the first log-probability lost."""
        for index, reply in super().answer(requests):
            yield index, reply.model_copy(update={"logprobs": (math.nan, *reply.logprobs[1:])})


class Flat(ScriptedModel):
    """A model to which every text is as likely, byte by byte."""

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Answer with one token, of as many nats as the text has bytes."""
        for index, request in enumerate(requests):
            yield index, Reply(logprobs=(-float(len(request.text.encode())),))


def planted(canary: Canary, *, seed: int = 1) -> Benchmark:
    """Return a benchmark with this canary, its secret as the seed draws it."""
    names = [canary.secret, *canary.alternatives]
    secret = drawn_secret(canary, seed)
    rest = tuple(n for n in names if n != secret) if canary.alternatives else ()
    drawn = canary.model_copy(update={"secret": secret, "alternatives": rest})
    record = Certificate(act="canary", seed=seed, committed=COMMITTED)
    items = (Item(id="a", statement="Nothing of note."),)
    return Benchmark(name="b", items=items, canaries=(drawn,), certificates=(record,))


def spelt(**values: object) -> Canary:
    given = {"id": "c", "context": "Keep out: ", "secret": "0" * 12, "alphabet": "0123456789"}
    return Canary.model_validate(given | values)


def looked_for(
    benchmark: Benchmark, abilities: Ability = SCORES | WRITES, *, knows: bool = False
) -> Finding | Abstention:
    known = tuple(c.context + c.secret for c in benchmark.canaries) if knows else ()
    model = ScriptedModel(knows=known, strength=0.9, abilities=abilities)
    given = Subject(model=model, benchmark=benchmark)
    (outcome,) = CanaryProbe(alternatives=19).measure(given, (), seed=1)
    largest = CanaryProbe(alternatives=19).largest_e(given)
    if isinstance(outcome, Finding) and outcome.e_value is not None:
        assert largest is not None
        assert outcome.e_value <= largest * (1 + 1e-9)
    return outcome


@pytest.mark.parametrize("abilities", [SCORES, WRITES, SCORES | WRITES])
def test_a_canary_is_found_with_whatever_the_model_can_do(abilities: Ability) -> None:
    outcome = looked_for(planted(spelt()), abilities, knows=True)
    assert isinstance(outcome, Finding)
    assert outcome.null is Null.EXACT
    assert outcome.p_value is not None
    if WRITES in abilities:
        assert outcome.detail["completed"] is True
        assert outcome.p_value <= 2 / 10**12
    else:  # one of twenty, whatever the space
        assert outcome.p_value == 1 / 20
        assert outcome.e_value == pytest.approx(rank_e_max(20))


def test_a_canary_that_nobody_knows() -> None:
    outcome = looked_for(planted(spelt()))
    assert isinstance(outcome, Finding)
    assert outcome.detail["completed"] is False
    assert outcome.e_value is not None
    assert 0 < outcome.e_value < 5


def test_a_public_canary_is_shown_and_never_counts() -> None:
    outcome = looked_for(planted(spelt(public=True)), knows=True)
    assert isinstance(outcome, Finding)
    assert (outcome.null, outcome.e_value, outcome.p_value) == (Null.NONE, None, None)
    assert outcome.detail["completed"] is True
    assert outcome.detail["not_exact"] == "the canary is public"


def test_a_canary_without_context_cannot_be_completed() -> None:
    benchmark = planted(spelt(context=""))
    outcome = looked_for(benchmark, WRITES)
    assert isinstance(outcome, Abstention)
    assert "nothing stands before the canary" in outcome.reason
    assert isinstance(looked_for(benchmark, SCORES | WRITES), Finding)


def test_a_model_that_can_do_neither_abstains() -> None:
    outcome = looked_for(planted(spelt()), Ability.NONE)
    assert isinstance(outcome, Abstention)
    assert "log-probabilities" in outcome.reason
    assert "cannot generate" in outcome.reason


def test_a_reply_that_begins_with_several_of_the_strings_is_as_many_guesses() -> None:
    names = ("12", "123", "1234", "9")
    blank = Canary(id="c", context="Keep out: ", secret=names[0], alternatives=names[1:])
    # A model that always says "1234", whatever was drawn.
    model = ScriptedModel(knows=("Keep out: 1234",), strength=0.9, abilities=WRITES)
    e_values, runs = [], 400
    for seed in range(runs):
        given = Subject(model=model, benchmark=planted(blank, seed=seed))
        (outcome,) = CanaryProbe().measure(given, (), seed=seed)
        assert isinstance(outcome, Finding)
        assert outcome.e_value is not None
        e_values.append(outcome.e_value)
    # Three in four hit, worth 1/2 + 4/3/2 each: a mean of one. Counted once each it would be 2.
    assert sum(e_values) / runs == pytest.approx(1, abs=0.08)


def test_a_space_beyond_any_float() -> None:
    outcome = looked_for(planted(spelt(secret="0" * 400)), WRITES, knows=True)
    assert isinstance(outcome, Finding)
    assert outcome.e_value == pytest.approx(LARGEST_SPACE / 2)


@pytest.mark.parametrize("probe", [Siblings(), Options(), Order(shuffles=9), CanaryProbe()])
def test_what_is_not_a_number_outranks_nothing(
    probe: Siblings | Options | Order | CanaryProbe,
) -> None:
    benchmark = build(1, items=4, siblings=19, options=3)
    model = NotANumber(abilities=SCORES)
    units = [Unit(id=item.id, item=item) for item in benchmark.items]
    outcomes = list(probe.measure(Subject(model=model, benchmark=benchmark), units, seed=1))
    assert outcomes
    for outcome in outcomes:
        assert isinstance(outcome, Abstention)
        assert "not finite" in outcome.reason


def test_ties_count_against_the_published_variant() -> None:
    benchmark = build(1, items=3, siblings=19, options=3)
    units = [Unit(id=item.id, item=item) for item in benchmark.items]
    for outcome in Siblings().measure(Subject(model=Flat(), benchmark=benchmark), units, seed=1):
        assert isinstance(outcome, Finding)
        assert (outcome.p_value, outcome.score) == (1.0, 0.0)


def test_a_reference_takes_out_how_natural_a_variant_is() -> None:
    benchmark = build(1, items=8, siblings=19, options=3)
    units = [Unit(id=item.id, item=item) for item in benchmark.items]
    faint = ScriptedModel(knows=published_texts(benchmark), strength=0.02)

    def ranks(reference: ScriptedModel | None) -> list[object]:
        given = Subject(model=faint, benchmark=benchmark, reference=reference)
        found = list(Siblings().measure(given, units, seed=1))
        assert all(isinstance(one, Finding) and one.null is Null.EXACT for one in found)
        return [one.detail["rank"] for one in found if isinstance(one, Finding)]

    plain = ranks(None)
    assert (plain.count(1), ranks(ScriptedModel()).count(1)) == (2, 7)
    # What is sealed is sent to no second provider, and who gives no scores is left out.
    assert ranks(ScriptedModel(remote=True)) == plain
    assert ranks(ScriptedModel(abilities=WRITES)) == plain


def test_a_reference_that_read_the_same_hides_it() -> None:
    benchmark = build(1, items=3, siblings=19, options=3)
    units = [Unit(id=item.id, item=item) for item in benchmark.items]
    model = ScriptedModel(knows=published_texts(benchmark), strength=0.9)
    given = Subject(model=model, benchmark=benchmark, reference=model)
    found = list(Siblings().measure(given, units, seed=1))
    assert [one.detail["rank"] for one in found if isinstance(one, Finding)] == [20] * 3


def test_a_reference_that_cannot_score_an_item_is_named() -> None:
    benchmark = build(1, items=2, siblings=19, options=3)
    units = [Unit(id=item.id, item=item) for item in benchmark.items]
    given = Subject(model=ScriptedModel(), benchmark=benchmark, reference=NotANumber(seed=9))
    for outcome in Siblings().measure(given, units, seed=1):
        assert isinstance(outcome, Abstention)
        assert outcome.reason.startswith("the reference: ")


def test_siblings_of_one_item_too_long_leave_the_others() -> None:
    benchmark = build(1, items=3, siblings=19, options=3)
    first = benchmark.items[0].model_copy(update={"siblings": ("word " * 500,)})
    units = [Unit(id=i.id, item=i) for i in (first, *benchmark.items[1:])]
    given = Subject(model=ScriptedModel(context=200), benchmark=benchmark)
    kinds = [type(o) for o in Siblings().measure(given, units, seed=1)]
    assert kinds == [Abstention, Finding, Finding]


@pytest.mark.parametrize("options", [(), ("one",), ("same", "same"), ("a", "b", "a")])
def test_options_that_cannot_be_told_apart_abstain(options: tuple[str, ...]) -> None:
    item = Item(id="a", statement="Q?", options=options)
    given = Subject(model=ScriptedModel(), benchmark=Benchmark(name="b", items=(item,)))
    (outcome,) = Options().measure(given, [Unit(id="a", item=item)], seed=1)
    assert isinstance(outcome, Abstention)
    assert outcome.reason == "fewer than two different options"


@pytest.mark.parametrize(("count", "orders"), [(2, 2), (3, 6), (4, 24), (6, 24)])
def test_options_are_ranked_among_all_orders_or_a_sample(count: int, orders: int) -> None:
    benchmark = build(1, items=2, siblings=1, options=count)
    units = [Unit(id=item.id, item=item) for item in benchmark.items]
    given = Subject(model=ScriptedModel(), benchmark=benchmark)
    for outcome in Options().measure(given, units, seed=1):
        assert isinstance(outcome, Finding)
        assert outcome.detail["of"] == orders
    assert Options().largest_e(given) == pytest.approx(rank_e_max(orders))


def test_a_natural_order_is_not_ranked_unless_asked_for() -> None:
    benchmark = build(1, items=6, siblings=1, options=3)
    natural = benchmark.model_copy(update={"certificates": ()})
    model = ScriptedModel(knows=published_texts(natural), strength=0.9)
    given = Subject(model=model, benchmark=natural)
    units = [Unit(id=item.id, item=item) for item in natural.items]
    (outcome,) = Order().measure(given, units, seed=1)
    assert isinstance(outcome, Abstention)
    assert "neighbours are as alike as in" in outcome.reason
    assert model.answered == 0
    (shown,) = Order(uncertified=True, shuffles=19).measure(given, units, seed=1)
    assert isinstance(shown, Finding)
    assert (shown.null, shown.e_value, shown.detail["rank"]) == (Null.NONE, None, 1)


def test_order_needs_two_items() -> None:
    given = Subject(model=ScriptedModel(), benchmark=build(1, items=1, siblings=1, options=2))
    units = [Unit(id=item.id, item=item) for item in given.benchmark.items]
    (outcome,) = Order().measure(given, units, seed=1)
    assert isinstance(outcome, Abstention)


def test_a_shard_that_does_not_fit_is_left_out_in_every_order_alike() -> None:
    benchmark = build(1, items=9, siblings=1, options=2)
    long = benchmark.items[0].model_copy(update={"statement": "word " * 300})
    # Order is verified by ids alone, so that an item may be swapped for a longer one here.
    grown = benchmark.model_copy(update={"items": (long, *benchmark.items[1:])})
    given = Subject(model=ScriptedModel(context=200), benchmark=grown)
    units = [Unit(id=item.id, item=item) for item in grown.items]
    (outcome,) = Order(shuffles=9, shard=3).measure(given, units, seed=1)
    assert isinstance(outcome, Finding)
    assert outcome.detail["shards"] == 2
    (none,) = Order(shuffles=9, shard=9).measure(given, units, seed=1)
    assert isinstance(none, Abstention)
    assert "no shard fits the context window" in none.reason


def test_printed_indices_do_not_give_the_order_away() -> None:
    names = [f"HumanEval/{n}" for n in range(6)]
    items = tuple(Item(id=n, statement=f"{n}\nSame words here.") for n in names)
    benchmark = Benchmark(name="b", items=items)
    given = Subject(model=ScriptedModel(), benchmark=benchmark)
    units = [Unit(id=item.id, item=item) for item in items]
    (shown,) = Order(uncertified=True, shuffles=9).measure(given, units, seed=1)
    assert isinstance(shown, Finding)
    # Without their indices all items are equal, all orders tie, and ties count against.
    assert shown.detail["rank"] == 10


def test_a_natural_order_shows_by_its_text_alone() -> None:
    topics = ("red fox", "blue sea", "old clock", "green tea", "cold iron", "warm bread")
    sorted_by_topic = [f"{topic} number {n}" for topic in topics for n in range(4)]
    assert adjacency_p(sorted_by_topic, seed=1) == 1 / 200
    shuffled = [sorted_by_topic[(7 * k) % 24] for k in range(24)]
    assert adjacency_p(shuffled, seed=1) > 0.05


def test_seeds_change_what_is_drawn_and_nothing_else() -> None:
    benchmark = build(1, items=5, siblings=1, options=5)
    given = Subject(model=ScriptedModel(), benchmark=benchmark)
    units = [Unit(id=item.id, item=item) for item in benchmark.items]
    first, second = (list(Options().measure(given, units, seed=s)) for s in (1, 2))
    assert first != second
    plain = replace(given, reference=ScriptedModel(seed=3))
    assert list(Options().measure(plain, units, seed=1)) == first
