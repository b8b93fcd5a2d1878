"""The figures of a report: which numbers stand in which picture, and what is said below it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from assay.core.evidence import Abstention, Evidence, Finding, Null, Total, Verdict
from assay.report import charts, notation

__all__ = ["CHANCE", "Figure", "Record", "Row", "figures"]

Record = Finding | Abstention | Evidence

CHANCE = {"auc": 0.5}
"""Where an estimate lies when nothing was learned, by its unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a figure: a name, a picture, a number in words."""

    name: str
    note: str
    chart: Markup
    value: str
    detail: str = ""
    strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Rows over one axis, and what to read in them."""

    title: str
    rows: tuple[Row, ...]
    ticks: Markup
    caption: str
    legend: tuple[tuple[str, str], ...] = ()
    """Style class and meaning of each mark that a row alone does not explain."""


def figures(
    verdict: Verdict, records: Sequence[Record], roles: Mapping[str, str]
) -> Iterator[Figure]:
    """Which pictures does this verdict have? Yields those for which there are numbers.

    Parameters
    ----------
    verdict
        The verdict.
    records
        What the run recorded; findings with scores are drawn one by one.
    roles
        "suspect" or "control" by unit; empty where it is not known.
    """
    yield from _e_values(verdict)
    yield from _estimates(verdict)
    yield from (_path(t) for t in verdict.totals if len(t.path) > 1)
    yield from _scores(verdict, records, roles)


def _e_values(verdict: Verdict) -> Iterator[Figure]:
    measured = [e for e in verdict.evidence if e.e_value is not None]
    if not verdict.totals and not measured:
        return
    needed = _lines(verdict)
    shown = [e.e_value for e in measured] + [t.e_value for t in verdict.totals]
    held = [notation.log10_e(e) for e in [*shown, *needed.values()]]
    axis = charts.axis_of([-0.5, 0.0, -notation.log10_e(verdict.alpha), *held])
    rows: list[Row] = []
    for null in Null:
        rows += [_bar(e, needed[null], axis) for e in measured if e.null is null]
        rows += [_total(t, axis) for t in verdict.totals if t.null is null]
    yield Figure(
        title="The evidence, and the line at which it flags",
        rows=tuple(rows),
        ticks=charts.ticks(_powers(axis), axis),
        caption=(
            "Each bar is an e-value on a logarithmic scale, drawn from 1: under the null its "
            "mean is at most 1, so e or more occurs with probability at most 1/e. Bars to the "
            "left of 1 speak against the claim. The dashed line is the e-value that was "
            "fixed before the run; totals alone are held against it."
        ),
    )


def _lines(verdict: Verdict) -> dict[Null, float]:
    """Return the e-value that flags, by kind of null."""
    lines = dict.fromkeys(Null, 1 / verdict.alpha)
    return lines | {total.null: total.needed for total in verdict.totals}


def _powers(axis: charts.Axis) -> list[tuple[float, str]]:
    first, last = math.ceil(axis.low), math.floor(axis.high)
    step = max(1, math.ceil((last - first) / 7))
    return [(power, notation.power(power)) for power in range(first, last + 1) if power % step == 0]


def _bar(one: Evidence, needed: float, axis: charts.Axis) -> Row:
    e = one.e_value or 0.0
    most = "" if one.largest_e is None else f", at most {notation.e_value(one.largest_e)}"
    return Row(
        name=one.instrument,
        note=f"{one.null.value}{most}",
        chart=charts.bar(e, needed, axis, flags=False),
        value=f"e = {notation.e_value(e)}",
        detail="" if one.p_value is None else f"p = {notation.p_value(one.p_value)}",
    )


def _total(total: Total, axis: charts.Axis) -> Row:
    return Row(
        name=f"total, {total.null.value}",
        note="from " + ", ".join(total.instruments),
        chart=charts.bar(total.e_value, total.needed, axis, flags=total.flags),
        value=f"e = {notation.e_value(total.e_value)}",
        detail="flags" if total.flags else f"flags from {notation.e_value(total.needed)}",
        strong=True,
    )


def _estimates(verdict: Verdict) -> Iterator[Figure]:
    units = dict.fromkeys(e.estimate.unit for e in verdict.evidence if e.estimate)
    for unit in units:
        chosen = [e for e in verdict.evidence if e.estimate and e.estimate.unit == unit]
        yield _forest(unit, chosen)


def _forest(unit: str, chosen: Sequence[Evidence]) -> Figure:
    chance = CHANCE.get(unit.lower())
    ends = [bound for e in chosen if e.estimate for bound in (e.estimate.low, e.estimate.high)]
    axis = charts.Axis(low=0, high=1) if chance else charts.axis_of([0.0, *ends])
    marks = [(v, f"{v:g}") for v in ((0, 0.25, 0.5, 0.75, 1) if chance else _round(axis))]
    tail = (
        "The dashed line is chance: an instrument that cannot tell suspects from controls "
        "lies there. Where the null is 'none' the number is descriptive and never flags."
        if chance
        else "Where the null is 'none' the number is descriptive and never flags."
    )
    return Figure(
        title=f"What each instrument measured ({unit})",
        rows=tuple(_estimate(e, axis, chance) for e in chosen),
        ticks=charts.ticks(marks, axis),
        caption=f"Estimates with their intervals. {tail}",
    )


def _round(axis: charts.Axis) -> tuple[float, ...]:
    step = 10 ** math.floor(math.log10((axis.high - axis.low) / 2))
    first = math.ceil(axis.low / step)
    marks = [i * step for i in range(first, math.floor(axis.high / step) + 1)]
    return tuple(marks[:: max(1, len(marks) // 6)])


def _estimate(one: Evidence, axis: charts.Axis, chance: float | None) -> Row:
    estimate = one.estimate
    if estimate is None:
        return Row(name=one.instrument, note="", chart=Markup(""), value="none")
    low, high = notation.decimal(estimate.low), notation.decimal(estimate.high)
    return Row(
        name=one.instrument,
        note="descriptive" if one.null is Null.NONE else one.null.value,
        chart=charts.interval(estimate, axis, chance),
        value=f"{notation.decimal(estimate.value)}",
        detail=f"{low} to {high}",
    )


def _path(total: Total) -> Figure:
    e = notation.e_value(total.e_value)
    label = f"e-value after each of {len(total.path)} steps; it ends at {e}"
    row = Row(name="", note="", chart=charts.curve(total.path, total.needed, label), value="")
    steps = charts.Axis(low=0, high=len(total.path))
    return Figure(
        title=f"How the evidence grew ({total.null.value})",
        rows=(row,),
        ticks=charts.ticks([(0, "0 steps"), (len(total.path), f"{len(total.path)}")], steps),
        caption=(
            "The e-value after each step, in the order that the units were dealt, on a "
            "logarithmic scale. It may be looked at after every step: the error rate holds "
            "whenever the run stops. The value at the end counts, never the highest."
        ),
    )


def _scores(
    verdict: Verdict, records: Sequence[Record], roles: Mapping[str, str]
) -> Iterator[Figure]:
    found: dict[str, list[Finding]] = {}
    for one in records:
        if isinstance(one, Finding) and one.score is not None and math.isfinite(one.score):
            found.setdefault(one.instrument, []).append(one)
    order = [e.instrument for e in verdict.evidence]
    rows = [_cloud(name, found[name], roles) for name in dict.fromkeys(order) if name in found]
    if rows:
        known = (("dot suspect", "suspect"), ("dot control", "control"))
        yield Figure(
            title="Every item's score",
            rows=tuple(rows),
            ticks=Markup(""),
            caption=(
                "One dot per item, further right where the model treats it more like something "
                "it has seen; each instrument on its own scale, the upright line at the "
                "median. Height within a band means nothing."
            ),
            legend=known if roles else (("dot unit", "item"),),
        )


def _cloud(name: str, findings: Sequence[Finding], roles: Mapping[str, str]) -> Row:
    by_role: dict[str, list[float]] = {}
    for one in findings:
        role = roles.get(one.unit, "unit")
        by_role.setdefault(role if role in {"suspect", "control"} else "unit", []).append(
            one.score or 0.0
        )
    groups = [(kind, by_role[kind]) for kind in ("suspect", "control", "unit") if kind in by_role]
    axis = charts.axis_of(score for _, scores in groups for score in scores)
    counts = ", ".join(f"{len(scores)} {kind}s" for kind, scores in groups)
    return Row(
        name=name, note=counts, chart=charts.dots(groups, axis, f"scores of {counts}"), value=""
    )
