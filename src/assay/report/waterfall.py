"""The evidence waterfall: step by step from no evidence to each total, and to the line it needs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from assay.core.evidence import Evidence, Null, Total, Verdict
from assay.report import charts, notation
from assay.report.blocks import Figure, Row, Table

__all__ = ["waterfall"]

PORTIONS = 6
"""Into how many parts a long path is cut: more rows would say no more."""
CAPTION = (
    "Bars on a logarithmic scale of e-values. A waterfall starts at 1, where there is no evidence; "
    "each step multiplies what the steps before it left, to the right for the claim and to the "
    "left against it, and the filled bar is the total. Under the null the mean of a total is at "
    "most 1, so e or more occurs with probability at most 1/e. The dashed line is the e-value that "
    "was fixed before the run."
)
ALONE = (
    " Thin bars show single instruments beside it; they are not added: scores of one claim are "
    "combined first and tested once, and only totals are held against the line."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a waterfall, in powers of ten."""

    name: str
    note: str
    change: float


def waterfall(verdict: Verdict) -> Figure | None:
    """What brought each total to where it stands? None where nothing has an e-value."""
    measured = [e for e in verdict.evidence if e.e_value is not None]
    if not verdict.totals and not measured:
        return None
    axis = _axis(verdict, measured)
    rows = [row for total in verdict.totals for row in _block(total, verdict, axis)]
    summed = {name for total in verdict.totals for name in total.instruments}
    rows += [_alone(e, axis) for e in measured if e.instrument not in summed]
    hollow = any(row.style == "alone" for row in rows)
    return Figure(
        title="The evidence, and the line at which it flags",
        rows=tuple(rows),
        ticks=charts.ticks(charts.powers(axis), axis),
        caption=CAPTION + (ALONE if hollow else ""),
        table=_table(verdict),
        kind="cascade",
    )


def _axis(verdict: Verdict, measured: Sequence[Evidence]) -> charts.Axis:
    held = [e.e_value for e in measured] + [t.e_value for t in verdict.totals]
    lines = [t.needed for t in verdict.totals] or [1 / verdict.alpha]
    reached = [notation.log10_e(e) for e in [*held, *lines]]
    for total in verdict.totals:
        at = 0.0
        for step in _steps(total, verdict):
            at += step.change
            reached.append(max(at, notation.SMALLEST_LOG))
    return charts.axis_of([-0.3, 0.0, *reached], room=0.03)


def _block(total: Total, verdict: Verdict, axis: charts.Axis) -> Iterator[Row]:
    """Return one total's rows: what is not added, the steps, and where they lead."""
    own = {e.instrument: e for e in verdict.evidence}
    steps = list(_steps(total, verdict))
    added = {step.name for step in steps}
    for name in total.instruments:
        alone = own.get(name)
        if len(total.instruments) > 1 and name not in added and alone and alone.e_value is not None:
            yield _alone(alone, axis, total)
    at = 0.0
    for step in steps:
        yield _step(step, at, total, axis)
        at += step.change
    yield _total(total, at if steps else 0.0, axis)


def _steps(total: Total, verdict: Verdict) -> Iterator[Step]:
    """Cut a total into what each instrument, or each part of the run, multiplied it by."""
    end = total.path[-1] / math.log(10) if total.path else notation.log10_e(total.e_value)
    own = {e.instrument: notation.log10_e(e.e_value) for e in verdict.evidence if e.e_value}
    able = [name for name in total.instruments if name in own]
    if total.null is Null.EXACT and len(able) > 1:
        yield from (Step(name=n, note="", change=own[n]) for n in able)
        rest = end - math.fsum(own[n] for n in able)
        if abs(rest) > 0.005:
            yield Step(name="averaged, unit by unit", note="", change=rest)
    elif len(total.path) >= PORTIONS:
        yield from _portions(total)
    else:
        return
    shared = notation.log10_e(total.e_value) - end
    if verdict.runs > 1 and abs(shared) > 0.005:
        yield Step(name="earlier runs", note=f"average over {verdict.runs} runs", change=shared)


def _portions(total: Total) -> Iterator[Step]:
    thing = "steps" if total.null is Null.EXACT else "items"
    count, before = len(total.path), 0.0
    bounds = [round(count * part / PORTIONS) for part in range(PORTIONS + 1)]
    for first, last in pairwise(bounds):
        now = total.path[last - 1] / math.log(10)
        yield Step(name=f"{thing} {first + 1} to {last}", note="", change=now - before)
        before = now


def _bar(ends: tuple[float, float], axis: charts.Axis, kind: str, *, thick: int = 14) -> Markup:
    left, right = sorted(axis.share(end) for end in ends)
    shape = Markup('<rect class="{k}" x="{x:.2f}%" width="{w:.2f}%" y="{y}" height="{h}" rx="1"/>')
    width, top = max(100 * (right - left), 0.4), (charts.ROW - thick) // 2
    return shape.format(k=kind, x=100 * left, w=width, y=top, h=thick)


def _step(step: Step, at: float, total: Total, axis: charts.Axis) -> Row:
    end = at + step.change
    kind = "for" if step.change >= 0 else "against"
    content = charts.upright(axis, 0.0, "zero")
    content += charts.upright(axis, notation.log10_e(total.needed), "needed")
    content += charts.upright(axis, at, "link", (0, 8)) + charts.upright(
        axis, end, "link", (18, 26)
    )
    content += _bar((at, end), axis, kind)
    by = notation.factor(step.change)
    label = f"{step.name}: {by}, then e is 10 to the power {end:.2f}"
    return Row(
        name=step.name,
        note=step.note,
        chart=charts.picture(label, charts.ROW, content, kind="bar"),
        value=by,
        style="step",
    )


def _alone(one: Evidence, axis: charts.Axis, total: Total | None = None) -> Row:
    content = charts.upright(axis, 0.0, "zero")
    if total is not None:
        content += charts.upright(axis, notation.log10_e(total.needed), "needed")
    content += _bar((0.0, notation.log10_e(one.e_value)), axis, "alone", thick=6)
    words = f"e = {notation.e_value(one.e_value)}"
    return Row(
        name=one.instrument,
        note="alone" if total else "in no total",
        chart=charts.picture(f"{one.instrument} alone: {words}", charts.ROW, content, kind="bar"),
        value=words,
        style="alone",
    )


def _total(total: Total, at: float, axis: charts.Axis) -> Row:
    line, reached = notation.log10_e(total.needed), notation.log10_e(total.e_value)
    kind = "flags" if total.flags else ("sum" if reached >= 0 else "against")
    crossed = "needed over" if total.flags else "needed"  # red on red would not be seen
    content = charts.upright(axis, 0.0, "zero")
    if at:
        content += charts.upright(axis, at, "link", (0, 6))
    content += _bar((0.0, reached), axis, kind) + charts.upright(axis, line, crossed)
    e, needed = notation.e_value(total.e_value), notation.e_value(total.needed)
    label = f"{notation.kind(total)}: e-value {e}; a flag needs {needed}"
    return Row(
        name=notation.kind(total),
        note=_from(total),
        chart=charts.picture(label, charts.ROW, content, kind="bar"),
        value=f"e = {e}",
        detail="flags" if total.flags else f"flags from {needed}",
        style="strong",
    )


def _from(total: Total) -> str:
    names = total.instruments
    if len(names) <= 3:
        return "total of " + ", ".join(names)
    return f"total of {len(names)} instruments"


def _table(verdict: Verdict) -> Table:
    rows = [
        (
            notation.kind(total),
            ", ".join(total.instruments),
            notation.e_value(total.e_value),
            notation.e_value(total.needed),
            "flags" if total.flags else "does not flag",
        )
        for total in verdict.totals
    ]
    rows += [
        (e.instrument, "alone", notation.e_value(e.e_value), "", "")
        for e in verdict.evidence
        if e.e_value is not None
    ]
    return Table(head=("what", "from", "e-value", "needed", ""), rows=tuple(rows))
