"""The marks that the terminal draws with: two sets, for UTF-8 and for plain ASCII."""

from __future__ import annotations

from dataclasses import dataclass

from assay.core.evidence import Status
from assay.report.printable import shown

__all__ = ["ASCII", "UNICODE", "Glyphs", "Scale", "glyphs_for"]

LONGEST = 1000
"""Characters of any one text: nothing that we write is longer, a server's error may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glyphs:
    """One set of marks, and how foreign text is written beside them."""

    bar: str
    against: str
    """Evidence below one: it speaks against the claim."""
    empty: str
    line: str
    """Where a flag begins, or where chance lies."""
    left: str
    right: str
    dash: str
    point: str
    rule: str
    bullet: str
    middot: str
    times: str
    flagged: str
    clean: str
    undecided: str
    ascii: bool

    def say(self, text: str) -> str:
        """Write foreign text so that it can neither move the cursor nor widen the line."""
        safe = shown(text, LONGEST)
        return safe.encode("ascii", "backslashreplace").decode("ascii") if self.ascii else safe

    def mark(self, status: Status) -> str:
        """Return the sign of a verdict; its shape differs, so that colour is never alone."""
        return {
            Status.FLAGGED: self.flagged,
            Status.CLEAN: self.clean,
            Status.UNDECIDED: self.undecided,
        }[status]


UNICODE = Glyphs(
    bar="█", against="▒", empty="·", line="┊", left="├", right="┤", dash="─", point="●",
    rule="─", bullet="•", middot="·", times="×", flagged="▲", clean="✔", undecided="◇", ascii=False,
)  # fmt: skip
ASCII = Glyphs(
    bar="#", against="-", empty=".", line="|", left="[", right="]", dash="=", point="o",
    rule="-", bullet="*", middot="-", times="x", flagged="!", clean="+", undecided="?", ascii=True,
)  # fmt: skip


def glyphs_for(encoding: str) -> Glyphs:
    """Return the marks that an encoding can carry."""
    return UNICODE if encoding.lower().replace("-", "").startswith("utf") else ASCII


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A stretch of numbers laid over a row of character cells."""

    low: float
    high: float
    width: int

    def cell(self, value: float) -> int:
        """Return the cell in which a value lies; values outside lie at the ends."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(share * (self.width - 1))

    def bar(self, value: float, line: float, marks: Glyphs) -> str:
        """Draw a bar from zero to `value`, with a mark where a flag begins."""
        cells = [marks.empty] * self.width
        start, end = sorted((self.cell(0.0), self.cell(value)))
        if value != 0:
            sign = marks.bar if value > 0 else marks.against
            cells[start : end + 1] = [sign] * (end + 1 - start)
        cells[self.cell(line)] = marks.line
        return "".join(cells)

    def span(self, ends: tuple[float, float], marks: Glyphs) -> str:
        """Draw a bar from one value to another."""
        cells = [marks.empty] * self.width
        start, end = sorted((self.cell(ends[0]), self.cell(ends[1])))
        cells[start : end + 1] = [marks.bar] * (end + 1 - start)
        return "".join(cells)

    def interval(self, ends: tuple[float, float], value: float, marks: Glyphs) -> str:
        """Draw an interval and the estimate in it."""
        cells = [marks.empty] * self.width
        start, end = self.cell(ends[0]), self.cell(ends[1])
        cells[start : end + 1] = [marks.dash] * (end + 1 - start)
        cells[start], cells[end] = marks.left, marks.right
        cells[self.cell(value)] = marks.point
        return "".join(cells)

    def put(self, drawn: str, value: float, mark: str) -> str:
        """Set a mark at a value where nothing else is drawn."""
        at = self.cell(value)
        return drawn[:at] + mark + drawn[at + 1 :]
