"""Multiple choice: MMLU, MMLU-Pro, ARC and their like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from string import ascii_uppercase

from assay.formats.layout import Layout
from assay.formats.row import Row, shown

__all__ = ["CHOICES"]

ANSWERS = ("answer", "answerKey")


def fold(row: Row) -> Row:
    """Bring options that lie in columns A, B, C, ... or under ``text`` into one list.

    Examples
    --------
    >>> fold(Row("b.csv", 2, {"question": "1+1?", "A": "2", "B": "3"})).values["options"]
    ['2', '3']
    """
    values = dict(row.values)
    if "options" in values or "choices" in values:
        held = values.get("options", values.get("choices"))
        return labelled(row, held) if isinstance(held, Mapping) else row
    letters = [letter for letter in ascii_uppercase if values.get(letter) is not None]
    values["options"] = [values[letter] for letter in letters]
    gap = next((i for i, letter in enumerate(letters) if letter != ascii_uppercase[i]), None)
    if gap is not None:
        what = f"option {letters[gap]} without option {ascii_uppercase[gap]}"
        raise row.fault(what, "fill the options from A on, without gaps")
    return replace(row, values=values)


def labelled(row: Row, held: Mapping[str, object]) -> Row:
    """Resolve ARC's options, {"text": [...], "label": ["1", "2", ...]}: the labels count from 1."""
    texts, labels = held.get("text"), held.get("label")
    if not isinstance(texts, list) or not isinstance(labels, list) or len(texts) != len(labels):
        what = f"options {shown(held)} are no list"
        raise row.fault(what, 'write ["first option", "second option"]')
    values = {**row.values, "options": texts}
    key = next((name for name in ANSWERS if values.get(name) is not None), None)
    if key is not None:
        if values[key] not in labels:
            what = f"{key} {shown(values[key])} is none of the labels {shown(labels)}"
            raise row.fault(what, "give the label of an option")
        values[key] = texts[labels.index(values[key])]
    return replace(row, values=values)


CHOICES = Layout(
    name="choices",
    signs=tuple(
        frozenset({statement, *options})
        for statement in ("question", "statement")
        for options in (("options",), ("choices",), ("A", "B"))
        if (statement, options) != ("statement", ("options",))  # those are Assay's own rows
    ),
    columns={
        "id": ("id", "question_id"),
        "statement": ("question", "statement"),
        "options": ("options", "choices"),
        "answer": ANSWERS,
        "stratum": ("stratum", "subject", "category"),
        "published": ("published", "date"),
        "siblings": ("siblings",),
    },
    numbered="",
    prepare=fold,
)
