"""Charts as inline SVG, written by pure functions.

Every horizontal place is a percentage and every size a pixel, so a chart is as sharp and its
text as large on a phone as on a desk. Curves and clouds of points live in a stretched inner
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
from assay.report.printable import printable

__all__ = ["Axis", "axis_of", "bar", "curve", "dots", "interval", "ticks"]

ROW = 26
"""Height of one row of a chart, in pixels."""
CURVE = 220
GOLDEN = 0.6180339887498949
INNER = Markup(
    '<svg x="0" y="0" width="100%" height="{height}" viewBox="0 0 1000 1000"'
    ' preserveAspectRatio="none" overflow="visible">{content}</svg>'
)


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
    ).format(kind=kind, label=printable(label), height=height, content=content)


def upright(axis: Axis, value: float, kind: str, height: int = ROW) -> Markup:
    """Draw one upright line across a row."""
    return Markup('<line class="{k}" x1="{x}" x2="{x}" y1="0" y2="{h}"/>').format(
        k=kind, x=axis.percent(value), h=height
    )


def bar(e_value: float, needed: float, axis: Axis, *, flags: bool) -> Markup:
    """Draw log10 of an e-value as a bar from 1, beside the line that a flag needs."""
    reached = notation.log10_e(e_value)
    start, end = sorted((axis.share(0.0), axis.share(reached)))
    kind = "flags" if flags else ("for" if reached >= 0 else "against")
    body = Markup('<rect class="{k}" x="{x:.2f}%" width="{w:.2f}%" y="6" height="14" rx="1"/>')
    content = upright(axis, 0.0, "zero") + body.format(
        k=kind, x=100 * start, w=max(100 * (end - start), 0.4)
    )
    crossed = "needed over" if kind == "flags" else "needed"  # red on red would not be seen
    content += upright(axis, notation.log10_e(needed), crossed)
    label = f"e-value {notation.e_value(e_value)}; a flag needs {notation.e_value(needed)}"
    return picture(label, ROW, content, kind="bar")


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
        one.format(x=axis.percent(value), anchor=_anchor(axis.share(value)), label=label)
        for value, label in marks
    )
    return Markup(
        '<svg class="ticks" aria-hidden="true" width="100%" height="18">{content}</svg>'
    ).format(content=content)


def _anchor(share: float) -> str:
    return "start" if share < 0.06 else "end" if share > 0.94 else "middle"


def dots(groups: Sequence[tuple[str, Sequence[float]]], axis: Axis, label: str) -> Markup:
    """Draw every score as a dot, one band per group, with the median as a line.

    Parameters
    ----------
    groups
        Style class and scores, in the order of the bands from top to bottom.
    axis
        The scores' axis.
    label
        What a reader who cannot see the picture is told.
    """
    band = 34
    content = Markup("")
    for index, (kind, scores) in enumerate(groups):
        shifted = Markup('<svg y="{y}" width="100%" height="{h}" overflow="visible">{c}</svg>')
        content += shifted.format(y=index * band, h=band, c=_cloud(kind, scores, axis, band))
    return picture(label, band * len(groups), content, kind="dots")


def _cloud(kind: str, scores: Sequence[float], axis: Axis, height: int) -> Markup:
    # Dots are zero-length strokes with round ends: one short path however many there are. Their
    # height within the band says nothing; the golden ratio spreads it evenly without chance.
    places = (
        f"M{1000 * axis.share(score):.0f} {160 + 680 * ((i * GOLDEN) % 1):.0f}h0"
        for i, score in enumerate(scores)
    )
    path = Markup('<path class="dot {k}" d="{d}" vector-effect="non-scaling-stroke"/>')
    cloud = INNER.format(height=height, content=path.format(k=kind, d="".join(places)))
    if not scores:
        return cloud
    middle = sorted(scores)[len(scores) // 2]
    return cloud + upright(axis, middle, f"median {kind}", height)


def curve(path: Sequence[float], needed: float, label: str) -> Markup:
    """Draw how the e-value went, step by step, beside the line at which the run may stop.

    Parameters
    ----------
    path
        Natural logarithm of the e-value after each step.
    needed
        The e-value that flags.
    label
        What a reader who cannot see the picture is told.
    """
    heights = [0.0, *(value / math.log(10) for value in path)]
    line = notation.log10_e(needed)
    axis = axis_of([*heights, line, -1.0], room=0.05)
    steps = Axis(low=0, high=max(len(path), 1))
    content = Markup("").join(_level(value, axis) for value in _decades(axis))
    content += INNER.format(height=CURVE, content=_stroke(heights, steps, axis))
    content += _needed_level(line, needed, axis)
    end = Markup('<circle class="end" cx="{x}" cy="{y:.1f}" r="4.5"/>')
    content += end.format(x=steps.percent(len(path)), y=_height(axis, heights[-1]))
    return picture(label, CURVE, content, kind="curve")


def _height(axis: Axis, value: float) -> float:
    return CURVE * (1 - axis.share(value))


def _decades(axis: Axis) -> range:
    first, last = math.ceil(axis.low), math.floor(axis.high)
    return range(first, last + 1, max(1, math.ceil((last - first) / 6)))


def _level(value: int, axis: Axis) -> Markup:
    kind = "zero" if value == 0 else "grid"
    return Markup(
        '<line class="{k}" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>'
        '<text x="2" y="{t:.1f}">{label}</text>'
    ).format(
        k=kind,
        y=_height(axis, value),
        t=_height(axis, value) - 3,
        label=notation.power(value),
    )


def _needed_level(line: float, needed: float, axis: Axis) -> Markup:
    return Markup(
        '<line class="needed" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>'
        '<text class="needed" x="64" y="{t:.1f}">flags from {e}</text>'
    ).format(y=_height(axis, line), t=_height(axis, line) - 4, e=notation.e_value(needed))


def _stroke(heights: Sequence[float], steps: Axis, axis: Axis) -> Markup:
    points = [
        f"{1000 * steps.share(i):.1f} {1000 * (1 - axis.share(value)):.1f}"
        for i, value in enumerate(heights)
    ]
    base = f"{1000 * (1 - axis.share(0.0)):.1f}"
    return Markup(
        '<path class="area" d="M0 {base}L{points}L1000 {base}Z"/>'
        '<path class="stroke" d="M{points}" vector-effect="non-scaling-stroke"/>'
    ).format(base=base, points="L".join(points))
