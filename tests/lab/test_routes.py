"""Each route keeps of an item what it says it keeps."""

from __future__ import annotations

import re

import pytest

from assay.core.errors import BadConfig, UnknownName
from assay.core.item import Item
from assay.lab.routes import PIECE, changed, rewrite
from assay.lab.world import KINDS, benchmark

ITEMS = [item for kind in KINDS for item in benchmark(kind, 6, 10, siblings=0).items]
every_item = pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id)


def numbers(text: str) -> list[str]:
    return sorted(re.findall(r"\d+", text))


@every_item
def test_what_the_routes_keep(item: Item) -> None:
    assert rewrite(item, "verbatim") == item.text
    assert rewrite(item, "statements") == item.statement
    assert rewrite(item, "answers").startswith(f"A. {item.options[0]}\n")
    assert item.statement + "\n" + rewrite(item, "answers") == item.text


@every_item
@pytest.mark.parametrize("route", ["paraphrase", "translation"])
def test_other_words_keep_the_numbers(item: Item, route: str) -> None:
    text = rewrite(item, route)
    assert numbers(text) == numbers(item.text)
    words, others = (set(re.findall(r"[a-z]{2,}", one)) for one in (item.statement, text))
    assert len(words & others) < 0.8 * len(words)


@every_item
@pytest.mark.parametrize("words", [1, 4, 16])
def test_so_many_words_are_changed(item: Item, words: int) -> None:
    before, after = PIECE.findall(item.text), PIECE.findall(rewrite(item, f"fuzzy:{words}", 1))
    assert len(before) == len(after)
    assert sum(a != b for a, b in zip(before, after, strict=True)) == min(words, len(before))


def test_every_seed_changes_other_words() -> None:
    text = ITEMS[0].text
    assert len({changed(text, 2, seed) for seed in range(20)}) == 20
    assert changed(text, 2, 1) == changed(text, 2, 1)
    assert changed(text, 0, 1) == text
    assert changed("", 3, 1) == ""


@pytest.mark.parametrize("route", ["fuzzy", "verbatm", "", "translation:2"])
def test_an_unknown_route_is_refused(route: str) -> None:
    with pytest.raises(UnknownName, match="route"):
        rewrite(ITEMS[0], route)


@pytest.mark.parametrize("route", ["fuzzy:", "fuzzy:-1", "fuzzy:x", "fuzzy:1.5"])
def test_an_impossible_number_of_words_is_refused(route: str) -> None:
    with pytest.raises(BadConfig, match="no number of words"):
        rewrite(ITEMS[0], route)
