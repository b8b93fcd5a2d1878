"""A verdict and a piece of evidence where a notebook shows them: one small box, no script.

Notebooks are light or dark without saying so, and some strip style sheets. So every style is
inline, text keeps the notebook's own colour, and the few colours of our own can be read on both.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from assay.core.evidence import Evidence, Status, Total, Verdict
from assay.report import notation
from assay.report.printable import shown
from assay.report.scored import tile

__all__ = ["evidence_html", "verdict_html"]

COLOUR = {Status.FLAGGED: "#d0453a", Status.CLEAN: "#2c8a5a", Status.UNDECIDED: "#a97b12"}
SIGN = {Status.FLAGGED: "▲", Status.CLEAN: "✔", Status.UNDECIDED: "◇"}
BLUE, RED = "#5b8fb9", "#d0453a"
LONGEST = 400
WIDE, LINES = 160, 3
"""Pixels of a bar, and sentences shown of each list."""


def verdict_html(verdict: Verdict) -> str:
    """What was found, and how sure is it? The full report is the run's report.html.

    Examples
    --------
    >>> from assay.core.evidence import Stop
    >>> page = verdict_html(Verdict(
    ...     status=Status.UNDECIDED, claim="c", headline="<b>No</b> decision", alpha=0.01,
    ...     benchmark="b", benchmark_digest="", model="m", model_digest="", suspects=0, controls=0,
    ...     controls_kind="none", stop=Stop(planned=0, measured=0, reason="full pass"), seed=0,
    ...     version="0"))
    >>> "&lt;b&gt;No" in page, "<script" in page
    (True, False)
    """
    colour = COLOUR[verdict.status]
    parts = [
        _line(
            Markup("<b style='color:{};letter-spacing:.08em'>{} {}</b>").format(
                colour, SIGN[verdict.status], verdict.status.value.upper()
            ),
            f"error rate {notation.percent(verdict.error_rate)}",
        ),
        Markup("<div style='font-size:1.1em;font-weight:600;margin:.2em 0'>{}</div>").format(
            _say(verdict.headline)
        ),
        _totals(verdict.totals),
        *_score(verdict),
        *_subject(verdict),
        *_sentences("would change it", verdict.would_change),
        *_sentences("does not show", verdict.not_shown),
    ]
    return _box(parts, colour)


def evidence_html(one: Evidence) -> str:
    """What did one instrument find in total?"""
    parts = [_line(Markup("<b>{}</b>").format(_say(one.instrument, 60)), one.null.value)]
    parts.append(Markup("<div>{}</div>").format(_say(one.question)))
    if one.abstention:
        parts.append(_fact("no number", one.abstention))
    if one.estimate is not None:
        e = one.estimate
        reach = f"{notation.decimal(e.low)} to {notation.decimal(e.high)}"
        words = f"{notation.decimal(e.value)} ({reach}, {notation.percent(e.level)})"
        parts.append(_fact(e.unit, words))
    if one.e_value is not None:
        parts.append(_fact("e-value", notation.e_value(one.e_value)))
    if one.p_value is not None:
        parts.append(_fact("p-value", notation.p_value(one.p_value)))
    counts = f"{one.suspects:,} suspects, {one.controls:,} controls, {one.abstained:,} abstained"
    parts += [_fact("items", counts), _fact("null", notation.NULL_MEANS[one.null])]
    parts += _sentences("caveats", one.caveats)
    return _box(parts, BLUE)


def _say(text: str, limit: int = LONGEST) -> str:
    return shown(text, limit)


def _box(parts: Sequence[Markup], colour: str) -> str:
    frame = Markup(
        "<div style='border-left:4px solid {};padding:.2em 0 .2em .9em;max-width:46em;"
        "line-height:1.4;overflow-wrap:anywhere'>{}</div>"
    )
    return str(frame.format(colour, Markup("").join(parts)))


def _line(left: Markup, right: str) -> Markup:
    return Markup(
        "<div style='display:flex;justify-content:space-between;gap:1em'><span>{}</span>"
        "<span style='opacity:.7'>{}</span></div>"
    ).format(left, right)


def _fact(name: str, value: str) -> Markup:
    return Markup(
        "<div style='font-size:.9em'><span style='opacity:.7'>{}:</span> <bdi>{}</bdi></div>"
    ).format(_say(name, 60), _say(value))


def _sentences(name: str, lines: Sequence[str]) -> list[Markup]:
    if not lines:
        return []
    more = f" (and {len(lines) - LINES} more)" if len(lines) > LINES else ""
    return [_fact(name, "; ".join(_say(line) for line in lines[:LINES]) + more)]


def _score(verdict: Verdict) -> list[Markup]:
    if verdict.score is None:
        return []
    label, value, note = tile(verdict.score)
    return [_fact(label, f"{value} ({note})")]


def _subject(verdict: Verdict) -> list[Markup]:
    items = f"{verdict.suspects:,} suspects, {verdict.controls:,} controls"
    return [
        _fact("benchmark", f"{shown(verdict.benchmark)}, {items} ({verdict.controls_kind})"),
        _fact("model", "; ".join([shown(verdict.model), *verdict.model_notes])),
        _fact("run", f"{notation.measured(verdict.stop)}, {verdict.stop.reason}; "
                     f"{notation.spent(verdict.cost)}"),
    ]  # fmt: skip


def _totals(totals: Sequence[Total]) -> Markup:
    if not totals:
        return Markup("")
    top = max(max(notation.log10_e(t.e_value), notation.log10_e(t.needed)) for t in totals)
    rows = Markup("").join(_total(total, max(top, 1.0)) for total in totals)
    return Markup("<div style='margin:.4em 0'>{}</div>").format(rows)


def _total(total: Total, top: float) -> Markup:
    """Draw a bar of log10 e from 1, with a gap where the total flags."""
    reached = max(notation.log10_e(total.e_value), 0.0) / top * WIDE
    line = notation.log10_e(total.needed) / top * WIDE
    e, needed = notation.e_value(total.e_value), notation.e_value(total.needed)
    p = f", {notation.shuffled(total)}" if total.p_value is not None else ""
    said = f"e {e} of {needed} needed{p}{': flags' if total.flags else ''}"
    shapes = Markup(
        "<svg width='{w}' height='14' role='img' aria-label='{said}' style='flex:none'>"
        "<rect x='0' y='6' width='{w}' height='2' fill='currentColor' opacity='.2'/>"
        "<rect x='0' y='3' width='{x:.1f}' height='8' fill='{colour}'/>"
        "<rect x='{line:.1f}' y='0' width='2' height='14' fill='currentColor'/></svg>"
    ).format(w=WIDE + 2, said=said, x=reached, line=line, colour=RED if total.flags else BLUE)
    return Markup(
        "<div style='display:flex;flex-wrap:wrap;align-items:center;gap:0 .8em'>"
        "<span style='min-width:12em'>{}</span>{}<span>{}</span></div>"
    ).format(_say(notation.kind(total), 60), shapes, said)
