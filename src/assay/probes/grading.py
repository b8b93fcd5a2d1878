"""Does a reply give this answer? Numbers, options and short texts; code would have to be run.

What counts depends on the question's and the answer's text alone, so that a published variant and
its sealed siblings are graded by one rule. Replies are hostile: they are cut, and every pattern
here takes time in proportion to their length.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from assay.core.subject import Prompting, Reply

__all__ = ["Key", "asked", "gives", "key_of", "letter"]

READ = 20_000
"""Characters read at most of a reply, at its beginning and at its end."""
SHORT = 100
"""Characters of an answer that is compared as a text."""
_NUMBER = re.compile(
    r"(?<![\w.])-?\d{1,3}(?:,\d{3})+(?:\.\d{1,40})?(?![\d,])|(?<![\w.])-?\d{1,40}(?:\.\d{1,40})?"
)
_QUANTITY = re.compile(r"\s*[$€£]?\s*(-?[\d.,]{1,60})\s*(?:%|°?[A-Za-z]{1,12})?\s*\.?\s*")
_FINAL = re.compile(
    r"####[ \t]*([^\n]+)|\banswer[ \t]*(?:is[ \t]*:?|[:=])[ \t*_]*([^\n]+)", re.IGNORECASE
)
_BOXED = re.compile(r"\\boxed\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}")
_LETTER = re.compile(r"(?<![\w'’])[A-Z](?![\w'’])")
_LISTED = re.compile(r"^([A-Z])\. ", re.MULTILINE)
_CODE = re.compile(
    r"\s*(?:```|diff --git |--- a/|@@ |#include|(?:async )?def \w|class \w+[(:]"
    r"|import \w|from \w\S* import )"
)
_EDGES = " \t\r\n.,;:!?\"'`*_()[]$“”‘’"


@dataclass(frozen=True, slots=True)
class Key:
    """What has to be given: a number, the letter of an option, or a short text."""

    kind: Literal["number", "option", "text"]
    wanted: str
    options: tuple[str, ...] = ()
    worked: bool = False
    """Whether the published answer reaches its result over several lines."""


def asked(text: str, answer: str) -> str:
    r"""What does a whole text ask, before it gives its answer?

    Examples
    --------
    >>> asked("1 + 1 =\n2", "2")
    '1 + 1 =\n'
    """
    return text.removesuffix(answer)


def key_of(question: str, answer: str) -> Key | str:
    r"""What counts as giving this answer? A text says why nothing does.

    Parameters
    ----------
    question
        As asked, with its lettered options where it has some.
    answer
        As published; a worked solution ends with its result after ``####`` or in ``\boxed{}``.

    Examples
    --------
    >>> key_of("How many?", "2 * 9 = 18, so\n#### 1,018").wanted
    '1018'
    >>> key_of("Which?\nA. red\nB. blue\n", "blue").wanted
    'B'
    >>> key_of("def f():\n", "    return 1\n")
    'the answer is code: grading it needs a sandbox'
    """
    options = _options(question)
    if meant := _option(options, answer.strip()):
        return Key("option", meant, options)
    if _CODE.match(answer) or (answer[:1] in " \t\n" and "def " in question):
        return "the answer is code: grading it needs a sandbox"
    result = _marked(answer, first=False) or answer
    if (number := _quantity(result)) is not None:
        return Key("number", number, worked="\n" in answer.strip())
    wanted = _normal(result)
    if not wanted:
        return "the answer is empty"
    if len(wanted) > SHORT or "\n" in wanted:
        return "the answer is too long to be compared word for word"
    return Key("text", wanted)


def gives(key: Key, reply: Reply, how: Prompting) -> bool:
    """Is this the answer that the reply ends up with? A refusal or an empty reply gives none.

    Parameters
    ----------
    key
        What is wanted.
    reply
        What came. One that was cut is read as far as it goes.
    how
        A model that goes on with a text begins with its answer, and may go on with other questions;
        in a chat the answer comes last.

    Examples
    --------
    >>> gives(Key("number", "18"), Reply(text="9 * 2 = 18 dollars. Answer: $18.00"), "chat")
    True
    >>> gives(Key("option", "B", ("red", "blue")), Reply(text="A or B"), "chat")
    False
    """
    if reply.ending == "refusal":
        return False
    text = unicodedata.normalize("NFKC", _cut(reply.text)).replace("\N{MINUS SIGN}", "-").strip()
    raw = how == "raw"
    told = _marked(text, first=raw)
    part = told or (text.split("\n\n" if key.worked else "\n", 1)[0] if raw else text)
    if key.kind == "number":
        return _last_number(part, first=bool(told)) == key.wanted
    line = told or _line(part, first=raw)
    if key.kind == "option":
        return _chosen(line, key.options) == key.wanted
    return _normal(line) == key.wanted


def letter(text: str, count: int) -> str:
    """Which one of the first `count` letters does a text name? Empty when none, or more than one.

    Examples
    --------
    >>> letter("(B).", 4), letter("A and B", 4), letter("Bananas", 4), letter("c", 4)
    ('B', '', '', 'C')
    """
    known = {chr(65 + i) for i in range(count)}
    alone = text.strip(_EDGES)
    if len(alone) == 1:
        return alone.upper() if alone.upper() in known else ""
    named = known.intersection(_LETTER.findall(text[:READ]))
    return named.pop() if len(named) == 1 else ""


def _cut(text: str) -> str:
    return text if len(text) <= 2 * READ else f"{text[:READ]}\n{text[-READ:]}"


def _marked(text: str, *, first: bool) -> str:
    """Return what a text says is its final answer; empty when it says nothing of the kind."""
    found = [(m.start(), m[1] or m[2]) for m in _FINAL.finditer(text)]
    found += [(m.start(), m[1]) for m in _BOXED.finditer(text)]
    if not found:
        return ""
    _, told = min(found) if first else max(found)
    boxed = _BOXED.search(told)
    return boxed[1] if boxed else told


def _line(text: str, *, first: bool) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[0 if first else -1] if lines else ""


def _quantity(text: str) -> str | None:
    """Return the number that a text consists of, with a sign of currency or a unit at most."""
    match = _QUANTITY.fullmatch(text[: 2 * SHORT])
    whole = _NUMBER.fullmatch(match[1].rstrip(".,")) if match else None
    return _plain(whole[0]) if whole else None


def _last_number(text: str, *, first: bool) -> str:
    found = [match[0] for match in _NUMBER.finditer(text)]
    return _plain(found[0 if first else -1]) if found else ""


def _plain(number: str) -> str:
    """Write a number in one way: no thousands commas, no zeros that say nothing."""
    value = f"{Decimal(number.replace(',', '')):f}"
    short = value.rstrip("0").rstrip(".") if "." in value else value
    return "0" if short in {"-0", ""} else short


def _options(question: str) -> tuple[str, ...]:
    """Return the lettered options that a question ends with, A to the last without a gap."""
    starts = list(_LISTED.finditer(question))
    first = max((i for i, m in enumerate(starts) if m[1] == "A"), default=None)
    if first is None:
        return ()
    listed = starts[first:]
    if [m[1] for m in listed] != [chr(65 + i) for i in range(len(listed))] or len(listed) < 2:
        return ()
    ends = [m.start() for m in listed[1:]] + [len(question)]
    return tuple(question[m.end() : end].strip() for m, end in zip(listed, ends, strict=True))


def _option(options: tuple[str, ...], answer: str) -> str:
    """Return the letter of the option that an answer is, by its text or else by its letter."""
    if options.count(answer) == 1:
        return chr(65 + options.index(answer))
    by_letter = len(answer) == 1 and answer not in options and 0 <= ord(answer) - 65 < len(options)
    return answer if by_letter else ""


def _chosen(line: str, options: tuple[str, ...]) -> str:
    """Return the letter of the option that a line names, by letter or by its whole text."""
    texts = [_normal(option) for option in options]
    said = _normal(line)
    if said and texts.count(said) == 1:
        return chr(65 + texts.index(said))
    head = re.match(
        r"[\s(\[*_]*([A-Z])[.):\]]", line
    )  # "B. blue": the letter leads, whatever comes
    if head and ord(head[1]) - 65 < len(options):
        return head[1]
    return letter(line, len(options))


def _normal(text: str) -> str:
    """Bring a short answer to one form: case, width, edges and articles do not count."""
    folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split()).strip(_EDGES)
    return re.sub(r"\A(?:the|an|a) ", "", folded).strip(_EDGES)
