"""How near was it? The verdict under other error rates, and under hidden bias."""

from __future__ import annotations

import math
from collections.abc import Iterator

from markupsafe import Markup

from assay.core.evidence import GuardReport, Total, Verdict
from assay.report import charts, notation
from assay.report.blocks import Figure, Row, Table
from assay.report.charts import Axis

__all__ = ["sensitivity"]

RATES = (0.1, 0.05, 0.01, 0.005, 0.001, 0.0001)
STRICTEST = 1e-8
"""The axis goes no further: nobody asks for less."""
GAMMAS = (1.0, 1.25, 1.5, 2.0, 3.0)
WANTED = 1.5
"""Odds of hidden bias that a flag has to survive (design 3.5)."""


def sensitivity(verdict: Verdict) -> Iterator[Figure]:
    """At which error rates, and up to which hidden bias, would the evidence flag?"""
    if verdict.totals:
        yield _by_rate(verdict)
    guard = verdict.guard
    if guard is not None and guard.gamma is not None:
        yield _by_bias(guard, guard.gamma, flagged=any(t.flags for t in verdict.totals))


def _smallest(total: Total, alpha: float) -> float:
    """Return the smallest error rate at which a total flags: kinds tested over e, or times p."""
    tested = total.needed * alpha
    return tested * min(1 / max(total.e_value, 1e-300), total.p_value or 1.0)


def _by_rate(verdict: Verdict) -> Figure:
    smallest = [_smallest(total, verdict.alpha) for total in verdict.totals]
    low = max(min([*smallest, verdict.alpha]) / 3, STRICTEST)
    axis = Axis(low=-math.log10(0.5), high=-math.log10(low))
    rows = tuple(
        _rate_row(total, at, verdict.alpha, axis)
        for total, at in zip(verdict.totals, smallest, strict=True)
    )
    return Figure(
        title="How near it was: other error rates",
        rows=rows,
        ticks=charts.ticks(_rates(axis), axis),
        caption=(
            "The bar covers the error rates at which each total would have flagged, stricter to "
            f"the right; the dashed line is the {notation.percent(verdict.alpha)} that was fixed "
            "before the run. The others show how near it was: they are not there to choose from."
        ),
        table=_rate_table(verdict),
    )


def _rates(axis: Axis) -> list[tuple[float, str]]:
    last = math.floor(axis.high)
    step = max(1, math.ceil(last / 4))
    return [(float(n), notation.percent(10.0**-n)) for n in range(1, last + 1, step)]


def _rate_row(total: Total, at: float, alpha: float, axis: Axis) -> Row:
    reached = at <= 0.5
    end = -math.log10(max(at, STRICTEST)) if reached else axis.low
    kind = "flags" if total.flags else "for"
    bar = Markup('<rect class="{k}" x="0" width="{w}" y="9" height="8" rx="1"/>')
    content = bar.format(k=kind, w=axis.percent(end)) if reached else Markup("")
    used = -math.log10(alpha)
    crossed = "needed over" if total.flags else "needed"
    content += charts.upright(axis, used, "needed", (0, 9))
    content += charts.upright(axis, used, crossed, (9, 17))
    content += charts.upright(axis, used, "needed", (17, charts.ROW))
    note, value = _rate_words(total, at)
    label = f"{notation.kind(total)}: {note} {value}"
    return Row(
        name=notation.kind(total),
        note=note,
        chart=charts.picture(label, charts.ROW, content, kind="bar"),
        value=value,
    )


def _rate_words(total: Total, at: float) -> tuple[str, str]:
    if at > 1:
        return "would flag at no error rate", "none"
    if total.may_flag or total.flags:
        return "flags down to an error rate of", notation.percent(at)
    return "may not flag here; its line would be reached at", notation.percent(at)


def _rate_table(verdict: Verdict) -> Table:
    rows = []
    for rate in sorted({*RATES, verdict.alpha}, reverse=True):
        held = [_smallest(t, verdict.alpha) <= rate for t in verdict.totals]
        rows.append((notation.percent(rate), *("reached" if h else "not reached" for h in held)))
    return Table(head=("error rate", *map(notation.kind, verdict.totals)), rows=tuple(rows))


def _by_bias(guard: GuardReport, gamma: float, *, flagged: bool) -> Figure:
    axis = Axis(low=1.0, high=max(3.0, gamma * 1.1))
    bar = Markup('<rect class="{k}" x="0" width="{w}" y="9" height="8" rx="1"/>')
    content = charts.upright(axis, 1.0, "zero")
    if gamma > 1:
        content += bar.format(k="flags" if flagged else "for", w=axis.percent(gamma))
    content += charts.upright(axis, WANTED, "needed over" if gamma > WANTED else "needed", (9, 17))
    content += charts.upright(axis, WANTED, "needed", (0, 9))
    content += charts.upright(axis, WANTED, "needed", (17, charts.ROW))
    words = f"survives odds up to {gamma:.2f}" if gamma > 1 else "does not stand even without bias"
    row = Row(
        name="hidden bias",
        note=f"{words}; {WANTED:g} wanted",
        chart=charts.picture(f"The verdict {words}; {WANTED:g} wanted", charts.ROW, content,
                             kind="bar"),
        value=f"\u0393 = {gamma:.2f}",
    )  # fmt: skip
    marks = [(float(n), f"{n}") for n in _whole(axis)]
    blind = f"a reader who never asks the model has an AUC of {guard.blind_auc:.2f}"
    return Figure(
        title="How near it was: hidden bias in the controls",
        rows=(row,),
        ticks=charts.ticks(marks, axis),
        caption=(
            "Chance did not pick these controls. The bar shows by how much the odds of being a "
            "suspect may hang on something unseen before the comparison no longer reaches its "
            f"line; the dashed line is what a flag has to survive. ({blind}.)"
        ),
        table=Table(
            head=("odds of hidden bias", "line"),
            rows=tuple(
                (f"{g:g}", "reached" if gamma > g or (g == 1 and gamma > 1) else "not reached")
                for g in GAMMAS
            ),
        ),
    )


def _whole(axis: Axis) -> range:
    return range(1, math.floor(axis.high) + 1, max(1, round((axis.high - 1) / 5)))
