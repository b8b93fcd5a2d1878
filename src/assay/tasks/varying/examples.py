"""Examples in a docstring: calls with what they return, which other calls can take the place of."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from assay.tasks.varying.scopes import Span

__all__ = ["Example", "calls_in_tests", "examples_in", "literal", "swaps"]

LONGEST = 80
"""Characters of a call's arguments, or of its result, that still read as an example."""
_BETWEEN = re.compile(r"[ \t]*(?:==|=>|➞|->|→|=|\n[ \t]*)[ \t]*")
_REST = re.compile(r"[ \t]*[.,;]?[ \t]*(?=\n|$|\"\"\"|''')")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A call of the function, and what it gives."""

    arguments: Span
    result: Span
    text: str
    """The arguments as they stand, without the brackets."""
    value: object
    """The result, as it is claimed."""


def literal(text: str) -> tuple[object] | None:
    """Return the value that this literal stands for, in a tuple; None where it is no literal."""
    try:
        return (ast.literal_eval(text.strip()),)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def examples_in(text: str, entry: str, prose: Sequence[Span]) -> list[Example]:
    """Which examples do the docstrings hold that are a call, a sign and a literal, and no more?

    Examples
    --------
    >>> (one,) = examples_in("'''f(1, 2) ➞ 3\\n'''", "f", [(0, 18)])
    >>> one.text, one.value
    ('1, 2', 3)
    """
    calls = re.compile(rf"(?<![\w.]){re.escape(entry)}\(")
    found = []
    for start, end in prose:
        for match in calls.finditer(text, start, end):
            one = _example(text, match.end(), end)
            found += [one] if one else []
    return found


def _example(text: str, start: int, end: int) -> Example | None:
    """Read an example whose arguments begin here."""
    arguments = next(_closings(text, start, end), None)
    between = None if arguments is None else _BETWEEN.match(text, arguments + 1, end)
    if arguments is None or between is None:
        return None
    at = between.end()
    line = text.find("\n", at, end)
    told = text[at:line] if line >= 0 else re.sub(r"(\"{3}|'{3})\Z", "", text[at:end])
    result = told.rstrip().rstrip(".,;").rstrip()
    value = literal(result)
    if value is None or not _REST.match(text, at + len(result)):
        return None
    return Example(
        arguments=(start, arguments), result=(at, at + len(result)),
        text=text[start:arguments], value=value[0],
    )  # fmt: skip


def _closings(text: str, start: int, end: int) -> Iterator[int]:
    """Yield where the bracket closes, if what it holds are literals."""
    for match in re.finditer(r"\)", text[start : min(end, start + 5 * LONGEST)]):
        at = start + match.start()
        if literal(f"({text[start:at]},)" if text[start:at].strip() else "()"):
            yield at


def calls_in_tests(test: str, name: str = "candidate") -> list[str]:
    """Which arguments, all of them literals, do the tests call the function with?

    Examples
    --------
    >>> calls_in_tests("assert candidate([1, 2], 'a') == 3")
    ["[1, 2], 'a'"]
    """
    found = []
    for node in ast.walk(ast.parse(test)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == name and not node.keywords:
            told = ", ".join(ast.unparse(argument) for argument in node.args)
            if told and len(told) <= LONGEST and literal(f"({told},)"):
                found.append(told)
    return list(dict.fromkeys(found))


def swaps(
    examples: Sequence[Example], pool: Sequence[tuple[str, str]], draw: Random
) -> list[tuple[Span, str]]:
    """Draw other calls for the examples.

    Parameters
    ----------
    examples
        As they stand.
    pool
        Arguments and results that may stand there, the examples' own among them.
    draw
        What is drawn with.

    Returns
    -------
    list
        Replacements, none where the pool is too small.
    """
    places = [one for one in examples if any(one.text == text for text, _ in pool)]
    if len(pool) <= len(places):
        return []
    edits = []
    for one, (text, result) in zip(places, draw.sample(list(pool), len(places)), strict=True):
        edits += [(one.arguments, text), (one.result, result)]
    return edits
