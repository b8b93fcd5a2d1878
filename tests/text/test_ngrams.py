"""N-grams and overlap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.text.ngrams import char_ngrams, word_ngrams, words
from assay.text.overlap import containment, shared_ngrams


@given(st.text(max_size=60), st.integers(1, 6))
def test_counts_are_length_minus_n_plus_one(text: str, n: int) -> None:
    assert len(char_ngrams(text, n)) == max(len(text) - n + 1, 0)
    assert len(word_ngrams(text, n)) == max(len(words(text)) - n + 1, 0)


@given(st.text(alphabet="ab ", min_size=5, max_size=60))
def test_a_text_contains_itself_and_its_extensions(text: str) -> None:
    share = containment(text, f"x {text} y", n=1)
    assert share == (1.0 if words(text) else None)


def test_containment_is_not_symmetric() -> None:
    assert containment("a b c", "z a b c d e", n=2) == 1.0
    assert containment("z a b c d e", "a b c", n=2) == pytest.approx(2 / 5)


def test_case_and_punctuation_do_not_hide_a_copy() -> None:
    assert shared_ngrams("The cat -- SAT!", "the Cat, sat.", n=3) == {("the", "cat", "sat")}


def test_short_items_say_nothing_instead_of_zero() -> None:
    assert containment("a b", "a b", n=3) is None


def test_an_ngram_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        char_ngrams("abc", 0)
    with pytest.raises(ValueError, match="at least one"):
        containment("abc", "abc", n=0)
