"""The figures of a report: which there are, and in which order."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from markupsafe import Markup

from assay.core.evidence import Evidence, Null, Verdict
from assay.report import charts, notation
from assay.report.blocks import Figure, Record, Row
from assay.report.growth import growth
from assay.report.scored import score_figure
from assay.report.sensitivity import sensitivity
from assay.report.strip import strips
from assay.report.waterfall import waterfall

__all__ = ["figures"]


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
    yield from score_figure(verdict)
    if (first := waterfall(verdict)) is not None:
        yield first
    yield from growth(verdict)
    yield from strips(verdict, records, roles)
    yield from _estimates(verdict)
    yield from sensitivity(verdict)


def _estimates(verdict: Verdict) -> Iterator[Figure]:
    units = dict.fromkeys(e.estimate.unit for e in verdict.evidence if e.estimate)
    for unit in units:
        chosen = [e for e in verdict.evidence if e.estimate and e.estimate.unit == unit]
        yield _forest(unit, chosen)


def _forest(unit: str, chosen: Sequence[Evidence]) -> Figure:
    chance = notation.CHANCE.get(unit.lower())
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
