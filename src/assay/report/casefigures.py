"""The figures of a case: its timeline, how its evidence grew, and which signals it rests on."""

from __future__ import annotations

import math

from markupsafe import Markup

from assay.core.cases import Campaign, Day
from assay.report import charts, notation
from assay.report.blocks import Figure, Row, Table
from assay.report.charts import Axis

__all__ = ["evidence", "signals", "timeline"]


def timeline(case: Campaign) -> Figure:
    """When did its accounts ask? A bar a day, hollow where the day only formed the cluster."""
    axis = Axis(low=0.0, high=max([1.0, *(float(day.requests) for day in case.days)]))
    rows = tuple(_day(day, axis) for day in case.days)
    return Figure(
        title="Timeline",
        rows=rows,
        caption=(
            "Requests of all accounts together. On the pale days the cluster was formed, by what "
            "its accounts share; only the others are evidence."
        ),
        table=Table(
            head=("day", "requests", "accounts", "used to", "score", "e-value"),
            rows=tuple(
                (d.day, f"{d.requests:,}", f"{d.accounts:,}", "judge" if d.judged else "form",
                 "" if d.score is None else f"{d.score:.2f}",
                 "" if d.e_value is None else notation.e_value(d.e_value))
                for d in case.days
            ),
        ),
        kind="cascade",
    )  # fmt: skip


def _day(day: Day, axis: Axis) -> Row:
    content = _bar(0.0, float(day.requests), axis, "sum" if day.judged else "alone")
    label = f"{day.day}: {day.requests} requests of {day.accounts} accounts"
    return Row(
        name=day.day,
        note="",
        chart=charts.picture(label, charts.ROW, content, kind="bar"),
        value=f"{day.requests:,}",
        detail=f"{day.accounts:,} accounts",
    )


def evidence(case: Campaign) -> Figure:
    """How did the evidence grow, day by day, and how far is it from its line?"""
    steps = [day for day in case.days if day.e_value is not None]
    held = [notation.log10_e(day.e_value) for day in steps]
    line, reach = notation.log10_e(case.needed), notation.log10_e(case.reachable)
    axis = charts.axis_of([-0.3, 0.0, *held, line, reach], room=0.03)
    rows, at = [], 0.0
    for day, now in zip(steps, held, strict=True):
        rows.append(_step(day, at, now, axis, line))
        at = now
    rows.append(_total(case, axis, line))
    return Figure(
        title="Evidence, day by day",
        rows=tuple(rows),
        ticks=charts.ticks(charts.powers(axis), axis),
        caption=(
            "By what each later day multiplied the e-value, on a logarithmic scale. Each day is "
            "ranked among days of clusters known to be honest whose past was alike. The dashed "
            "line is where this cluster is flagged; the dotted one is the most that any cluster "
            "could reach against so few honest ones. The value of the last day counts."
        ),
        kind="cascade",
    )


def _step(day: Day, at: float, now: float, axis: Axis, line: float) -> Row:
    by = notation.factor(now - at)
    content = charts.upright(axis, 0.0, "zero") + charts.upright(axis, line, "needed")
    content += charts.upright(axis, at, "link", (0, 8)) + charts.upright(
        axis, now, "link", (18, 26)
    )
    content += _bar(at, now, axis, "for" if now >= at else "against")
    said = "nothing seen" if day.score is None else f"score {day.score:.2f}"
    return Row(
        name=day.day,
        note=said,
        chart=charts.picture(f"{day.day}: {by}", charts.ROW, content, kind="bar"),
        value=by,
        style="step",
    )


def _total(case: Campaign, axis: Axis, line: float) -> Row:
    reached = notation.log10_e(case.e_value)
    kind = "flags" if case.flagged else ("sum" if reached >= 0 else "against")
    content = charts.upright(axis, 0.0, "zero") + _bar(0.0, reached, axis, kind)
    content += charts.upright(axis, line, "needed over" if case.flagged else "needed")
    content += charts.upright(axis, notation.log10_e(case.reachable), "alone")
    e, needed = notation.e_value(case.e_value), notation.e_value(case.needed)
    return Row(
        name="together",
        note="",
        chart=charts.picture(f"e-value {e}, {needed} needed", charts.ROW, content, kind="bar"),
        value=f"e = {e}",
        detail="flagged" if case.flagged else f"flags from {needed}",
        style="strong",
    )


def signals(case: Campaign) -> Figure | None:
    """Which signals make the daily score? Mean parts, over the days that were judged."""
    if not case.signals:
        return None
    total = math.fsum(one.adds for one in case.signals)
    axis, rows, at = Axis(low=0.0, high=total * 1.02), list[Row](), 0.0
    for one in case.signals:
        content = _bar(at, at + one.adds, axis, "for")
        rows.append(
            Row(
                name=one.signal,
                note="",
                chart=charts.picture(
                    f"{one.signal} adds {one.adds:.2f}", charts.ROW, content, kind="bar"
                ),
                value=f"+ {one.adds:.2f}",
                detail="",
                style="step",
            )
        )
        at += one.adds
    content = _bar(0.0, total, axis, "sum")
    label = f"mean score {total:.2f}"
    rows.append(
        Row(name="mean daily score", note="", value=f"{total:.2f}", style="strong",
            chart=charts.picture(label, charts.ROW, content, kind="bar"))
    )  # fmt: skip
    return Figure(
        title="What the score rests on",
        rows=tuple(rows),
        caption=(
            "What each signal adds to the score of a day, above the usual account of that day. "
            "None of them is a verdict: honest traffic does each of these things."
        ),
        table=Table(
            head=("signal", "question", "adds"),
            rows=tuple((one.signal, one.says, f"{one.adds:.2f}") for one in case.signals),
        ),
        kind="cascade",
    )


def _bar(start: float, end: float, axis: Axis, kind: str) -> Markup:
    left, right = sorted((axis.share(start), axis.share(end)))
    shape = Markup('<rect class="{k}" x="{x:.2f}%" width="{w:.2f}%" y="6" height="14" rx="1"/>')
    return shape.format(k=kind, x=100 * left, w=max(100 * (right - left), 0.4))
