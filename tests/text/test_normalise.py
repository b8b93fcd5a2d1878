"""Normalising must change accidents and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.text.normalise import normalise, strip_index


@given(st.text())
def test_normalising_twice_is_normalising_once(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


def test_forms_blanks_and_breaks_become_one() -> None:
    assert normalise("e\u0301\u00a0 x \t\r\n\r\n\r\n\r\n y\u2028z") == "é x\n\ny\nz"


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("HumanEval/17\ndef f(): ...", "def f(): ..."),
        ("HumanEval/17: write f", "write f"),
        ("[Mbpp/601] Write f", "Write f"),
        ("Question 12: What is it?", "What is it?"),
        ("question 3. What is it?", "What is it?"),
        ("Problem #4\nWhat is it?", "What is it?"),
        ("Q7) What is it?", "What is it?"),
        ("  12. What is it?", "What is it?"),
        ("12) What is it?", "What is it?"),
        ("(12) What is it?", "What is it?"),
        ("#12: What is it?", "What is it?"),
        ("Task 9 - Sort", "Sort"),
    ],
)
def test_printed_indices_go(text: str, rest: str) -> None:
    assert strip_index(text) == rest


@pytest.mark.parametrize(
    "text",
    [
        "",
        "What is question 12: about?",
        "12 apples are left",
        "3.5 litres of milk",
        "2.Write",
        "12 + 7 = ?",
        "Problem solving is fun",
        "Question 3.5 litres",
        "and/or 3 apples",
        "src/main.py is broken",
        "1/2 of the apples",
        "12.",
        "HumanEval/17",
        "Task 9 is hard",
    ],
)
def test_numbers_that_belong_to_the_text_stay(text: str) -> None:
    assert strip_index(text) == text


@given(st.text())
def test_only_a_beginning_is_ever_removed(text: str) -> None:
    rest = strip_index(text)
    assert text.endswith(rest)
    assert rest or not text
