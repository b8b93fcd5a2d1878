"""Renaming a Python text throughout."""

from __future__ import annotations

import ast
from random import Random

from assay.tasks.varying.renaming import chosen, edited, edits_of
from assay.tasks.varying.scopes import names_of

TEXT = '''\
import math


def area_of(width, height):
    """Return the area; width and height are numbers.
    >>> area_of(2, 3)
    6
    """
    total = width * height  # width times height
    return math.floor(max([total], key=lambda each: each))
'''


def other(text: str, seed: int) -> tuple[str, dict[str, str]]:
    found = names_of(text)
    draw = Random(seed)  # noqa: S311 - repeatable, not secret
    mapping = chosen(found, draw, taken=(), text=text)
    return edited(text, edits_of(text, found, mapping)), mapping


def test_names_change_in_code_and_in_prose() -> None:
    text, mapping = other(TEXT, 1)
    assert {"area_of", "width", "height", "total"} <= mapping.keys()
    assert f"{mapping['width']} and {mapping['height']} are numbers" in text
    assert f">>> {mapping['area_of']}(2, 3)" in text
    assert f"# {mapping['width']} times {mapping['height']}" in text


def test_what_is_not_its_own_stays() -> None:
    text, mapping = other(TEXT, 2)
    assert "key=lambda" in text
    assert "math.floor(max(" in text
    assert not {"key", "math", "max", "floor"} & mapping.keys()


def test_every_draw_parses_and_new_names_are_new() -> None:
    texts = set()
    for seed in range(50):
        text, mapping = other(TEXT, seed)
        ast.parse(text)
        assert not set(mapping.values()) & names_of(TEXT).taken
        assert len(set(mapping.values())) == len(mapping)
        assert text.count("\n") == TEXT.count("\n")
        texts.add(text)
    assert len(texts) > 20


def test_names_read_as_text_are_left() -> None:
    assert not names_of("def f(n):\n    return locals()\n").places
    assert "n" not in names_of("def f(n):\n    return f'{n}'\n").places
    assert "size" not in names_of("class A:\n    size = 1\n").places
    assert "n" not in names_of("def f():\n    global n\n    n = 1\n").places


def test_columns_are_counted_in_characters() -> None:
    text = "def f(n):\n    return 'ü' * n\n"
    assert [text[a:b] for a, b in names_of(text).places["n"]] == ["n", "n"]


def test_arguments_given_by_name_follow_only_for_its_own_functions() -> None:
    text = "def f(key):\n    return sorted(key, key=None)\n\n\ndef g(m):\n    return f(key=m)\n"
    places = names_of(text).places["key"]
    assert [text[:a].count("\n") + 1 for a, _ in sorted(places)] == [1, 2, 6]
