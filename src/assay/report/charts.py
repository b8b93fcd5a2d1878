"""What all charts are drawn from: axes, lines, bars, ticks, as inline SVG, by pure functions.

Every horizontal place is a percentage and every size a pixel, so a chart is as sharp and its
text as large on a phone as on a desk. Curves and crowds of marks live in a stretched inner
picture whose strokes do not stretch. Colours are classes: the page's style sheet knows light,
dark and paper.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from assay.core.evidence import Estimate
from assay.report import notation
from assay.report.printable import shown

__all__ = ["ROW", "Axis", "axis_of", "inner", "interval", "picture", "powers", "ticks", "upright"]

ROW = 26
"""Height of one row of a chart, in pixels."""
LABEL = 400
"""Characters of a picture's description: ours are shorter, names in them may not be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A stretch of numbers laid from left to right (or from bottom to top)."""

    low: float
    high: float

    def share(self, value: float) -> float:
        """Return where a value lies, from 0 to 1; values outside lie at the ends."""
        clipped = min(max(value, self.low), self.high)
        return (clipped - self.low) / (self.high - self.low)

    def percent(self, value: float) -> str:
        """Return the same as a percentage, for SVG."""
        return f"{100 * self.share(value):.2f}%"


def axis_of(values: Iterable[float], *, room: float = 0.06) -> Axis:
    """Return an axis that holds all values, with a little room at both ends."""
    held = [value for value in values if math.isfinite(value)] or [0.0]
    low, high = min(held), max(held)
    margin = (high - low) * room or 1.0
    return Axis(low=low - margin, high=high + margin)


def picture(label: str, height: int, content: Markup, *, kind: str) -> Markup:
    """Wrap shapes into one accessible picture."""
    return Markup(
        '<svg class="{kind}" role="img" aria-label="{label}" width="100%" height="{height}">'
        "{content}</svg>"
    ).format(kind=kind, label=shown(label, LABEL), height=height, content=content)


def inner(content: Markup, height: int) -> Markup:
    """Stretch shapes, drawn 1000 wide and as high as they are, over the whole width."""
    return Markup(
        '<svg x="0" y="0" width="100%" height="{h}" viewBox="0 0 1000 {h}"'
        ' preserveAspectRatio="none" overflow="visible">{content}</svg>'
    ).format(h=height, content=content)


def upright(axis: Axis, value: float, kind: str, ends: tuple[float, float] = (0, ROW)) -> Markup:
    """Draw one upright line across a row, or from one height to another."""
    return Markup('<line class="{k}" x1="{x}" x2="{x}" y1="{top:g}" y2="{end:g}"/>').format(
        k=kind, x=axis.percent(value), top=ends[0], end=ends[1]
    )


def interval(estimate: Estimate, axis: Axis, chance: float | None) -> Markup:
    """Draw an estimate and its interval, beside the value that chance gives."""
    low, high, at = (axis.percent(v) for v in (estimate.low, estimate.high, estimate.value))
    content = Markup("") if chance is None else upright(axis, chance, "needed")
    content += Markup(
        '<line class="reach" x1="{low}" x2="{high}" y1="13" y2="13"/>'
        '<line class="reach" x1="{low}" x2="{low}" y1="8" y2="18"/>'
        '<line class="reach" x1="{high}" x2="{high}" y1="8" y2="18"/>'
        '<circle class="point" cx="{at}" cy="13" r="4.5"/>'
    ).format(low=low, high=high, at=at)
    label = (
        f"{estimate.unit} {notation.decimal(estimate.value)}, interval "
        f"{notation.decimal(estimate.low)} to {notation.decimal(estimate.high)}"
    )
    return picture(label, ROW, content, kind="interval")


def ticks(marks: Sequence[tuple[float, str]], axis: Axis) -> Markup:
    """Draw the numbers under a chart; those at the ends lean inwards."""
    one = Markup('<text x="{x}" y="13" text-anchor="{anchor}">{label}</text>')
    content = Markup("").join(
        one.format(x=axis.percent(value), anchor=anchor(axis.share(value)), label=label)
        for value, label in marks
    )
    return Markup(
        '<svg class="ticks" aria-hidden="true" width="100%" height="18">{content}</svg>'
    ).format(content=content)


def anchor(share: float) -> str:
    """Return how a label leans, so that it does not stick out."""
    return "start" if share < 0.06 else "end" if share > 0.94 else "middle"


def powers(axis: Axis, most: int = 5) -> list[tuple[float, str]]:
    """Return the powers of ten on an axis of logarithms, no more than fit on a phone."""
    first, last = math.ceil(axis.low), math.floor(axis.high)
    step = max(1, math.ceil((last - first) / most))
    return [(n, notation.power(n)) for n in range(first, last + 1) if n % step == 0]
