"""Samples in the form of Inspect AI: input, target, choices, id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from string import ascii_uppercase

from assay.formats.layout import Layout
from assay.formats.row import Row, shown

__all__ = ["INSPECT"]


def plain(row: Row) -> Row:
    """Bring a chat to what the user says, and letters to the options that they name.

    Of several targets without choices the first is the answer; where several options are right,
    the answer is their texts.

    Examples
    --------
    >>> row = Row("b.json", 1, {"input": "1+1?", "choices": ["3", "2"], "target": "B"})
    >>> plain(row).values["target"]
    '2'
    """
    asked, choices = row.values["input"], row.values.get("choices")
    targets = row.values["target"]
    told = targets if isinstance(targets, list | tuple) else [targets]
    values = dict(row.values)
    if isinstance(asked, list | tuple):
        values["input"] = said(asked, row)
    if isinstance(choices, list | tuple) and choices:
        values["target"] = "\n".join(named(told, choices, row)) or None
    elif told is targets:
        values["target"] = next((text for text in told if text), None)
    return replace(row, values=values)


def said(chat: Sequence[object], row: Row) -> str:
    """Return what the user says in a chat; its pictures and sounds are left out."""
    parts = list[object]()
    for message in chat:
        if not isinstance(message, Mapping):
            what = f"input holds {shown(message)}, not a message"
            raise row.fault(what, 'write [{"role": "user", "content": "..."}]')
        content = message.get("content")
        if message.get("role") == "user":
            parts += content if isinstance(content, list | tuple) else [content]
    texts = (part.get("text") if isinstance(part, Mapping) else part for part in parts)
    return "\n\n".join(text for text in texts if isinstance(text, str) and text)


def named(letters: Sequence[object], choices: Sequence[object], row: Row) -> list[str]:
    """Return the options that these letters name."""
    options = dict(zip(ascii_uppercase, choices, strict=False))
    wrong = [x for x in letters if x and not (isinstance(x, str) and x in options)]
    if wrong:
        what = f"target {shown(wrong[0])} is none of the {len(options)} letters"
        raise row.fault(what, "multiple choice is answered by letters: A for the first option")
    return [str(options[str(letter)]) for letter in letters if letter]


INSPECT = Layout(
    name="inspect",
    signs=(frozenset({"input", "target"}),),
    columns={
        "id": ("id",),
        "statement": ("input",),
        "answer": ("target",),
        "options": ("choices",),
    },
    numbered="",
    literal=True,  # `plain` has brought every letter to its text
    prepare=plain,
)
