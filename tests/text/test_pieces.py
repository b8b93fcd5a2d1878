"""Words and signs, and where a text can be cut before them."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.text.pieces import apart, evenly, led, pieces

WORDS = st.lists(st.sampled_from("abc"), max_size=7)


@given(st.text(max_size=80))
def test_a_text_is_its_pieces_and_blanks(text: str) -> None:
    found = pieces(text)
    assert "".join(p.word for p in found) == re.sub(r"\s", "", text)
    assert all(one.cut < other.cut for one, other in pairwise(found))
    for piece in found:
        assert text[piece.cut :].lstrip().startswith(piece.word)
        assert not text[: piece.cut].endswith((" ", "\n"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x_1+=2.5", ["x_1", "+=", "2", ".", "5"]),
        ("東京は 大きい", list("東京は大きい")),
        ("日本abc", ["日", "本", "abc"]),
        ("a" * 70, ["a" * 32, "a" * 32, "a" * 6]),
        (" \n ", []),
    ],
)
def test_pieces_of_several_scripts(text: str, words: list[str]) -> None:
    assert [p.word for p in pieces(text)] == words


@given(st.integers(0, 50), st.integers(1, 60))
def test_evenly_gives_that_many_places_or_all(count: int, wanted: int) -> None:
    found = evenly(count, wanted)
    assert len(found) == min(count, wanted)
    assert sorted(set(found)) == list(found)
    assert all(0 <= place < count for place in found)


@given(WORDS, WORDS)
def test_led_counts_up_to_the_first_difference(one: list[str], other: list[str]) -> None:
    n = led(one, other)
    assert one[:n] == other[:n]
    assert n == min(len(one), len(other)) or one[n] != other[n]


@given(WORDS, WORDS)
def test_apart_is_the_least_number_of_edits(one: list[str], other: list[str]) -> None:
    @cache
    def least(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        kept = least(i - 1, j - 1) + (one[i - 1] != other[j - 1])
        return min(kept, least(i - 1, j) + 1, least(i, j - 1) + 1)

    assert apart(one, other) == least(len(one), len(other))
