"""Is the plan a function of what is left, and does the layout hold every token once?"""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from assay.models.packing import LEAST_SHARED, batches, lay_out

STEMS = ((1,) * LEAST_SHARED, (1,) * 30, (1,) * 30 + (2,) * 20, ())
TEXT = st.builds(
    lambda stem, rest: (*stem, *rest),
    st.sampled_from(STEMS),
    st.lists(st.integers(0, 3), min_size=1, max_size=12),
)
TEXTS = st.lists(TEXT, max_size=30)
BUDGET = st.integers(1, 200)


def is_long(text: tuple[int, ...]) -> bool:
    return len(text) > 50


@given(TEXTS, BUDGET)
def test_every_text_once(texts: list[tuple[int, ...]], budget: int) -> None:
    found = batches(texts, budget, alone=is_long)
    assert sorted(i for batch in found for i in batch) == list(range(len(texts)))


@given(TEXTS, BUDGET, st.data())
def test_leaving_out_the_first_batches_leaves_the_later_ones(
    texts: list[tuple[int, ...]], budget: int, data: st.DataObject
) -> None:
    whole = batches(texts, budget, alone=is_long)
    done = data.draw(st.integers(0, len(whole)))
    kept = sorted(i for batch in whole[done:] for i in batch)
    again = batches([texts[i] for i in kept], budget, alone=is_long)
    assert [[kept[j] for j in batch] for batch in again] == whole[done:]


@given(TEXTS, BUDGET, st.randoms())
def test_the_order_of_asking_does_not_matter(
    texts: list[tuple[int, ...]], budget: int, random: Random
) -> None:
    mixed = random.sample(texts, len(texts))
    plans = [[[t[i] for i in batch] for batch in batches(t, budget)] for t in (texts, mixed)]
    assert plans[0] == plans[1]


@given(TEXTS, BUDGET)
def test_the_layout_holds_each_text_and_stays_in_budget(
    texts: list[tuple[int, ...]], budget: int
) -> None:
    for batch in batches(texts, budget):
        mine = [texts[i] for i in batch]
        laid = lay_out(mine)
        assert len(laid.tokens) <= max(budget, len(mine[0]))
        for text, path in zip(mine, laid.paths, strict=True):
            assert tuple(laid.tokens[row] for row in path) == text
            assert [laid.positions[row] for row in path] == list(range(len(text)))
        for segment in laid.segments:
            ends = laid.positions[segment.stop - 1]
            assert ends + 1 == len(segment.past) + segment.stop - segment.start


def test_a_shared_beginning_is_laid_once() -> None:
    stem = (7,) * 100
    laid = lay_out([(*stem, i) for i in range(20)])
    assert len(laid.tokens) == 120
