"""Which option is the answer? It may be told by number, by letter or by its text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from assay.formats.row import Row, shown

__all__ = ["Choice", "literal", "settled"]

TOKEN = re.compile(r"[A-Z]|[0-9]{1,2}")
"""What can only be meant for a letter or a number."""
FIX = "write each answer as the whole text of its option"


@dataclass(frozen=True, slots=True)
class Choice:
    """The options of one row, and the answer as the row has it."""

    row: Row
    options: tuple[str, ...]
    answer: object


def by_index(options: Sequence[str], answer: object) -> str | None:
    """Take the answer as a number, counted from 0."""
    if isinstance(answer, str) and answer.isascii() and answer.isdigit() and len(answer) <= 2:
        answer = int(answer)
    if not isinstance(answer, int) or isinstance(answer, bool):
        return None
    return options[answer] if 0 <= answer < len(options) else None


def by_letter(options: Sequence[str], answer: object) -> str | None:
    """Take the answer as a letter, A for the first."""
    if not isinstance(answer, str) or len(answer) != 1:
        return None
    index = ord(answer) - ord("A")
    return options[index] if 0 <= index < len(options) else None


def by_text(options: Sequence[str], answer: object) -> str | None:
    """Take the answer as the text of an option."""
    return answer if isinstance(answer, str) and answer in options else None


Reading = Callable[[Sequence[str], object], str | None]


def readings() -> Mapping[str, Reading]:
    """Return the three ways in which datasets tell the answer."""
    return {"text": by_text, "letter": by_letter, "index": by_index}


def settled(choices: Sequence[Choice]) -> list[str]:
    """Which options are the answers? One way of telling must hold for the whole file.

    A file whose answers can be told in two ways that disagree is refused: the options ("2", "1")
    with the answer "1" would otherwise be read by luck.

    Raises
    ------
    BadFormat
        When an answer is out of range, or the file can be read in no way or in two.

    Examples
    --------
    >>> row = Row("b.jsonl", 1, {})
    >>> settled([Choice(row, ("red", "blue"), "B"), Choice(row, ("up", "down"), "A")])
    ['blue', 'up']
    """
    alive = dict(readings())
    for choice in choices:
        told = {name: read(choice.options, choice.answer) for name, read in readings().items()}
        if all(text is None for text in told.values()):
            raise unreadable(choice)
        alive = {name: read for name, read in alive.items() if told[name] is not None}
        if not alive:
            what = f"answer {shown(choice.answer)} is told in another way than those before it"
            raise choice.row.fault(what, FIX)
    for choice in choices:
        texts = {name: read(choice.options, choice.answer) for name, read in alive.items()}
        if len(set(texts.values())) > 1:
            ways = " or ".join(f"by {name}" for name in texts)
            what = f"answer {shown(choice.answer)} can be read {ways}, with different results"
            raise choice.row.fault(what, FIX)
    read = next(iter(alive.values()), by_text)
    return [read(choice.options, choice.answer) or "" for choice in choices]


def literal(choice: Choice) -> str:
    """Which answer does one of Assay's own rows give? Its text, where that is an option.

    Otherwise a letter or a number is looked up, so that no instrument sees a letter that turns
    wrong when the options are put in another order; any other text is kept.

    Raises
    ------
    BadFormat
        At a letter or number beyond the options.

    Examples
    --------
    >>> row = Row("b.jsonl", 1, {})
    >>> literal(Choice(row, ("red", "B"), "B")), literal(Choice(row, ("red", "blue"), "B"))
    ('B', 'blue')
    """
    found = (read(choice.options, choice.answer) for read in readings().values())
    told = next((text for text in found if text is not None), None)
    if told is not None:
        return told
    if isinstance(choice.answer, str) and not TOKEN.fullmatch(choice.answer):
        return choice.answer
    raise unreadable(choice)


def unreadable(choice: Choice) -> Exception:
    """Say why no way of telling fits this answer."""
    count = len(choice.options)
    if isinstance(choice.answer, int) or str(choice.answer).isdigit():
        what = f"answer {shown(choice.answer)} is out of range: {count} options, counted from 0"
    else:
        what = f"answer {shown(choice.answer)} is none of the {count} options"
    return choice.row.fault(what, FIX)
