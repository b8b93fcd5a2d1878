"""The split is a pure function of seed and ids, and half of the items."""

from __future__ import annotations

import hashlib
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import UsageError
from assay.core.item import Item
from assay.formats.splits import split

NAMES = st.lists(st.text(min_size=1), min_size=2, max_size=30, unique=True)


def items_of(names: list[str]) -> list[Item]:
    """Make an item for every name."""
    return [Item(id=name, statement="?") for name in names]


@given(NAMES, st.integers() | st.text())
def test_it_parts_the_items_in_half_and_keeps_order(names: list[str], seed: int | str) -> None:
    items = items_of(names)
    suspects, controls = split(items, seed)
    assert len(suspects) - len(controls) == len(items) % 2
    assert sorted((*suspects, *controls), key=items.index) == items
    assert list(suspects) == sorted(suspects, key=items.index)
    assert list(controls) == sorted(controls, key=items.index)


@given(NAMES, st.integers(), st.randoms())
def test_the_order_of_the_items_does_not_matter(names: list[str], seed: int, lot: Random) -> None:
    items = items_of(names)
    assert set(split(items, seed)[0]) == set(split(lot.sample(items, len(items)), seed)[0])


def test_the_rule_can_be_repeated_by_hand() -> None:
    names = [f"q/{n}" for n in range(11)]
    drawn = sorted(names, key=lambda name: hashlib.sha256(f"42:{name}".encode()).digest())[:6]
    assert {item.id for item in split(items_of(names), 42)[0]} == set(drawn)


def test_every_item_is_drawn_about_half_of_the_time() -> None:
    items = items_of([f"q/{n}" for n in range(10)])
    counts = dict.fromkeys(range(10), 0)
    for seed in range(2000):
        drawn = {item.id for item in split(items, seed)[0]}
        counts = {n: counts[n] + (f"q/{n}" in drawn) for n in counts}
    assert all(850 < count < 1150 for count in counts.values())  # 6.7 standard deviations


@pytest.mark.parametrize("names", [[], ["a"], ["a", "a"]])
def test_what_cannot_be_split(names: list[str]) -> None:
    with pytest.raises(UsageError):
        split(items_of(names), 1)
