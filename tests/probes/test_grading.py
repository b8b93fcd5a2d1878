"""What counts as giving an answer, in the forms that models give it, and in hostile ones."""

from __future__ import annotations

import time
from typing import Literal

import pytest

from assay.core.subject import Prompting, Reply
from assay.probes.grading import Key, asked, gives, key_of, letter

MANY = "How many?\n"
WHICH = "Which?\nA. red\nB. blue\nC. the sea\n"
Given = Literal["yes", "no"]


@pytest.mark.parametrize(
    ("question", "answer", "wanted"),
    [
        (MANY, "48 / 2 = <<48/2=24>>24 clips.\n#### 72", Key("number", "72", worked=True)),
        (MANY, "#### 1,234,567", Key("number", "1234567")),
        (MANY, "$12.50", Key("number", "12.5")),
        (MANY, "-3", Key("number", "-3")),
        (MANY, "42 apples.", Key("number", "42")),
        (MANY, "007", Key("number", "7")),
        (MANY, "0.0", Key("number", "0")),
        (MANY, "so we get $\\boxed{17}$.", Key("number", "17")),
        (MANY, "so we get $\\boxed{\\frac{1}{2}}$.", Key("text", "\\frac{1}{2}")),
        (MANY, "The Nile.", Key("text", "nile")),
        (MANY, "3,4", Key("text", "3,4")),
        (WHICH, "blue", Key("option", "B", ("red", "blue", "the sea"))),
        (WHICH, "B", Key("option", "B", ("red", "blue", "the sea"))),
        ("Which?\nA. B\nB. x\n", "B", Key("option", "A", ("B", "x"))),
        (WHICH, "D", Key("text", "d")),
        (WHICH, "42", Key("number", "42")),
        ("Twice?\nA. red\nB. red\n", "red", Key("text", "red")),
        ("A. not an option\nWhich?\nA. x\nB. y\n", "y", Key("option", "B", ("x", "y"))),
        ("Which?\nA. x\nC. y\n", "y", Key("text", "y")),
    ],
)
def test_what_counts(question: str, answer: str, wanted: Key) -> None:
    assert key_of(question, answer) == wanted


@pytest.mark.parametrize(
    ("question", "answer", "why"),
    [
        ("def f(x):\n", "    return x\n", "needs a sandbox"),
        ("Fix it.\n", "diff --git a/x b/x\n", "needs a sandbox"),
        ("Fix it.\n", "```python\nx = 1\n```", "needs a sandbox"),
        ("Write f.\n", "def f(x):\n    return x\n", "needs a sandbox"),
        ("Explain.\n", "word " * 50, "too long"),
        ("What?\n", " .", "empty"),
        ("What?\n", "", "empty"),
    ],
)
def test_what_nothing_counts_as(question: str, answer: str, why: str) -> None:
    found = key_of(question, answer)
    assert isinstance(found, str)
    assert why in found


NUMBER, TEXT = Key("number", "72"), Key("text", "nile")
WORKED = Key("number", "72", worked=True)
OPTION = Key("option", "B", ("red", "blue", "the sea"))


@pytest.mark.parametrize(
    ("key", "how", "text", "given"),
    [
        (NUMBER, "chat", "24 + 48 = 72.", "yes"),
        (NUMBER, "chat", "First 72, then 3 more: 75.", "no"),
        (NUMBER, "chat", "**Answer: $72.00** in 2024", "yes"),
        (NUMBER, "chat", "Answer: 24\n\nNo. Answer: 72", "yes"),
        (NUMBER, "chat", "The answer is 72, not 75", "yes"),
        (NUMBER, "chat", "\\boxed{72}", "yes"),
        (NUMBER, "chat", "Answer: \\(\\boxed{72}\\)", "yes"),
        (NUMBER, "chat", "Answer: -72", "no"),
        (NUMBER, "chat", "Answer: \N{MINUS SIGN}72", "no"),
        (NUMBER, "chat", "Answer: 172", "no"),
        (NUMBER, "chat", "Answer: 72nd", "yes"),
        (NUMBER, "chat", "Answer: ７２", "yes"),
        (NUMBER, "raw", " 72\nHow many more?\n9", "yes"),
        (WORKED, "raw", "24 and\n48 are 72\n\nHow many more?\n9", "yes"),
        (WORKED, "raw", "24 and\n#### 72\nHow many more?\n#### 9", "yes"),
        (WORKED, "chat", "#### 9\n#### 72", "yes"),
        (OPTION, "chat", "B", "yes"),
        (OPTION, "chat", "(B) blue", "yes"),
        (OPTION, "chat", "It is not red.\nAnswer: B. blue", "yes"),
        (OPTION, "chat", "Blue!", "yes"),
        (OPTION, "chat", "b", "yes"),
        (OPTION, "chat", "A and B", "no"),
        (OPTION, "chat", "A", "no"),
        (OPTION, "chat", "sea", "no"),
        (OPTION, "raw", "B\nA. green\nB. grey\nA", "yes"),
        (TEXT, "chat", "the Nile", "yes"),
        (TEXT, "chat", "Let me think.\nAnswer: the **Nile**.", "yes"),
        (TEXT, "raw", "\nNile\nThe Rhine", "yes"),
        (TEXT, "chat", "the Nile and the Rhine", "no"),
    ],
)
def test_what_gives_an_answer(key: Key, how: Prompting, text: str, given: Given) -> None:
    assert gives(key, Reply(text=text), how) is (given == "yes")


@pytest.mark.parametrize("key", [NUMBER, TEXT, OPTION, WORKED])
@pytest.mark.parametrize("how", ["raw", "chat"])
@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\n",
        "\0",
        "\x1b[2J" * 1000,
        "A" * 10**6,
        "\\boxed{" * 150_000,
        "\\boxed{" + "{}" * 400_000,
        "answer is " * 100_000,
        "9," * 500_000,
        "-" * 10**6,
        "####" * 250_000,
        "A. " * 300_000,
        "A and B",
        "\ud800",
    ],
)
def test_hostile_replies_give_nothing_and_take_no_time(key: Key, how: Prompting, text: str) -> None:
    begun = time.perf_counter()
    assert not gives(key, Reply(text=text), how)
    # Linear in at most 40,000 characters: milliseconds, where a pattern that goes back takes hours.
    assert time.perf_counter() - begun < 2


@pytest.mark.parametrize("key", [NUMBER, TEXT, OPTION])
def test_a_refusal_gives_no_answer_whatever_it_says(key: Key) -> None:
    for text in ("72", "B", "Nile"):
        assert not gives(key, Reply(text=text, ending="refusal"), "chat")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("B", "B"),
        (" b. ", "B"),
        ("**C**", "C"),
        ("Text D.", "D"),
        ("I think it is B", "B"),
        ("B, B", "B"),
        ("A and B", ""),
        ("A good one is C", ""),  # an article is a letter too: in doubt, none was named
        ("E", ""),
        ("none", ""),
        ("", ""),
        ("ABCD", ""),
        ("B's", ""),
        ("B" * 10**6, ""),
    ],
)
def test_one_letter_or_none(text: str, found: str) -> None:
    assert letter(text, 4) == found


def test_the_question_is_the_text_without_its_answer() -> None:
    assert asked("1 + 1 = 2\n2", "2") == "1 + 1 = 2\n"
    assert asked("Say.\n    return 1\n", "    return 1\n") == "Say.\n"
