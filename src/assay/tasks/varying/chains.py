"""The arithmetic of a word problem: which numbers are given, and what follows from them."""

from __future__ import annotations

import ast
import operator
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

__all__ = ["Chain", "Step", "chain_of", "number", "shown"]

NUMBER = re.compile(r"(?<![\w.])(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?<=\d)(?![\w]|\.\d)")
_STEP = re.compile(r"<<([^<>=]+)=([^<>=]+)>>")
_APART = re.compile(r"\A\s*(?:st|nd|rd|th|am|pm|a\.m|p\.m|%|/\s*\d|:\d|-\d)|\A[/:]", re.IGNORECASE)
_LEAST = 5
"""Smaller numbers are left: a text that says 3 often goes on to name the three."""
_YEARS = range(1900, 2101)
_DO: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step: a formula over numbers, and what it gives."""

    formula: str
    value: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The steps of a worked solution, and the numbers that may be other ones."""

    steps: tuple[Step, ...]
    given: tuple[Fraction, ...]
    """Numbers of the question that stand there once, and mean one thing in all steps."""
    fixed: frozenset[Fraction]
    """Numbers that stay: constants, and whatever could be taken for two things."""

    def worked(self, other: Mapping[Fraction, Fraction]) -> dict[Fraction, Fraction] | None:
        """What does every number of the solution become, when these are given instead?

        Returns
        -------
        dict or None
            None where a result is not positive, or no longer whole where it was.
        """
        found = dict(other)
        for step in self.steps:
            value = evaluated(step.formula, found)
            if value is None or value <= 0 or not _as_plain(value, step.value):
                return None
            if found.get(step.value, value) != value or (
                step.value in self.fixed and value != step.value
            ):
                return None  # one number of the text would have to become two
            found[step.value] = value
        return found


def number(text: str) -> Fraction:
    """Return the number that is written so.

    Examples
    --------
    >>> number("1,250.5")
    Fraction(2501, 2)
    """
    return Fraction(text.replace(",", ""))


def shown(value: Fraction, like: str) -> str:
    """Write a number as another one was written: commas, and cents for cents.

    Examples
    --------
    >>> shown(Fraction(2400), "1,200"), shown(Fraction(5, 2), "3.75"), shown(Fraction(7), "3")
    ('2,400', '2.50', '7')
    """
    places = len(like.partition(".")[2])
    if value.denominator == 1 and not places:
        text = f"{int(value):,}"
    else:
        text = f"{float(value):,.{max(places, 1)}f}"
        if Fraction(text.replace(",", "")) != value:
            text = f"{float(value):,.2f}"
    return text if "," in like else text.replace(",", "")


def evaluated(formula: str, other: Mapping[Fraction, Fraction]) -> Fraction | None:
    """Return what a formula gives, with some of its numbers replaced; None where it is none."""
    text = formula.replace("$", "").replace("x", "*").strip()
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    text = re.sub(r"(\d+(?:\.\d+)?|\.\d+)\s*%", r"(\1/100)", text)
    text = re.sub(r"(?<![\d.])0+(?=\d)", "", text)
    try:
        return _value(_parsed(text), other)
    except (SyntaxError, ValueError, ZeroDivisionError, RecursionError, OverflowError):
        return None


@lru_cache(maxsize=1 << 12)
def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _value(node: ast.expr, other: Mapping[Fraction, Fraction]) -> Fraction:
    if isinstance(node, ast.BinOp) and type(node.op) in _DO:
        return _DO[type(node.op)](_value(node.left, other), _value(node.right, other))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand, other)
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        plain = Fraction(str(node.value))
        return other.get(plain, plain)
    msg = "no arithmetic"
    raise ValueError(msg)


def _as_plain(value: Fraction, like: Fraction) -> bool:
    """Is it as easy to write: whole where it was, else with two decimals at most?"""
    return value.denominator == 1 if like.denominator == 1 else (100 * value).denominator == 1


def chain_of(question: str, answer: str) -> Chain | str:
    """Which arithmetic does the worked solution show? Or why it cannot be worked again.

    Parameters
    ----------
    question
        With its numbers in digits.
    answer
        With steps as <<48/2=24>>, and at its end #### and the result.

    Examples
    --------
    >>> chain = chain_of("She sold 48 clips, and half as many later.", "48/2=<<48/2=24>>24 #### 24")
    >>> chain.given, chain.worked({Fraction(48): Fraction(60)})[Fraction(24)]
    ((Fraction(48, 1),), Fraction(30, 1))
    """
    steps = _steps(answer)
    if isinstance(steps, str):
        return steps
    final = answer.rpartition("####")[2].strip().replace("$", "")
    if "####" not in answer or not NUMBER.fullmatch(final):
        return "it has no final number after ####"
    if number(final) not in {step.value for step in steps}:
        return "no step of it gives its final number"
    fixed = _fixed(question, steps)
    given = tuple(value for value in _numbers(question) if value not in fixed)
    used = {number(m.group()) for step in steps for m in NUMBER.finditer(step.formula)}
    found = Chain(steps=tuple(steps), given=tuple(v for v in given if v in used), fixed=fixed)
    known = {*found.given, *fixed, *(s.value for s in steps)}
    loose = {number(m.group()) for m in NUMBER.finditer(_STEP.sub("", answer))} - known
    loose |= used - known - set(_numbers(question))
    return Chain(steps=found.steps, given=found.given, fixed=fixed | loose)


def _steps(answer: str) -> list[Step] | str:
    steps = []
    for formula, told in _STEP.findall(answer):
        value, result = evaluated(formula, {}), evaluated(told, {})
        if value is None or result is None or value != result:
            return f"its step {formula}={told} cannot be recomputed"
        steps.append(Step(formula, value))
    return steps or "it shows no steps (<<a*b=c>>)"


def _numbers(question: str) -> list[Fraction]:
    return [number(match.group()) for match in NUMBER.finditer(question)]


def _fixed(question: str, steps: Sequence[Step]) -> frozenset[Fraction]:
    """Return the numbers that must stay."""
    told = Counter(_numbers(question))
    results = Counter(step.value for step in steps)
    apart = {
        number(match.group())
        for match in NUMBER.finditer(question)
        if _APART.match(question[match.end() : match.end() + 6])
        or question[: match.start()].endswith(("/", ":", "-"))
        or "." in match.group()
    }
    twice = {value for value, count in told.items() if count > 1 or value in results}
    small = {value for value in told if value < _LEAST or int(value) in _YEARS}
    return frozenset(apart | twice | small | {Fraction(100), Fraction(60)})
