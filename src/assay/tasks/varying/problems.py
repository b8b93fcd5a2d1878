"""Variants of word problems: other people, other numbers, the arithmetic worked again."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random

from assay.tasks.varying.chains import NUMBER, Chain, chain_of, number, shown
from assay.tasks.varying.parts import Source, Variant
from assay.tasks.varying.people import people_in, renamed_people

__all__ = ["Problems", "is_problem", "problem_family"]

TRIES = 300
"""Draws of numbers until one works out; then the people alone are others."""
STAYS = 0.25


def is_problem(source: Source) -> bool:
    """Is it a question whose answer shows its arithmetic?"""
    return "<<" in (source.item.answer or "") and not source.item.options


@dataclass(frozen=True, slots=True, kw_only=True)
class Problems:
    """What one word problem could have been.

    Numbers keep their order by size, their digits and their round tens, and every result stays
    positive, and whole where it was. Not covered: numbers in words ("half", "three"), below 5,
    years, times, shares and decimals stay as they are, and so does what could be two things.
    """

    source: Source
    chain: Chain

    def make(self, draw: Random) -> Variant | None:
        """Draw people and numbers until the arithmetic works out."""
        item = self.source.item
        people = renamed_people(f"{item.statement}\n{item.answer}", draw)
        for _ in range(TRIES):
            numbers = self._worked(draw)
            if numbers is not None:
                return Variant(
                    statement=_people(_numbers(item.statement, numbers), people),
                    answer=_people(_numbers(item.answer or "", numbers), people),
                )
        if not people:
            return None
        return Variant(
            statement=_people(item.statement, people), answer=_people(item.answer or "", people)
        )

    def _worked(self, draw: Random) -> dict[Fraction, Fraction] | None:
        # Each stays now and then: where one is bound to another, both would seldom work out.
        stays = {value for value in self.chain.given if draw.random() < STAYS}
        other = {v: v if v in stays else _near(v, draw) for v in self.chain.given}
        if stays and stays == other.keys():
            return None
        if _order(list(other)) != _order(list(other.values())):
            return None
        found = self.chain.worked(other)
        if found is None or len(set(found.values()) | self.chain.fixed) < len(
            found.keys() | self.chain.fixed
        ):
            return None  # two numbers have become one: the variant would be easier to misread
        return found

    def prove(self, variants: Sequence[Variant]) -> str:
        """Read each variant's own arithmetic, and compute it anew."""
        for one in variants:
            again = chain_of(one.statement, one.answer)
            if isinstance(again, str):
                return again
        return ""

    def hold(self, variants: Sequence[Variant], count: int) -> list[Variant]:
        """Return so many: `prove` computes the set as a whole."""
        return list(variants[:count])


def problem_family(source: Source) -> Problems | str:
    """What could it have been? Or why it cannot be varied."""
    statement, answer = source.item.statement, source.item.answer or ""
    chain = chain_of(statement, answer)
    if isinstance(chain, str):
        return chain
    if not chain.given and not people_in(f"{statement}\n{answer}"):
        return "it names nobody, and none of its numbers can be another"
    return Problems(source=source, chain=chain)


def _near(value: Fraction, draw: Random) -> Fraction:
    """Draw a number like this one: half to one and a half times it, as round as it is."""
    whole = int(value)
    step = next((s for s in (1000, 100, 50, 10, 5) if whole % s == 0 and whole > 3 * s), 1)
    low, high = max(5, -(-whole // 2)), max(whole + 3, whole * 3 // 2)
    return Fraction(draw.randint(-(-low // step), high // step) * step)


def _order(values: Sequence[Fraction]) -> list[int]:
    return sorted(range(len(values)), key=values.__getitem__)


def _numbers(text: str, other: Mapping[Fraction, Fraction]) -> str:
    def swapped(match: re.Match[str]) -> str:
        value = number(match.group())
        return shown(other[value], match.group()) if value in other else match.group()

    return NUMBER.sub(swapped, text)


def _people(text: str, mapping: Mapping[str, str]) -> str:
    if not mapping:
        return text
    names = "|".join(map(re.escape, mapping))
    return re.sub(rf"(?<![\w-])(?:{names})(?![\w-])", lambda m: mapping[m.group()], text)
