"""Which of these variants was published? Exact for whatever taste a model has."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

import numpy as np
import pytest
from scipy import stats
from tests.conformance.world import build, published_texts
from tests.probes.sayings import Says, lettered, likes

from assay.core.evidence import Abstention, Finding, Null
from assay.core.item import Benchmark, Item
from assay.core.subject import Prompting, Reply, Sealed, Subject, Unit
from assay.models.scripted import ScriptedModel
from assay.probes.quiz import Quiz, question
from assay.probes.variants import drawn, own_e

SURE = 0.999


def quizzed(
    model: ScriptedModel, benchmark: Benchmark, *, shown: int = 4, seed: int = 1
) -> list[Finding | Abstention]:
    """Ask a model about all items."""
    units = [Unit(id=item.id, item=item) for item in benchmark.items]
    given = Subject(model=model, benchmark=benchmark)
    return list(Quiz(shown=shown).measure(given, units, seed=seed))


def e_values(outcomes: list[Finding | Abstention]) -> list[float]:
    return [o.e_value for o in outcomes if isinstance(o, Finding) and o.e_value is not None]


def test_every_variant_stands_at_every_place_once() -> None:
    model = Says(lambda _: "A")
    benchmark = build(1, items=2, options=3)
    quizzed(model, benchmark, shown=5)
    assert len(model.asked) == 10
    for item, asked in zip(benchmark.items, (model.asked[:5], model.asked[5:]), strict=True):
        shown = [lettered(prompt) for prompt in asked]
        assert all(set(one.values()) == set(shown[0].values()) for one in shown)
        for letter in "ABCDE":
            assert {one[letter] for one in shown} == set(shown[0].values())
        assert item.text in shown[0].values()
        assert set(shown[0].values()) <= {item.text, *item.siblings}


@pytest.mark.parametrize("how", ["raw", "chat"])
def test_nothing_that_is_asked_tells_which_was_published(how: Prompting) -> None:
    texts = ["Ada counts 3 lamps.", "Bo paints 7 boats.", "Eve mends 2 keys.", "Ivo folds 4 maps."]
    asked = set()
    for place, text in enumerate(texts):
        rest = tuple(texts[:place] + texts[place + 1 :])
        item = Item(id="a", statement=text, siblings=rest)
        model = Says(lambda _: "", prompting=how)
        quizzed(model, Benchmark(name=f"drawn {place}", items=(item,)))
        asked.add(tuple(model.asked))
    assert len(asked) == 1


@pytest.mark.parametrize("letter", ["A", "B", "D", " (C)."])
def test_a_liking_for_a_place_is_worth_nothing(letter: str) -> None:
    outcomes = quizzed(Says(lambda _: letter), build(1, items=5, options=3))
    assert e_values(outcomes) == [1.0] * 5
    for outcome in outcomes:
        assert isinstance(outcome, Finding)
        assert (outcome.score, outcome.p_value, outcome.null) == (0.25, 1.0, Null.EXACT)


@pytest.mark.parametrize(
    "said",
    [
        "A and B",
        "",
        "\n \n",
        "E",
        "I'd rather not say.",
        "A" * 10**6,
        "\x1b[2J\0",
        Reply(text="A", ending="refusal"),
        Reply(ending="refusal"),
        Reply(ending="length"),
    ],
)
def test_what_picks_nothing_is_an_answer_and_worth_one(said: str | Reply) -> None:
    outcomes = quizzed(Says(lambda _: said), build(1, items=3, options=3))
    assert e_values(outcomes) == [1.0] * 3
    assert [o.score for o in outcomes if isinstance(o, Finding)] == [0.0] * 3


def test_a_failure_is_no_answer() -> None:
    down = Reply(problem="the server is down", transient=True)
    for outcome in quizzed(Says(lambda _: down), build(1, items=3, options=3)):
        assert isinstance(outcome, Abstention)
        assert outcome.reason == "the server is down"


@pytest.mark.parametrize("shown", [2, 4, 8, 20, 26])
def test_who_has_read_the_published_ones_picks_them(shown: int) -> None:
    benchmark = build(1, items=4, options=3)
    model = ScriptedModel(knows=published_texts(benchmark), strength=0.9)
    found = quizzed(model, benchmark, shown=shown)
    blocks = -(-20 // shown)
    sizes = {20 // blocks, -(-20 // blocks)}
    assert set(e_values(found)) <= {0.5 + 0.5 * size for size in sizes}
    count = min(shown, 20)
    given = Subject(model=model, benchmark=benchmark)
    assert Quiz(shown=shown).largest_e(given) == 0.5 + 0.5 * count
    chances = {1 / size for size in sizes}
    assert all(isinstance(o, Finding) and o.p_value in chances for o in found)


def test_without_a_certificate_it_is_a_score() -> None:
    benchmark = build(1, items=4, options=3).model_copy(update={"certificates": ()})
    model = ScriptedModel(knows=published_texts(benchmark), strength=0.9)
    given = Subject(model=model, benchmark=benchmark)
    assert (Quiz().largest_e(given), Quiz().reaches(given)) == (None, Null.NONE)
    for outcome in quizzed(model, benchmark):
        assert isinstance(outcome, Finding)
        assert (outcome.score, outcome.e_value, outcome.null) == (1.0, None, Null.NONE)


def test_what_was_held_back_is_not_shown_where_the_draw_decides() -> None:
    benchmark = build(1, items=2, options=3)
    other = Unit(id="held", item=build(5, items=1, options=3).items[0])
    model = Says(lambda _: "A")
    (outcome,) = Quiz().measure(Subject(model=model, benchmark=benchmark), [other], seed=1)
    assert isinstance(outcome, Abstention)
    assert "held back" in outcome.reason
    assert model.asked == []


def test_a_provider_sees_what_it_saw_and_nothing_that_others_saw() -> None:
    benchmark = build(1, items=1, options=3)
    (item,) = benchmark.items
    may = Sealed(shown=item.siblings[2:4], unspent=item.siblings[10:])
    model = Says(lambda _: "A")
    given = Subject(model=model, benchmark=benchmark, sealed={item.id: may})
    unit = Unit(id=item.id, item=item)
    list(Quiz().measure(given, [unit], seed=1))
    seen = set(lettered(model.asked[0]).values()) - {item.text}
    assert set(may.shown) < seen
    assert seen - set(may.shown) <= set(may.unspent)
    for sealed, why in (({}, "--allow-disclosure"), ({item.id: Sealed()}, "spent on other")):
        bare = Subject(model=model, benchmark=benchmark, sealed=sealed)
        (outcome,) = Quiz().measure(bare, [unit], seed=1)
        assert isinstance(outcome, Abstention)
        assert why in outcome.reason
        assert Quiz().largest_e(bare) is None


def tastes() -> Iterator[tuple[str, Says]]:
    """Yield models that never saw a draw, and have strong opinions of texts."""
    yield "the first in the alphabet", Says(likes(lambda text: text))
    yield "the shortest", Says(likes(lambda text: f"{len(text):9}{text}"))
    yield "whatever", Says(likes(lambda text: sha256(text.encode()).hexdigest()))
    # An opinion half the time, and a place the other half.
    mixed = likes(lambda text: text)
    yield "a mixture", Says(lambda prompt: mixed(prompt) if len(prompt) % 2 else "B")


@pytest.mark.parametrize(("name", "model"), list(tastes()))
def test_a_taste_for_some_texts_is_no_evidence(name: str, model: Says) -> None:
    found = [
        e for seed in range(150) for e in e_values(quizzed(model, build(seed, items=3), seed=seed))
    ]
    assert len(found) == 450
    # Three standard errors above one: once in a thousand.
    assert np.mean(found) <= 1 + 3.1 * np.std(found) / len(found) ** 0.5, name
    assert max(found) > 2  # the taste is a strong one


@pytest.mark.parametrize("earlier", [0, 5])
def test_the_product_over_items_keeps_its_bound_whatever_was_shown_before(earlier: int) -> None:
    """Twenty thousand draws of items, their published variant, and the siblings shown.

    The model's picks follow an opinion that each variant has once and for all, as steep as can be.
    Some siblings may have been spent on others before: those are left out, as in the run.
    """
    rng = np.random.default_rng(3)
    runs, items, n, k = 20_000, 8, 20, 4
    opinion = rng.exponential(size=(items, n)) ** 3
    log_e = np.zeros(runs)
    worst = np.zeros(runs)
    for item in range(items):
        order = rng.permuted(np.tile(np.arange(n), (runs, 1)), axis=1)
        published, others = order[:, 0], order[:, 1 + earlier : k + earlier]
        chances = opinion[item][np.column_stack([published, others])]
        picks = rng.multinomial(k, chances / chances.sum(axis=1, keepdims=True))
        nobody = rng.random(runs) < 0.2  # a refusal, whichever was published
        e = np.where(nobody, 1.0, 0.5 + 0.5 * picks[:, 0] * k / k)
        assert e.mean() <= 1 + 3.1 * e.std() / runs**0.5
        log_e += np.log(e)
        worst = np.maximum(worst, log_e)
    for alpha in (0.05, 0.01):
        assert (worst >= -np.log(alpha)).sum() <= stats.binom.ppf(SURE, runs, alpha)


def test_the_oracle_is_the_instruments_own() -> None:
    for picks in ([4, 0, 0, 0], [1, 1, 2, 0], [0, 2, 1, 0], [0, 0, 0, 0]):
        total = sum(picks)
        assert own_e(picks[0], picks) == (0.5 + 0.5 * picks[0] * 4 / total if total else 1.0)


def test_every_member_of_a_block_would_have_shown_the_same_block() -> None:
    (item,) = build(1, items=1, options=3).items
    whole = (item.text, *item.siblings)
    blocks = set()
    for place, text in enumerate(whole):
        rest = tuple(t for n, t in enumerate(whole) if n != place)
        other = item.model_copy(update={"statement": text, "answer": None, "options": ()})
        other = other.model_copy(update={"siblings": rest})
        given = Subject(model=ScriptedModel(), benchmark=Benchmark(name="b", items=(other,)))
        for seed in (1, 2):
            blocks.add(frozenset((text, *drawn(given, other, 3, seed))))
    assert sorted(map(len, blocks)) == [4] * 5
    assert frozenset.union(*blocks) == set(whole)


def test_texts_with_letters_of_their_own_stay_whole() -> None:
    texts = ["Text A:\nfool", "Which?\nA. x\nB. y\n\nB"]
    for how in ("raw", "chat"):
        asked = question(how, texts)
        assert all(text in asked for text in texts)
