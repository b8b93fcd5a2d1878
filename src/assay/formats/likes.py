"""What an item is held against: sealed siblings and their answers, twins, wrong answers."""

from __future__ import annotations

from typing import TypedDict

from pydantic import ValidationError

from assay.core.item import Item, Twin
from assay.formats.answers import Choice, literal
from assay.formats.fields import Taker
from assay.formats.row import Row, shown
from assay.formats.strictjson import parse

__all__ = ["Likes", "corrected", "likes", "refuse_right"]


class Likes(TypedDict):
    """Those fields of an item."""

    siblings: tuple[str, ...]
    sibling_answers: tuple[str, ...]
    twins: tuple[Twin, ...]
    wrong_answers: tuple[str, ...]


def likes(taker: Taker) -> Likes:
    """What does this row say that its item is to be held against?

    Raises
    ------
    BadFormat
        A value of the wrong kind, or a sibling that does not end with its answer.
    """
    return {
        "siblings": taker.texts("siblings"),
        "sibling_answers": _sibling_answers(taker),
        "twins": _twins(taker),
        "wrong_answers": taker.texts("wrong_answers"),
    }


def _sibling_answers(taker: Taker) -> tuple[str, ...]:
    """Return one answer for each sibling, on lines of its own at the end: or none at all."""
    siblings, answers = taker.texts("siblings"), taker.texts("sibling_answers")
    if answers and len(answers) != len(siblings):
        what = f"{len(answers)} sibling_answers for {len(siblings)} siblings"
        raise taker.row.fault(what, "give one for each, in their order, or none")
    for place, (sibling, answer) in enumerate(zip(siblings, answers, strict=False), 1):
        asked = sibling.removesuffix(f"\n{answer}")
        if not answer.strip() or asked == sibling or not asked.strip():
            what = f"sibling {place} does not end with its answer {shown(answer)}, on a new line"
            raise taker.row.fault(what, "a sibling is a whole text: question, line break, answer")
    return answers


def _twins(taker: Taker) -> tuple[Twin, ...]:
    """Return the twins, given as a list of objects or as its JSON."""
    value = taker.raw("twins")
    if isinstance(value, str):
        value = parse(value, path=taker.row.path, line=taker.row.line)
    if value is None:
        return ()
    wanted = 'a list of {"statement": ..., "answer": ...}'
    if not isinstance(value, list | tuple):
        raise taker.wrong("twins", wanted)
    try:
        return tuple(Twin.model_validate(one) for one in value)
    except ValidationError as error:
        raise taker.wrong("twins", wanted) from error


def corrected(row: Row, item: Item, told: object) -> str | None:
    """Which answer is the right one, where the published one is known to be wrong?

    Raises
    ------
    BadFormat
        There is no published answer, or it is the same, or no option is meant.
    """
    if told is None:
        return None
    if isinstance(told, int) and not isinstance(told, bool) and not item.options:
        told = str(told)
    text = literal(Choice(row, item.options, told)) if item.options and told != "" else told
    if not isinstance(text, str):
        raise row.fault(f"correct is {shown(told)}, not text", "give the right answer as text")
    refuse_right(row, item, text)
    return text


def refuse_right(row: Row, item: Item, correct: str) -> None:
    """Refuse to call an answer wrong that is not there, or is the right one."""
    if item.answer is None:
        what = f"{shown(item.id)} has no published answer that could be wrong"
        raise row.fault(what, "remove the row, or give the benchmark its answers")
    if correct.strip() == item.answer.strip():
        what = f"the right answer {shown(correct)} is the published answer of {shown(item.id)}"
        raise row.fault(what, "remove it: only items with a wrong published answer are listed")
