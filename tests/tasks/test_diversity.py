"""How unlike tasks are, against a count by hand."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.tasks.diversity import diversity_of, spread_of


@given(st.lists(st.sampled_from("abcd"), min_size=2, max_size=30))
def test_simpsons_index_is_the_share_of_unlike_pairs(values: list[str]) -> None:
    pairs = list(combinations(values, 2))
    unlike = sum(a != b for a, b in pairs) / len(pairs)
    spread = spread_of(values)
    assert spread.unlike == pytest.approx(unlike)
    assert spread.as_many_as is not None
    assert 1 <= spread.as_many_as <= len(set(values)) + 1e-9


def test_equal_shares_count_as_many_as_they_are() -> None:
    assert spread_of("abcabc").as_many_as == pytest.approx(3)


def test_none_and_one() -> None:
    assert spread_of([]).as_many_as is None
    assert spread_of(["a"]).unlike is None
    assert diversity_of([]).tasks == 0
    assert diversity_of([("r", "go", "2026-01", "s")]).languages.counts == {"go": 1}
