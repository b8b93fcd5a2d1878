"""What the model wrote, beside what is true: a few of the most telling answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from markupsafe import Markup

from assay.core.evidence import Finding, Verdict
from assay.report import notation
from assay.report.blocks import Record
from assay.report.printable import shown

__all__ = ["Sample", "samples"]

EACH, ALL = 3, 9
"""Answers shown of one instrument, and of all."""
LENGTH = 200
"""Characters of a text that are shown."""
ENDINGS = {"refusal": "refused", "length": "cut short"}
ALIKE = 12
"""Characters in common from which on they are marked: shorter ones occur everywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One answer, ready to be set."""

    instrument: str
    unit: str
    note: str
    said: Markup
    true: Markup


def samples(
    verdict: Verdict, records: Sequence[Record], roles: Mapping[str, str]
) -> Iterator[Sample]:
    """Which answers show best what was found? Flagged items first, then the highest scores.

    Answers about controls are never shown: a report travels, and controls are held back.
    """
    flagged = {flag.unit for flag in verdict.flags}
    found: dict[str, list[Finding]] = {}
    for one in records:
        if not isinstance(one, Finding) or not isinstance(one.detail.get("said"), str):
            continue
        if (one.role or roles.get(one.unit)) != "control":
            found.setdefault(one.instrument, []).append(one)
    order = [e.instrument for e in verdict.evidence if e.instrument in found]
    best = (
        one
        for name in dict.fromkeys(order)
        for one in sorted(found[name], key=lambda f: _rank(f, flagged))[:EACH]
    )
    for one, _ in zip(best, range(ALL), strict=False):
        yield _sample(one, one.role or roles.get(one.unit, ""), one.unit in flagged)


def _rank(one: Finding, flagged: set[str]) -> tuple[bool, float, str]:
    """Flagged before others, then the higher value."""
    value = one.e_value if one.score is None else one.score
    return (one.unit not in flagged, -(value or 0.0), one.unit)


def _sample(one: Finding, role: str, flagged: bool) -> Sample:  # noqa: FBT001 - private
    values = []
    if one.score is not None:
        values.append(f"score {notation.decimal(one.score)}")
    if one.e_value is not None:
        values.append(f"e {notation.e_value(one.e_value)}")
    if (ending := one.detail.get("ending")) in ENDINGS:
        values.append(ENDINGS[str(ending)])
    said, true = (shown(str(one.detail.get(key) or ""), LENGTH).strip() for key in ("said", "true"))
    left, right = marked(said, true)
    notes = [role, "flagged" if flagged else "", *values]
    return Sample(
        instrument=one.instrument,
        unit=one.unit,
        note=", ".join(filter(None, notes)),
        said=left,
        true=right,
    )


def marked(said: str, true: str) -> tuple[Markup, Markup]:
    """Mark the longest pieces that two texts have in common.

    Examples
    --------
    >>> marked("it returns the sum of <b>", "returns the sum of two")[0]
    Markup('it <mark>returns the sum of </mark>&lt;b&gt;')
    """
    same = SequenceMatcher(None, said, true, autojunk=False).get_matching_blocks()
    long = [block for block in same if block.size >= ALIKE]
    return (
        _with_marks(said, [(b.a, b.size) for b in long]),
        _with_marks(true, [(b.b, b.size) for b in long]),
    )


def _with_marks(text: str, places: Sequence[tuple[int, int]]) -> Markup:
    whole, at = Markup(""), 0
    for start, size in places:
        piece = Markup("<mark>{}</mark>").format(text[start : start + size])
        whole += Markup("{}").format(text[at:start]) + piece
        at = start + size
    return whole + Markup("{}").format(text[at:])
