"""The reported score against the corrected one: a picture, rows for the terminal, words."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from assay.core.evidence import CorrectedScore, Verdict
from assay.report import charts
from assay.report.blocks import Figure, Row, Table
from assay.report.charts import Axis

__all__ = ["METHODS", "lines", "points", "score_figure", "share", "tile"]

AXIS = Axis(low=0.0, high=1.0)
TICKS = ((0.0, "0 %"), (0.25, "25 %"), (0.5, "50 %"), (0.75, "75 %"), (1.0, "100 %"))
METHODS = {
    "siblings": "published minus sealed sibling",
    "split": "published half minus the half held back by lot",
    "difficulty": "unseen items, weighted to be as easy",
    "bounds": "bounds: no estimate",
}
THICK = 12
"""Pixels of a bar."""
Line = tuple[str, str, tuple[float, float], str, str]
"""Name, note, where the bar begins and ends, value, detail."""


def share(value: float) -> str:
    """Write a share of right answers.

    Examples
    --------
    >>> share(0.4138)
    '41.4 %'
    """
    return f"{100 * value:.1f} %"


def points(value: float) -> str:
    """Write a difference of shares, in percentage points.

    Examples
    --------
    >>> points(0.205), points(-0.01)
    ('+20.5', '-1.0')
    """
    return f"{100 * value:+.1f}"


def tile(score: CorrectedScore) -> tuple[str, str, str]:
    """Return the number that stands at the head of a page: label, number, what it means."""
    told = f"reported {share(score.reported)}"
    between = f"{share(score.low)} to {share(score.high)}"
    if score.corrected is None:
        return "clean score, at most", share(score.high), f"{told}; nothing identifies it"
    return "corrected score", share(score.corrected.value), f"{told}; {between}, by {score.method}"


def lines(score: CorrectedScore) -> Iterator[Line]:
    """Yield what is drawn: reported, corrected, and what lies between."""
    note = f"{score.items:,} published items"
    yield "reported", note, (0.0, score.reported), share(score.reported), ""
    if score.corrected is None or score.inflation is None:
        between = f"{100 * score.low:.0f} to {share(score.high)}"
        yield "clean", METHODS[score.method], (score.low, score.high), between, ""
        return
    value, gain = score.corrected.value, score.inflation
    between = f"{share(score.low)} to {share(score.high)}"
    yield "corrected", METHODS[score.method], (0.0, value), share(value), between
    ends = f"{points(gain.low)} to {points(gain.high)}"
    yield "inflation", "percentage points", (value, score.reported), points(gain.value), ends


def score_figure(verdict: Verdict) -> Iterator[Figure]:
    """How far is the reported score from the corrected one? Nothing where no score was given."""
    score = verdict.score
    if score is None:
        return
    drawn = list(lines(score))
    rows = tuple(
        Row(name=name, note=note, chart=_chart(score, name, ends), value=value, detail=detail)
        for name, note, ends, value, detail in drawn
    )
    yield Figure(
        title="The score, reported and on clean items",
        rows=rows,
        ticks=charts.ticks(TICKS, AXIS),
        caption=_caption(score),
        table=Table(
            head=("", "value", "95 % interval"),
            rows=tuple((name, value, detail or "none") for name, _, _, value, detail in drawn),
        ),
    )


def _caption(score: CorrectedScore) -> str:
    rests = "; ".join(score.rests_on)
    if score.corrected is None:
        return (
            "Nothing identifies the clean score; the pale bar is where it lies, and from below "
            f"it is not bounded. Rests on this: {rests}."
        )
    return (
        "Share of items answered right; the upright line is the reported score. Thin lines are "
        "95 % intervals, for items drawn anew. That of the inflation is the wider one: luck had a "
        f"part in the reported score too. Rests on this: {rests}."
    )


def _chart(score: CorrectedScore, name: str, ends: tuple[float, float]) -> Markup:
    """Draw one row: a bar, its interval, and the reported score across it."""
    left, right = sorted(ends)
    top = (charts.ROW - THICK) / 2
    bar = Markup('<rect class="{k}" x="{x}" width="{w:.2f}%" y="{y:g}" height="{h}" rx="1"/>')
    content = charts.upright(AXIS, 0.0, "zero")
    width = max(100 * (right - left), 0.3)
    content += bar.format(k=_kind(score, name), x=AXIS.percent(left), w=width, y=top, h=THICK)
    content += charts.upright(AXIS, score.reported, "link")
    reach = _reach(score, name)
    if reach is not None:
        content += _whisker(*reach)
    label = f"{name}: {share(left)} to {share(right)}"
    return charts.picture(label, charts.ROW, content, kind="bar")


def _kind(score: CorrectedScore, name: str) -> str:
    """Return the style of a row's bar: red where the inflation's interval lies above nought."""
    if name == "reported":
        return "for"
    if name == "corrected":
        return "sum"
    sure = score.inflation is not None and score.inflation.low > 0
    return "flags" if sure else "alone"


def _reach(score: CorrectedScore, name: str) -> tuple[float, float] | None:
    """Return the ends of a row's interval; the inflation's hangs from the reported score."""
    if name == "corrected":
        return score.low, score.high
    if name == "inflation" and score.inflation is not None:
        return score.reported - score.inflation.high, score.reported - score.inflation.low
    return None


def _whisker(low: float, high: float) -> Markup:
    line = Markup('<line class="median" x1="{a}" x2="{b}" y1="{y}" y2="{z}"/>')
    left, right = AXIS.percent(low), AXIS.percent(high)
    middle = charts.ROW / 2
    content = line.format(a=left, b=right, y=middle, z=middle)
    content += line.format(a=left, b=left, y=middle - 4, z=middle + 4)
    return content + line.format(a=right, b=right, y=middle - 4, z=middle + 4)
