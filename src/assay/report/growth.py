"""The early-stopping curve: how a total grew, where it stopped, and what that saved."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from assay.core.evidence import Null, Stop, Total, Verdict
from assay.report import charts, notation
from assay.report.blocks import Figure, Row, Table
from assay.report.charts import Axis

__all__ = ["growth"]

HEIGHT = 230
FINEST = 400
"""Points that a curve is drawn from at most: a screen shows no more."""
DECIMATION = 4
BESIDE = 0.68
"""Share of the width from which on the label of the line stands at the right."""
LOOKS = 10
"""Rows of the table that stands for the curve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One total's path over what was planned."""

    total: Total
    stop: Stop

    @property
    def thing(self) -> str:
        """What one step is."""
        return "steps" if self.total.null is Null.EXACT else "items"

    @property
    def planned(self) -> int:
        """How many steps there would have been: known where every unit is a step."""
        done = len(self.total.path)
        return max(done, self.stop.planned) if done == self.stop.measured else done

    @property
    def heights(self) -> list[float]:
        """Powers of ten after each step, from 0 before the first."""
        return [0.0, *(value / math.log(10) for value in self.total.path)]

    @property
    def first(self) -> int | None:
        """The first step at which it was at or over its line; None if it never was."""
        line = math.log(self.total.needed)
        return next((n for n, v in enumerate(self.total.path, 1) if v >= line), None)


def growth(verdict: Verdict) -> Iterator[Figure]:
    """How did each total grow? One figure for each that took more than one step."""
    for total in verdict.totals:
        if len(total.path) > 1:
            yield _figure(Course(total=total, stop=verdict.stop))


def _figure(course: Course) -> Figure:
    total, done = course.total, len(course.total.path)
    steps = Axis(low=0, high=course.planned)
    marks = [(0.0, f"0 {course.thing}"), (float(course.planned), f"{course.planned:,}")]
    if 0.12 < steps.share(done) < 0.88:
        marks.insert(1, (float(done), f"stopped at {done:,}"))
    return Figure(
        title=f"How the evidence grew: {notation.kind(total)}",
        rows=(Row(name="", note="", chart=_curve(course, steps), value=""),),
        ticks=charts.ticks(marks, steps),
        caption=_caption(course),
        table=_table(course),
    )


def _caption(course: Course) -> str:
    done, first, stop = len(course.total.path), course.first, course.stop
    words = (
        f"The e-value after each of {done:,} {course.thing}, in the order they were dealt. It may "
        "be looked at after every step: the error rate holds whenever the run stops. The value "
        "at the end counts, never the highest."
    )
    if course.planned > done:
        words += f" {notation.measured(stop)[0].upper()}{notation.measured(stop)[1:]}."
    elif first is not None and first < done:
        saved = notation.percent(1 - first / done)
        words += (
            f" It first reached its line after {first:,} {course.thing}: a run that may stop early "
            f"would have saved up to {saved} of them."
        )
    return words


def _table(course: Course) -> Table:
    path = course.total.path
    at = sorted({max(1, round(len(path) * look / LOOKS)) for look in range(1, LOOKS + 1)})
    rows = tuple((f"{n:,}", notation.e_value(_e(path[n - 1]))) for n in at)
    return Table(head=(course.thing, "e-value"), rows=rows)


def _e(log_e: float) -> float:
    return math.exp(min(log_e, 700.0))


def _curve(course: Course, steps: Axis) -> Markup:
    heights, done = course.heights, len(course.total.path)
    line = notation.log10_e(course.total.needed)
    axis = charts.axis_of([*heights, line, -0.5], room=0.07)
    measured = steps.percent(done)
    content = Markup("").join(
        _level((value, label), axis, measured) for value, label in charts.powers(axis)
    )
    content += _unmeasured(course, steps)
    content += charts.inner(_stroke(heights, steps, axis), HEIGHT)
    content += _line(line, course, steps, axis) + _crossing(course, steps, axis)
    end = Markup('<circle class="end" cx="{x}" cy="{y:.1f}" r="4.5"/>')
    content += end.format(x=steps.percent(done), y=_height(axis, heights[-1]))
    label = (
        f"e-value after each of {done:,} {course.thing}; it ends at "
        f"{notation.e_value(course.total.e_value)}, {notation.e_value(course.total.needed)} needed"
    )
    return charts.picture(label, HEIGHT, content, kind="curve")


def _height(axis: Axis, value: float) -> float:
    return HEIGHT * (1 - axis.share(value))


def _level(mark: tuple[float, str], axis: Axis, end: str) -> Markup:
    value, label = mark
    return Markup(
        '<line class="{k}" x1="0" x2="{end}" y1="{y:.1f}" y2="{y:.1f}"/>'
        '<text x="2" y="{t:.1f}">{label}</text>'
    ).format(
        k="grid" if value else "zero",
        y=_height(axis, value),
        t=_height(axis, value) - 3,
        label=label,
        end=end,
    )


def _unmeasured(course: Course, steps: Axis) -> Markup:
    """Shade what was not measured, and say why not."""
    done, left = len(course.total.path), course.planned - len(course.total.path)
    if left <= 0:
        return Markup("")
    shade = Markup(
        '<rect class="unmeasured" x="{x}" y="0" width="{w:.2f}%" height="{h}"/>'
        '<line class="stop" x1="{x}" x2="{x}" y1="0" y2="{h}"/>'
    ).format(x=steps.percent(done), w=100 * (1 - steps.share(done)), h=HEIGHT)
    if left < 0.16 * course.planned:
        return shade
    early = course.stop.reason == "decided early"
    fate = "saved" if early else f"not measured: {course.stop.reason}"
    middle = steps.percent(done + left / 2)
    words = ((notation.percent(left / course.planned), "much", 0), (fate, "", 17))
    text = Markup('<text class="{k}" x="{x}" y="{y}" text-anchor="middle">{t}</text>')
    low = HEIGHT - 40
    return shade + Markup("").join(text.format(k=k, x=middle, y=low + y, t=t) for t, k, y in words)


def _line(line: float, course: Course, steps: Axis, axis: Axis) -> Markup:
    """Draw the line that flags; its label stands where the curve does not run."""
    y, heights = _height(axis, line), course.heights
    last = [_height(axis, value) for n, value in enumerate(heights) if steps.share(n) > BESIDE]
    crossed = any(y - 20 < at < y + 4 for at in last)
    return Markup(
        '<line class="needed" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>'
        '<text class="needed" x="{x}" y="{t:.1f}" text-anchor="{anchor}">flags from {e}</text>'
    ).format(
        x="64" if crossed else "100%",
        y=y,
        t=y - 4,
        anchor="start" if crossed else "end",
        e=notation.e_value(course.total.needed),
    )


def _crossing(course: Course, steps: Axis, axis: Axis) -> Markup:
    """Ring the first step over the line."""
    first = course.first
    if first is None or first == len(course.total.path):
        return Markup("")
    ring = Markup('<circle class="crossing" cx="{x}" cy="{y:.1f}" r="4.5"/>')
    return ring.format(x=steps.percent(first), y=_height(axis, course.heights[first]))


def _stroke(heights: Sequence[float], steps: Axis, axis: Axis) -> Markup:
    points = [f"{1000 * steps.share(i):.1f} {_height(axis, heights[i]):.1f}" for i in thin(heights)]
    base, end = f"{_height(axis, 0.0):.1f}", f"{1000 * steps.share(len(heights) - 1):.1f}"
    return Markup(
        '<path class="area" d="M0 {base}L{points}L{end} {base}Z"/>'
        '<path class="stroke" d="M{points}" vector-effect="non-scaling-stroke"/>'
    ).format(base=base, end=end, points="L".join(points))


def thin(heights: Sequence[float]) -> list[int]:
    """Choose the points that are drawn: all, or first, lowest, highest and last of each stretch.

    Examples
    --------
    >>> thin([0.0, 1.0, 2.0])
    [0, 1, 2]
    >>> len(thin([float(n % 7) for n in range(50_000)])) <= FINEST + 1
    True
    """
    if len(heights) <= FINEST:
        return list(range(len(heights)))
    size = math.ceil(len(heights) * DECIMATION / FINEST)
    chosen: set[int] = set()
    for start in range(0, len(heights), size):
        stretch = range(start, min(start + size, len(heights)))
        chosen |= {stretch[0], stretch[-1]}
        chosen |= {min(stretch, key=heights.__getitem__), max(stretch, key=heights.__getitem__)}
    return sorted(chosen)
