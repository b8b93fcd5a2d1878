"""Statements say what was wrong, and neither where the fix is nor what it says."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.tasks.history import Commit
from assay.tasks.statements import Links, links_of, state

NOBODY = Links(issues=(), pulls=())


def told(message: str, *added: str) -> str:
    """Return what a commit of this message would state."""
    commit = Commit(
        id="abcdef0123" * 4,
        parents=("0" * 40,),
        authored=1,
        committed=1,
        message=message,
        changes=(),
        whole=True,
    )
    return state(commit, NOBODY, None, name="me/it", added=frozenset(added))[0].text


@pytest.mark.parametrize(
    ("message", "issues", "pulls"),
    [
        ("Fixes #12", (12,), ()),
        ("fixed: #12", (12,), ()),
        ("Closes #1, #2 and #3", (1, 2, 3), ()),
        ("Resolve me/it#5, close you/it#6", (5,), ()),
        ("x\n\nFixes https://github.com/me/it/issues/77.", (77,), ()),
        ("x\n\nFixes https://github.com/you/it/issues/77", (), ()),
        ("Mend it (#9)", (), (9,)),
        ("Mend it (#9)\n\nFixes #9", (), (9,)),
        ("Merge pull request #3 from a/b\n\nFixes #2", (2,), (3,)),
        ("gh-1234: Mend it (#9)", (1234,), (9,)),
        ("prefixes #12", (), ()),
        ("Fixes the colour #123456789", (), ()),
        ("", (), ()),
    ],
)
def test_links(message: str, issues: tuple[int, ...], pulls: tuple[int, ...]) -> None:
    assert links_of(message, "Me/It") == Links(issues=issues, pulls=pulls)


@pytest.mark.parametrize(
    ("message", "statement"),
    [
        ("Mend it (#9)\n\nSigned-off-by: A <a@b.c>\nCo-Authored-By: B", "Mend it"),
        ("Mend it\r\n\r\n(cherry picked from commit 12ab34cd56)", "Mend it"),
        ("Mend it\n\nBroken since 12ab34c, as all know.\nStill.", "Mend it\n\nStill."),
        ("Mend it\n\nFixes #4\nSee #5\nRefs: https://x/y", "Mend it"),
        ("Fixes #4: nought is lost", ": nought is lost"),
        ("Mend it\n\nhttps://github.com/a/b/pull/3#x\n\n\n\nMore.", "Mend it\n\nMore."),
        ("gh-12: Mend it", "Mend it"),
        ("a defaced facade of 1234567 things", "a defaced facade of 1234567 things"),
        ("a\x1b[31mb\x00c\td", "a[31mbc\td"),
    ],
)  # fmt: skip
def test_messages_without_the_answer(message: str, statement: str) -> None:
    assert told(message) == statement


def test_a_line_of_the_patch_is_no_part_of_the_statement() -> None:
    message = "Mend it\n\nUse `return max(found, 0)` there.\nIt is short."
    assert told(message, "return max(found, 0)", "is") == "Mend it\n\nIt is short."


@given(st.text(max_size=300))
def test_any_message(message: str) -> None:
    statement = told(message)
    assert statement == statement.strip()
    assert not [sign for sign in statement if sign < " " and sign not in "\n\t"]


@pytest.mark.parametrize("piece", ["fix ", "#1,", "fixes #1, ", "a/", "Closes a/a#1 ", "0a", "A-"])
def test_long_messages_take_no_long_time(piece: str) -> None:
    message = piece * (260_000 // len(piece))
    began = time.perf_counter()
    links_of(message, "me/it")
    told(message)
    assert time.perf_counter() - began < 5
