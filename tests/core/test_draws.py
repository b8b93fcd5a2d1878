"""Random acts that anybody can repeat, and every way of having changed what they drew."""

from __future__ import annotations

from collections import Counter

import pytest
from scipy import stats
from tests.conformance.world import ACTS, COMMITTED, build

from assay.core.draws import drawn_secret, frozen_digest, ranked, verify
from assay.core.item import Benchmark, Canary, Certificate

WORLD = build(3, items=6, siblings=20, options=4)


def changed(act: str, **values: object) -> Benchmark:
    """Return the world with another record of an act."""
    records = tuple(c.model_copy(update=values) if c.act == act else c for c in WORLD.certificates)
    return WORLD.model_copy(update={"certificates": records})


def with_first(**values: object) -> Benchmark:
    """Return the world with another first item."""
    first = WORLD.items[0].model_copy(update=values)
    return WORLD.model_copy(update={"items": (first, *WORLD.items[1:])})


def test_draws_do_not_depend_on_how_names_are_listed() -> None:
    names = list("abcdefgh")
    assert ranked(names, 1) == ranked(names[::-1], 1)
    assert ranked(names, 1) == ranked(names, "1")
    assert sorted(ranked(names, 1)) == names
    assert len({tuple(ranked(names, seed)) for seed in range(50)}) == 50


def test_every_order_is_as_likely() -> None:
    counts = Counter("".join(ranked(["a", "b", "c", "d"], seed)) for seed in range(4800))
    assert len(counts) == 24
    # Goodness of fit; fails once in a thousand, and the seeds are fixed.
    assert stats.chisquare(list(counts.values())).pvalue > 0.001


def test_every_secret_is_as_likely() -> None:
    listed = Canary(id="c", secret="a", alternatives=("b", "c", "d"))  # noqa: S106 - four letters
    spelt = Canary(id="c", secret="00", alphabet="01")  # noqa: S106 - two bits
    for canary in (listed, spelt):
        counts = Counter(drawn_secret(canary, seed) for seed in range(2000))
        assert len(counts) == canary.space == 4
        assert stats.chisquare(list(counts.values())).pvalue > 0.001


@pytest.mark.parametrize("act", ACTS)
def test_what_was_drawn_verifies(act: str) -> None:
    assert verify(WORLD, act) == ""


@pytest.mark.parametrize("act", ACTS)
def test_another_seed_was_not_it(act: str) -> None:
    assert "does not hold" in verify(changed(act, seed=4), act)


@pytest.mark.parametrize("act", ACTS)
def test_no_record_no_certificate(act: str) -> None:
    bare = WORLD.model_copy(update={"certificates": ()})
    assert verify(bare, act) == f"no certificate of a recorded random act for {act}"


def test_a_moved_item_is_found_out() -> None:
    items = list(WORLD.items)
    items[1], items[2] = items[2], items[1]
    assert "drawn order" in verify(WORLD.model_copy(update={"items": tuple(items)}), "order")


def test_an_added_item_is_found_out() -> None:
    more = WORLD.items[0].model_copy(update={"id": "late"})
    grown = WORLD.model_copy(update={"items": (*WORLD.items, more)})
    assert verify(grown, "siblings")
    # Taking items out leaves the others in their drawn order: a split may hold some back.
    less = WORLD.model_copy(update={"items": WORLD.items[::2]})
    assert verify(less, "order") == ""


def test_swapped_options_are_found_out() -> None:
    first, second, *rest = WORLD.items[0].options
    swapped = with_first(options=(second, first, *rest))
    assert "options of" in verify(swapped, "options")


def test_an_edited_published_variant_is_found_out() -> None:
    assert verify(with_first(statement="Edited after the draw."), "siblings")


def test_an_edited_sealed_variant_is_found_out() -> None:
    sealed = list(WORLD.items[0].siblings)
    for place in range(len(sealed)):
        edited = (*sealed[:place], f"{sealed[place]} ", *sealed[place + 1 :])
        assert verify(with_first(siblings=edited), "siblings"), place


def test_a_redrawn_variant_is_found_out() -> None:
    item = WORLD.items[0]
    other, *rest = item.siblings
    statement, options = other.split("\nA. ")[0], item.options
    redrawn = with_first(statement=statement, options=options, siblings=(*rest, item.text))
    assert frozen_digest(redrawn.items) == frozen_digest(WORLD.items)
    assert "not the one drawn" in verify(redrawn, "siblings")


def test_dropped_siblings_are_found_out() -> None:
    assert "frozen" in verify(with_first(siblings=WORLD.items[0].siblings[1:]), "siblings")


@pytest.mark.parametrize(
    ("siblings", "why"), [(0, ""), (1, "2 variants"), (18, "19 variants"), (19, "")]
)
def test_fewer_than_twenty_variants_certify_nothing(siblings: int, why: str) -> None:
    assert why in verify(build(3, items=2, siblings=siblings, options=2), "siblings")
    assert bool(why) == bool(verify(build(3, items=2, siblings=siblings, options=2), "siblings"))


def test_copies_of_one_variant_are_no_chances() -> None:
    item = WORLD.items[0]
    copied = with_first(siblings=(item.siblings[0],) * 5)
    honest = changed("siblings", digest=frozen_digest(copied.items)).certificates
    copied = copied.model_copy(update={"certificates": honest})
    assert "the same variant twice" in verify(copied, "siblings")


def test_another_canary_is_found_out() -> None:
    (canary,) = WORLD.canaries
    swapped = canary.model_copy(
        update={
            "secret": canary.alternatives[0],
            "alternatives": (canary.secret, *canary.alternatives[1:]),
        }
    )
    assert "not the one drawn" in verify(
        WORLD.model_copy(update={"canaries": (swapped,)}), "canary"
    )


@pytest.mark.parametrize(
    ("canary", "why"),
    [
        (Canary(id="c", secret="s"), "neither alternatives nor alphabet"),  # noqa: S106
        (Canary(id="c", secret="a", alternatives=("b", "b")), "one string twice"),  # noqa: S106
        (Canary(id="c", secret="a", alternatives=("a", "b")), "one string twice"),  # noqa: S106
    ],
)
def test_canaries_that_were_not_drawn(canary: Canary, why: str) -> None:
    record = Certificate(act="canary", seed=1, committed=COMMITTED)
    benchmark = Benchmark(name="b", items=(), canaries=(canary,), certificates=(record,))
    assert why in verify(benchmark, "canary")
