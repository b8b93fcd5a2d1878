"""Many claims under one error budget, as one HTML file and in the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from markupsafe import Markup
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table as Columns
from rich.text import Text

from assay.core.comparison import Compared, Comparison
from assay.core.evidence import Status
from assay.report import charts, notation
from assay.report.blocks import Figure, Row, Table
from assay.report.crossing import crossing
from assay.report.glyphs import Glyphs, Scale, glyphs_for
from assay.report.pages import pages
from assay.report.printable import shorten
from assay.store.files import write_whole

__all__ = ["render", "show", "write"]

COLUMNS, BAR = 80, 14


def render(comparison: Comparison) -> str:
    """Which of many claims hold together? As one page without scripts."""
    return (
        pages()
        .get_template("comparison.html.j2")
        .render(
            c=comparison,
            status=(Status.FLAGGED if comparison.flagged else Status.UNDECIDED).value,
            numbers=_numbers(comparison),
            figure=_figure(comparison),
            crossing=crossing(comparison.claims),
            n=notation,
        )
    )


def write(comparison: Comparison, path: Path) -> Path:
    """Write the page; whole or not at all.

    Raises
    ------
    StoreError
        The disk is full or the folder cannot be written to; nothing is left half-written.
    """
    write_whole(path, [render(comparison)])
    return path


def _numbers(comparison: Comparison) -> list[tuple[str, str, str]]:
    flagged, claims = len(comparison.flagged), len(comparison.claims)
    alone = f"alone, a claim needs {notation.e_value(comparison.needed_alone)}"
    return [
        ("flagged", f"{flagged:,}", f"of {claims:,} claims"),
        ("shared error budget", notation.percent(comparison.q), "of the flagged may be wrong"),
        ("e-value needed here", notation.e_value(comparison.needed), alone),
        _cost(comparison),
    ]


def _cost(comparison: Comparison) -> tuple[str, str, str]:
    cost = comparison.cost
    if cost.nanodollars:
        return "cost", notation.money(cost), f"{cost.calls:,} calls, {cost.tokens:,} tokens"
    return "calls", f"{cost.calls:,}", f"{cost.tokens:,} tokens"


def _figure(comparison: Comparison) -> Figure:
    held = [c.e_value for c in comparison.claims if c.e_value is not None]
    lines = [comparison.needed, comparison.needed_alone]
    axis = charts.axis_of([-0.3, 0.0, *map(notation.log10_e, [*held, *lines])], room=0.03)
    return Figure(
        title="Every claim, and the line that all share",
        rows=tuple(_row(claim, comparison, axis) for claim in comparison.claims),
        ticks=charts.ticks(charts.powers(axis), axis),
        caption=(
            "Each bar is a claim's e-value on a logarithmic scale, drawn from 1; to the left of 1 "
            "it speaks against the claim. The dashed line is the e-value from which claims are "
            "flagged here: the more of them are large, the lower it lies. The dotted line is "
            "enough whatever the other claims find."
        ),
        table=_table(comparison),
        kind="claims",
    )


def _row(claim: Compared, comparison: Comparison, axis: charts.Axis) -> Row:
    needed, alone = (notation.log10_e(n) for n in (comparison.needed, comparison.needed_alone))
    reached = notation.log10_e(claim.e_value)
    kind = "flags" if claim.flagged else ("for" if reached >= 0 else "against")
    content = charts.upright(axis, 0.0, "zero")
    if alone > needed:
        content += charts.upright(axis, alone, "alone")
    if claim.e_value is not None:
        left, right = sorted((axis.share(0.0), axis.share(reached)))
        bar = Markup('<rect class="{k}" x="{x:.2f}%" width="{w:.2f}%" y="6" height="14" rx="1"/>')
        content += bar.format(k=kind, x=100 * left, w=max(100 * (right - left), 0.4))
    content += charts.upright(axis, needed, "needed over" if claim.flagged else "needed")
    e = "no verdict" if claim.e_value is None else f"e = {notation.e_value(claim.e_value)}"
    return Row(
        name=claim.model,
        note=claim.benchmark,
        chart=charts.picture(f"{claim.model} on {claim.benchmark}: {e}", charts.ROW, content,
                             kind="bar"),
        value=e,
        detail="flagged" if claim.flagged else "",
    )  # fmt: skip


def _table(comparison: Comparison) -> Table:
    rows = tuple(
        (c.model, c.benchmark, notation.e_value(c.e_value), "flagged" if c.flagged else "")
        for c in comparison.claims
    )
    return Table(head=("model", "benchmark", "e-value", "here"), rows=rows)


def show(comparison: Comparison, console: Console) -> None:
    """Which of many claims hold together? Print it, in at most 80 columns."""
    marks, width = glyphs_for(console.encoding), min(COLUMNS, console.width)
    parts = Group(*_parts(comparison, marks))
    console.print(parts, width=width, highlight=False, markup=False, emoji=False)


def _parts(comparison: Comparison, marks: Glyphs) -> Iterator[RenderableType]:
    flagged = bool(comparison.flagged)
    sign = marks.flagged if flagged else marks.undecided
    yield Text(f"{sign} {marks.say(comparison.headline)}", f"bold {'red' if flagged else 'yellow'}",
               overflow="fold")  # fmt: skip
    needed, alone = (notation.e_value(n) for n in (comparison.needed, comparison.needed_alone))
    budget = f"error budget {notation.percent(comparison.q)}, shared; flagged from e {needed} on"
    yield Padding(Text(f"{budget} (alone: {alone})", "dim", overflow="fold"), (0, 0, 1, 2))
    yield _claims(comparison, marks)
    yield Padding(Text(f"{notation.spent(comparison.cost)}; {marks.say(comparison.method)}", "dim",
                       overflow="fold"), (1, 0, 0, 2))  # fmt: skip
    for title, lines in (
        ("What would change it", comparison.would_change),
        ("What it does not show", comparison.not_shown),
    ):
        if lines:
            yield Text(f"\n{title}", "bold")
        for line in lines:
            words = Text(f"{marks.bullet} {marks.say(line)}", overflow="fold")
            yield Padding(words, (0, 0, 0, 2))


def _claims(comparison: Comparison, marks: Glyphs) -> Columns:
    table = Columns.grid(padding=(0, 1), expand=True)
    table.add_column(width=1)
    for ratio, width in ((2, None), (1, None), (None, BAR), (None, 9), (None, 10)):
        table.add_column(ratio=ratio, width=width, overflow="fold")
    heads = ("", "model", "benchmark", f"log10 e {marks.line}", "e", "alone")
    table.add_row(*(Text(head, "dim") for head in heads))
    held = [notation.log10_e(c.e_value) for c in comparison.claims]
    line = notation.log10_e(comparison.needed)
    scale = Scale(low=max(-3.0, min([-1.0, *held])), high=max([line * 1.15, *held, 1.0]), width=BAR)
    for claim in comparison.claims:
        table.add_row("", *_cells(claim, scale, line, marks))
    return table


def _cells(claim: Compared, scale: Scale, line: float, marks: Glyphs) -> Iterator[Text]:
    names = (marks.say(shorten(name)) for name in (claim.model, claim.benchmark))
    yield from (Text(name, "bold" if claim.flagged else "", overflow="fold") for name in names)
    style = "bold red" if claim.flagged else "blue"
    bar = scale.bar(notation.log10_e(claim.e_value), line, marks) if claim.e_value else ""
    yield Text(bar, style)
    e = "" if claim.e_value is None else notation.e_value(claim.e_value)
    yield Text(f"{marks.flagged + ' ' if claim.flagged else ''}{e}", style)
    yield Text(claim.status.value if claim.status else "no verdict", "dim")
