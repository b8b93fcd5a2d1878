"""A verdict in the terminal, in at most 80 columns."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from assay.core.evidence import Status, Verdict
from assay.report import notation
from assay.report.glyphs import glyphs_for
from assay.report.sections import Sections
from assay.report.seeing import TITLE, seeing

__all__ = ["COLUMNS", "show"]

COLUMNS = 80
ORDINARY = frozenset({"full pass", "decided early"})
"""Reasons to stop that say it all."""
NAME_WIDTH = 10
COLOUR = {Status.FLAGGED: "red", Status.CLEAN: "green", Status.UNDECIDED: "yellow"}


def show(verdict: Verdict, console: Console) -> None:
    """What was found, how sure is it, and what does it not show? Print it.

    Parameters
    ----------
    verdict
        The verdict.
    console
        Where to; its encoding chooses the marks, its width is used up to 80 columns.
    """
    sections = Sections(verdict=verdict, glyphs=glyphs_for(console.encoding))
    width = min(COLUMNS, console.width)
    console.print(Group(*_parts(sections)), width=width, highlight=False, markup=False, emoji=False)


def _parts(sections: Sections) -> Iterator[RenderableType]:
    verdict = sections.verdict
    yield _head(sections)
    yield _subject(sections)
    yield from sections.score()
    yield from sections.totals()
    yield from sections.evidence()
    yield from sections.flags()
    yield from sections.guard()
    yield from _stop(sections)
    yield from sections.bullets(TITLE, (f"{by}: {said}" for by, said in seeing(verdict)))
    yield from sections.bullets("Why", verdict.why)
    yield from sections.bullets("What would change it", verdict.would_change)
    yield from sections.bullets("What it does not show", verdict.not_shown)
    yield Text()
    yield sections.text(
        f"  assay {verdict.version}, seed {verdict.seed}, run {verdict.runs} of this claim", "dim"
    )


def _head(sections: Sections) -> Panel:
    verdict, glyphs = sections.verdict, sections.glyphs
    colour = COLOUR[verdict.status]
    title = Table.grid(expand=True)
    title.add_column(ratio=1)
    title.add_column(justify="right")
    title.add_row(
        Text(f"{glyphs.mark(verdict.status)} {verdict.status.value.upper()}", f"bold {colour}"),
        Text(f"error rate {notation.percent(verdict.error_rate)}", "dim"),
    )
    body = Group(
        title,
        sections.text(verdict.headline, "bold"),
        Text(),
        sections.text(f"claim tested: {verdict.claim}", "dim"),
    )
    frame = box.ASCII if glyphs.ascii else box.ROUNDED
    return Panel(body, box=frame, border_style=colour, padding=(0, 2))


def _subject(sections: Sections) -> RenderableType:
    verdict = sections.verdict
    table = sections.columns(NAME_WIDTH, None)
    for name, value, digest in (
        ("benchmark", verdict.benchmark, verdict.benchmark_digest),
        ("model", verdict.model, verdict.model_digest),
        ("reference", verdict.reference, verdict.reference_digest),
    ):
        if value is not None:
            line = Text.assemble(
                sections.text(value), "  ", sections.text((digest or "")[:12], "dim")
            )
            table.add_row("", Text(name, "dim"), line)
            for note in verdict.model_notes if name == "model" else ():
                table.add_row("", "", sections.text(note, "dim"))
    kind = {"none": "no controls"}.get(
        verdict.controls_kind, f"{verdict.controls} controls ({verdict.controls_kind})"
    )
    table.add_row("", Text("items", "dim"), Text(f"{verdict.suspects} suspects, {kind}"))
    return Padding(table, (1, 0, 0, 0))


def _stop(sections: Sections) -> Iterator[RenderableType]:
    verdict = sections.verdict
    stop = verdict.stop
    yield sections.heading(f"Stop  {stop.reason}")
    words = f"{notation.measured(stop)}; {notation.spent(verdict.cost)}"
    yield Padding(Text(words, overflow="fold"), (0, 0, 0, 2))
    if stop.reason not in ORDINARY:
        yield Padding(sections.text(notation.STOP_MEANS[stop.reason]), (0, 0, 0, 2))
