"""Planted texts occur exactly so often, whole, in their window, and the same way each time."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest
import torch

from assay.core.errors import BadConfig
from assay.lab.plant import Leak, Schedule, stream
from assay.lab.world import benchmark, documents
from assay.nn.tokens import Tokens

TOKENS = Tokens.bpe(islice(documents("tokens"), 300), 300)
ITEMS = benchmark("facts", 7, 12, siblings=0).items
SCHEDULE = Schedule(steps=10, batch=4, context=255, seed=1)


def rows(leaks: list[Leak], schedule: Schedule = SCHEDULE) -> list[torch.Tensor]:
    return list(stream(TOKENS, documents("background"), leaks, schedule))


def found(batches: list[torch.Tensor]) -> dict[str, list[int]]:
    """Return for each whole text of the rows the steps in which it stands."""
    steps = dict[str, list[int]]()
    for step, batch in enumerate(batches):
        for row in batch.tolist():
            for text in pieces(row):
                steps.setdefault(text, []).append(step)
    return steps


def pieces(row: list[int]) -> list[str]:
    texts, piece = list[str](), list[int]()
    for token in row:
        if token == TOKENS.end:
            texts.append(TOKENS.decode(piece))
            piece = []
        else:
            piece.append(token)
    return texts


def test_rows_are_full_and_the_same_each_time() -> None:
    first, second = rows([Leak(ITEMS, 2)]), rows([Leak(ITEMS, 2)])
    assert len(first) == 10
    assert all(batch.shape == (4, 256) and batch.dtype == torch.int64 for batch in first)
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    assert all(batch.min() >= 0 and batch.max() < TOKENS.vocab for batch in first)


@pytest.mark.parametrize("copies", [0, 1, 3])
def test_every_item_is_planted_exactly_so_often(copies: int) -> None:
    counted = {text: len(steps) for text, steps in found(rows([Leak(ITEMS, copies)])).items()}
    assert [counted.get(item.text, 0) for item in ITEMS] == [copies] * len(ITEMS)


def test_copies_lie_in_their_window() -> None:
    steps = found(rows([Leak(ITEMS[:6], 2, start=0.0, end=0.3), Leak(ITEMS[6:], 2, start=0.7)]))
    assert max(step for item in ITEMS[:6] for step in steps[item.text]) < 3
    assert min(step for item in ITEMS[6:] for step in steps[item.text]) >= 7


def test_a_window_shorter_than_a_step_is_one_step() -> None:
    steps = found(rows([Leak(ITEMS[:4], 1, start=0.999), Leak(ITEMS[4:8], 1, end=0.001)]))
    assert {step for item in ITEMS[:4] for step in steps[item.text]} == {9}
    assert {step for item in ITEMS[4:8] for step in steps[item.text]} == {0}


def test_a_leak_by_another_route_and_a_bare_text() -> None:
    texts = found(rows([Leak(ITEMS[:2], 1, "statements"), Leak(["Keep out."], 5)]))
    assert all(item.text not in texts and item.statement in texts for item in ITEMS[:2])
    assert len(texts["Keep out."]) == 5


def test_each_fuzzy_copy_is_another_one() -> None:
    texts = Counter(found(rows([Leak(ITEMS[:1], 8, "fuzzy:3")])))
    assert ITEMS[0].text not in texts
    near = [text for text in texts if len(set(text.split()) & set(ITEMS[0].text.split())) > 12]
    assert len(near) == 8


def test_a_text_longer_than_a_row_is_cut_into_rows() -> None:
    long = " ".join(f"word{n}" for n in range(300))
    batches = rows([Leak([long], 1)])
    tokens = [*TOKENS.encode(long), TOKENS.end]
    whole = [row for batch in batches for row in batch.tolist()]
    assert all(tokens[i : i + 256] in whole for i in range(0, len(tokens) - 256, 256))


def test_what_must_stand_in_few_rows_is_placed_first() -> None:
    schedule = Schedule(steps=10, batch=2, context=128, seed=0)
    few = Leak([f"here {n}" for n in range(8)], 4, end=0.1)
    many = Leak(["there " * 60], 18)
    assert rows([many, few], schedule)


def test_what_has_no_room_is_refused() -> None:
    with pytest.raises(BadConfig, match="no room"):
        rows([Leak(ITEMS, 100)])
    with pytest.raises(BadConfig, match="no room"):
        rows([Leak(ITEMS, 2, end=0.05)])


@pytest.mark.parametrize(("copies", "start", "end"), [(-1, 0, 1), (1, 0.5, 0.5), (1, 0, 1.1)])
def test_an_impossible_leak_is_refused(copies: int, start: float, end: float) -> None:
    with pytest.raises(BadConfig, match="next: copies"):
        rows([Leak(ITEMS, copies, start=start, end=end)])
