"""The strip: every item as one mark, suspects above the line and controls below it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles
from typing import Literal

from markupsafe import Markup

from assay.core.evidence import Abstention, Finding, Verdict
from assay.report import charts, notation
from assay.report.blocks import Figure, Record, Row, Table
from assay.report.charts import Axis

__all__ = ["strips"]

State = Literal["", "flagged", "unanswered"]
NO_ANSWER = ("refusal", "length")
"""Endings of answers that are none, or no whole one."""

TALLEST, CELL = 96.0, 7.0
"""Pixels of all stacks together, and of one item where there are few."""
FINE = 2.5
"""Below this height in pixels no gap is seen: items of a stack are drawn as one shape."""
BINS = (30, 110)
GUTTER = 0.07
"""Share of the width where items without a measurement stand."""
SPIKE = 3.0
"""Stacks so many times as high as the others are cut, and their number is written beside them."""
LOW = 12
"""Stacks of so many items are never cut."""
FAR = 4.0
"""Items further out than so many interquartile ranges stand at the end of the axis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One item: where it stands, on which side, and what is special about it."""

    score: float | None
    side: str
    state: State = ""


def strips(
    verdict: Verdict, records: Sequence[Record], roles: Mapping[str, str]
) -> Iterator[Figure]:
    """Where does every item stand, by every instrument that yields scores?"""
    flagged = {flag.unit for flag in verdict.flags}
    marks: dict[str, list[Mark]] = defaultdict(list)
    for one in records:
        if isinstance(one, Finding | Abstention):
            mark = _mark(one, roles, flagged)
            marks[one.instrument] += [mark] if mark else []
    scored = [e.instrument for e in verdict.evidence if _scores(marks.get(e.instrument, ()))]
    tested = {name for total in verdict.totals for name in total.instruments}
    names = sorted(dict.fromkeys(scored), key=lambda name: name not in tested)
    if not names:
        return
    every = [mark for name in names for mark in marks[name]]
    yield Figure(
        title="Every item",
        rows=tuple(_row(name, marks[name]) for name in names),
        caption=_caption(every),
        legend=tuple(_legend(every)),
        table=_table({name: marks[name] for name in names}),
        kind="strips",
    )


def _mark(one: Finding | Abstention, roles: Mapping[str, str], flagged: set[str]) -> Mark | None:
    role = one.role or roles.get(one.unit, "")
    side = role if role in {"suspect", "control"} else "unit"
    if isinstance(one, Abstention):
        return Mark(score=None, side=side)
    if one.score is None or not math.isfinite(one.score):
        return None
    if one.unit in flagged:
        return Mark(score=one.score, side=side, state="flagged")
    cut = one.detail.get("ending") in NO_ANSWER
    return Mark(score=one.score, side=side, state="unanswered" if cut else "")


def _scores(marks: Iterable[Mark]) -> list[float]:
    return [mark.score for mark in marks if mark.score is not None]


def _caption(marks: Sequence[Mark]) -> str:
    above = "Suspects stand above the line and controls below it" if _sides(marks) else "Each"
    words = (
        f"One mark per item. {above}, further right where the model treats an item more like "
        "something it has seen; each instrument on its own scale, an upright line at the median. "
        "Marks far outside stand at the ends; a number stands beside a stack that is higher than "
        "could be drawn."
    )
    if not _sides(marks):
        words = words.replace("Each, further", "Further")
    if any(mark.score is None for mark in marks):
        words += " Items without a measurement stand apart at the left: they count neither way."
    return words


def _sides(marks: Iterable[Mark]) -> bool:
    return any(mark.side == "control" for mark in marks)


def _legend(marks: Sequence[Mark]) -> Iterator[tuple[str, str]]:
    for side, word in (("suspect", "suspect"), ("control", "control"), ("unit", "item")):
        if any(mark.side == side for mark in marks):
            yield f"mark {side}", word
    if any(mark.state == "flagged" for mark in marks):
        yield "mark flagged", "flagged by itself"
    if any(mark.state == "unanswered" for mark in marks):
        yield "mark unanswered", "refused or cut short"
    if any(mark.score is None for mark in marks):
        yield "mark missing", "no measurement"


def _row(name: str, marks: Sequence[Mark]) -> Row:
    scores = _scores(marks)
    axis = _axis(scores)
    gutter = GUTTER if len(scores) < len(marks) else 0.0
    wide = Axis(low=axis.low - gutter * (axis.high - axis.low) / (1 - gutter), high=axis.high)
    middle = (axis.low + axis.high) / 2
    places = [(v, notation.decimal(v)) for v in (axis.low, middle, axis.high)]
    words = _counts(marks)
    return Row(
        name=name,
        note=words,
        chart=_picture(marks, axis, wide, f"{name}: {words}") + charts.ticks(places, wide),
        value="",
    )


def _axis(scores: Sequence[float]) -> Axis:
    if len(scores) < 4:
        return charts.axis_of(scores)
    first, _, third = quantiles(scores, n=4)
    reach = FAR * (third - first) or max(scores) - min(scores)
    return charts.axis_of(
        [max(min(scores), first - reach), min(max(scores), third + reach)], room=0.02
    )


def _counts(marks: Sequence[Mark]) -> str:
    sides = {
        side: sum(m.side == side and m.score is not None for m in marks)
        for side in ("suspect", "control", "unit")
    }
    parts = [notation.counted(n, side) for side, n in sides.items() if n]
    others = {
        "flagged": sum(m.state == "flagged" for m in marks),
        "refused or cut short": sum(m.state == "unanswered" for m in marks),
        "without measurement": sum(m.score is None for m in marks),
    }
    return ", ".join([*parts, *(f"{n:,} {word}" for word, n in others.items() if n)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Bins from left to right, and the height of one item in its stack."""

    axis: Axis
    wide: Axis
    bins: int
    cell: float
    rise: int
    """Items in the highest stack above the line."""
    fall: int

    @property
    def base(self) -> float:
        """Where the line lies, in pixels from the top."""
        return self.rise * self.cell + 1

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return math.ceil((self.rise + self.fall) * self.cell + 3)

    def ends(self, place: int) -> tuple[float, float]:
        """Return left end and width of a bin in thousandths; the bin -1 is the gutter."""
        first = 1000 * self.wide.share(self.axis.low)
        if place < 0:
            return 0.12 * first, 0.5 * first
        size = (1000 - first) / self.bins
        return first + place * size, size * 0.82


def _bin(mark: Mark, axis: Axis, bins: int) -> int:
    return -1 if mark.score is None else min(int(axis.share(mark.score) * bins), bins - 1)


ORDER: dict[str, int] = {"": 0, "unanswered": 1, "flagged": 2}


def _picture(marks: Sequence[Mark], axis: Axis, wide: Axis, label: str) -> Markup:
    bins = min(max(len(marks) // 3, BINS[0]), BINS[1])
    stacks: dict[tuple[bool, int], list[str]] = defaultdict(list)
    for mark in sorted(marks, key=lambda m: ORDER[m.state]):
        up = mark.side != "control"
        kind = "missing" if mark.score is None else mark.state or mark.side
        stacks[up, _bin(mark, axis, bins)].append(kind)
    most = _highest(sorted(map(len, stacks.values())))
    rise, fall = (min(max((len(s) for (u, _), s in stacks.items() if u is up), default=0), most)
                  for up in (True, False))  # fmt: skip
    cell = min(CELL, TALLEST / max(rise + fall, 1))
    grid = Grid(axis=axis, wide=wide, bins=bins, cell=cell, rise=rise, fall=fall)
    content = charts.inner(_shapes(stacks, grid, most), grid.height)
    content += Markup("").join(
        _number(grid, place, len(stack), up=up)
        for (up, place), stack in stacks.items()
        if len(stack) > most and place >= 0
    )
    content += Markup('<line class="zero" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>').format(
        y=grid.base
    )
    for side, ends in (("control", (grid.base, grid.height)), ("suspect", (0, grid.base)),
                       ("unit", (0, grid.base))):  # fmt: skip
        held = sorted(_scores(m for m in marks if m.side == side))
        if held:
            content += charts.upright(wide, held[len(held) // 2], f"median {side}", ends)
    return charts.picture(label, grid.height, content, kind="strip")


def _highest(heights: Sequence[int]) -> int:
    """Return the highest stack that is drawn to scale: one answer given often hides no other."""
    usual = heights[int(0.9 * (len(heights) - 1))]
    return max(LOW, math.ceil(SPIKE * usual))


def _number(grid: Grid, place: int, count: int, *, up: bool) -> Markup:
    left, width = grid.ends(place)
    right = (left + width) / 10
    lean, x = ("start", right) if right < 80 else ("end", left / 10)
    return Markup(
        '<text class="count" x="{x:.2f}%" dx="{dx}" y="{y}" text-anchor="{lean}">{n:,}</text>'
    ).format(x=x, dx=4 if lean == "start" else -4, y=9 if up else grid.height - 1, lean=lean,
             n=count)  # fmt: skip


def _shapes(stacks: Mapping[tuple[bool, int], Sequence[str]], grid: Grid, most: int) -> Markup:
    """Draw all stacks as one path per kind of mark, however many items there are."""
    paths: dict[str, list[str]] = defaultdict(list)
    for (up, place), stack in sorted(stacks.items()):
        left, width = grid.ends(place)
        cell = grid.cell * min(1.0, most / len(stack))
        for kind, start, count in _runs(stack, merged=cell < FINE):
            tall = count * cell - (0.8 if cell >= FINE else 0)
            near = grid.base - start * cell if up else grid.base + start * cell
            top = near - tall if up else near
            shape = f"M{left:.1f} {top:.1f}h{width:.1f}v{tall:.1f}h-{width:.1f}z"
            paths[kind].append(shape)
    one = Markup('<path class="mark {k}" d="{d}" vector-effect="non-scaling-stroke"/>')
    return Markup("").join(one.format(k=k, d="".join(d)) for k, d in sorted(paths.items()))


def _runs(stack: Sequence[str], *, merged: bool) -> Iterator[tuple[str, int, int]]:
    """Yield kind, first place and number of marks that are drawn as one shape."""
    start = 0
    while start < len(stack):
        end = start + 1
        while merged and end < len(stack) and stack[end] == stack[start]:
            end += 1
        yield stack[start], start, end - start
        start = end


def _table(marks: Mapping[str, Sequence[Mark]]) -> Table:
    rows = []
    for name, all_marks in marks.items():
        for side in ("suspect", "control", "unit"):
            own = [mark for mark in all_marks if mark.side == side]
            if own:
                rows.append((name, *_summary(side, own)))
    head = ("instrument", "items", "n", "lowest", "quartile", "median", "quartile", "highest",
            "flagged", "refused or cut", "no measurement")  # fmt: skip
    return Table(head=head, rows=tuple(rows))


def _summary(side: str, marks: Sequence[Mark]) -> tuple[str, ...]:
    scores = sorted(_scores(marks))
    last = len(scores) - 1
    five = [notation.decimal(scores[round(last * part / 4)]) for part in range(5)] if scores else []
    states = [f"{sum(m.state == s for m in marks):,}" for s in ("flagged", "unanswered")]
    gone = f"{len(marks) - len(scores):,}"
    return (f"{side}s", f"{len(scores):,}", *(five or ["none"] * 5), *states, gone)
