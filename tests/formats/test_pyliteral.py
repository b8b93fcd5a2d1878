"""Python's lists of texts, read without evaluating: against Python's own reader."""

from __future__ import annotations

import ast
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.formats.pyliteral import texts_of

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.lists(TEXT, max_size=6))
def test_what_python_prints_reads_back(texts: list[str]) -> None:
    assert texts_of(repr(texts)) == texts


@given(st.text(alphabet="[]'\",\\nxu0a1 \n", max_size=30))
def test_what_is_read_is_what_python_reads(text: str) -> None:
    found = texts_of(text)
    if found is not None:
        assert ast.literal_eval(text.strip()) == found


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "[", "[]x", "['a' 'b']", "['a'", "['a',,]", "[,]", "[['a']]", "[1]", "['a', 1]",
        "('a',)", "['a'] + ['b']", "[f'{1}']", "[b'a']", "[__import__('os').system('x')]",
        "['a\nb']", r"['\N{DASH}']", r"['\ud800']", r"['\U00110000']", r"['\q']", "['a'][0]",
        "[" * 100_000, "['a', *'b']", "{'a'}", "['''a''']",
    ],
)  # fmt: skip
def test_whatever_else_is_no_list(text: str) -> None:
    assert texts_of(text) is None


def test_long_lists_take_no_long_time() -> None:
    began = time.perf_counter()
    assert len(texts_of(repr(["a'\\" * 10] * 10_000)) or []) == 10_000
    assert texts_of("['" + "\\\\" * 300_000) is None
    assert texts_of("[" + " " * 300_000) is None
    assert time.perf_counter() - began < 10
