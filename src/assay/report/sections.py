"""The parts of a verdict as rich renderables: evidence, totals, flags, guard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from assay.core.evidence import Evidence, Flag, GuardReport, Null, Total, Verdict
from assay.report import notation
from assay.report.glyphs import Glyphs, Scale
from assay.report.printable import shorten
from assay.report.scored import lines as score_lines

__all__ = ["Sections", "evidence_scale"]

NAME, CHART = 18, 22
"""Widths in characters of the columns that name an instrument and draw its number."""
FLAGS_SHOWN = 12
USUAL = "seen"
"""The topic that a verdict is about unless it says otherwise."""


def evidence_scale(verdict: Verdict, width: int = CHART) -> Scale:
    """Return one scale of log10 e for all bars, so that they can be compared by eye."""
    drawn = [notation.log10_e(e.e_value) for e in verdict.evidence if e.e_value is not None]
    drawn += [notation.log10_e(t.e_value) for t in verdict.totals]
    lines = [notation.log10_e(t.needed) for t in verdict.totals]
    lines.append(-notation.log10_e(verdict.alpha))
    top = max(1.0, *lines)
    return Scale(low=max(-3.0, min([-1.0, *drawn])), high=max([top * 1.15, *drawn]), width=width)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sections:
    """One verdict, ready to be set in one set of marks."""

    verdict: Verdict
    glyphs: Glyphs

    def text(self, content: str, style: str = "") -> Text:
        """Set foreign text: no markup, no control characters, long words broken."""
        return Text(self.glyphs.say(content), style=style, overflow="fold")

    def heading(self, title: str) -> RenderableType:
        """Set a section's title."""
        return Text(f"\n{title}", style="bold")

    def columns(self, *widths: int | None) -> Table:
        """Return an invisible table, indented by two."""
        table = Table.grid(padding=(0, 1), expand=True)
        table.add_column(width=1)
        for width in widths:
            table.add_column(width=width, overflow="fold", ratio=None if width else 1)
        return table

    def bullets(self, title: str, lines: Iterable[str]) -> Iterator[RenderableType]:
        """Set a list of sentences; nothing at all when there are none."""
        table = self.columns(1, None)
        for line in lines:
            table.add_row("", Text(self.glyphs.bullet, style="dim"), self.text(line))
        if table.row_count:
            yield self.heading(title)
            yield table

    def totals(self) -> Iterator[RenderableType]:
        """Set one bar per claim and kind of null, against the line that it needs."""
        if not self.verdict.totals:
            return
        yield self.heading(f"Totals  log10 of the e-value; {self.glyphs.line} is where it flags")
        scale = evidence_scale(self.verdict)
        table = self.columns(NAME, CHART, None)
        for total in self.verdict.totals:
            table.add_row("", self._kind(total), self._total_bar(total, scale),
                          self._total_words(total))  # fmt: skip
        yield table

    def _kind(self, total: Total) -> RenderableType:
        return Group(Text(total.null.value, style="bold"), self.text(notation.topic(total.topic)))

    def _total_bar(self, total: Total, scale: Scale) -> Text:
        drawn = scale.bar(
            notation.log10_e(total.e_value), notation.log10_e(total.needed), self.glyphs
        )
        return Text(drawn, style="bold red" if total.flags else "blue")

    def _total_words(self, total: Total) -> RenderableType:
        reached = "FLAGS" if total.flags else "no flag"
        e, needed = notation.e_value(total.e_value), notation.e_value(total.needed)
        head = Text.assemble(("e " + e, "bold"), f" of {needed} needed: ", (reached, "bold"))
        lines: list[Text] = [head, self.text("from " + ", ".join(total.instruments), "dim")]
        if total.topic != USUAL and total.topic in notation.TOPIC_MEANS:
            lines.insert(1, self.text(notation.TOPIC_MEANS[total.topic]))
        if total.p_value is not None:
            lines.append(self.text(notation.shuffled(total)))
        if total.largest_e is not None:
            lines.append(Text(f"could reach {notation.e_value(total.largest_e)} here", "dim"))
        return Group(*lines)

    def evidence(self) -> Iterator[RenderableType]:
        """Set every instrument's number, strongest null first, with what makes it valid."""
        scale = evidence_scale(self.verdict)
        for null in Null:
            measured = [e for e in self.verdict.evidence if e.null is null and not e.abstention]
            if not measured:
                continue
            yield self.heading(f"Evidence, null {null.value}: {notation.NULL_MEANS[null]}")
            table = self.columns(NAME, CHART, None)
            for one in measured:
                table.add_row("", self.text(one.instrument), self._drawn(one, scale),
                              self._words(one))  # fmt: skip
            yield table
        yield from self._abstentions()

    def _drawn(self, one: Evidence, scale: Scale) -> Text:
        style = "dim" if one.null is Null.NONE else "cyan"
        if one.e_value is not None:
            line = notation.log10_e(self._needed(one.null))
            return Text(scale.bar(notation.log10_e(one.e_value), line, self.glyphs), style=style)
        if one.estimate is None:
            return Text("")
        estimate, chance = one.estimate, notation.CHANCE.get(one.estimate.unit.lower())
        ends = (0.0, 1.0) if chance else _frame(estimate.low, estimate.high)
        own = Scale(low=ends[0], high=ends[1], width=CHART)
        drawn = own.interval((estimate.low, estimate.high), estimate.value, self.glyphs)
        if chance and drawn[own.cell(chance)] == self.glyphs.empty:
            drawn = own.put(drawn, chance, self.glyphs.line)
        return Text(drawn, style=style)

    def _needed(self, null: Null) -> float:
        kinds = [t.needed for t in self.verdict.totals if t.null is null]
        return kinds[0] if kinds else 1 / self.verdict.alpha

    def _words(self, one: Evidence) -> RenderableType:
        lines = list(self._numbers(one))
        counts = f"{one.suspects} suspects"
        if one.controls:
            counts += f", {one.controls} controls"
        if one.abstained:
            counts += f", {one.abstained} abstained"
        lines.append(Text(counts, style="dim"))
        lines.extend(self.text(caveat, "dim") for caveat in one.caveats)
        return Group(*lines)

    def _numbers(self, one: Evidence) -> Iterator[Text]:
        if one.estimate is not None:
            e = one.estimate
            interval = f"[{notation.decimal(e.low)}, {notation.decimal(e.high)}]"
            yield Text.assemble(
                (f"{notation.decimal(e.value)} ", "bold"),
                f"{interval} ",
                self.text(f"{e.unit}, {notation.percent(e.level)}", "dim"),
            )
        parts: list[str] = []
        if one.e_value is not None:
            most = "" if one.largest_e is None else f" of at most {notation.e_value(one.largest_e)}"
            parts.append(f"e {notation.e_value(one.e_value)}{most}")
        if one.p_value is not None:
            parts.append(f"p {notation.p_value(one.p_value)}")
        if parts:
            yield Text(", ".join(parts))

    def _abstentions(self) -> Iterator[RenderableType]:
        table = self.columns(NAME, None)
        grouped: dict[str, list[str]] = {}
        for one in self.verdict.evidence:
            if one.abstention:
                grouped.setdefault(one.abstention, []).append(one.instrument)
        for reason, names in grouped.items():
            column = Group(*(self.text(name, "dim") for name in names))
            table.add_row("", column, self.text(reason))
        if table.row_count:
            yield self.heading("Abstained: no number, which is neither a pass nor a fail")
            yield table

    def score(self) -> Iterator[RenderableType]:
        """Set the reported score against the corrected one, on one scale of right answers."""
        score = self.verdict.score
        if score is None:
            return
        yield self.heading(f"Score  reported against clean ({score.method})")
        table, scale = self.columns(NAME, CHART, None), Scale(low=0.0, high=1.0, width=CHART)
        for name, note, ends, value, detail in score_lines(score):
            cells = scale.span(ends, self.glyphs)
            words = Text.assemble((value, "bold"), f"  {detail}")
            table.add_row(
                "", self.text(name), Text(cells, "cyan"), Group(words, self.text(note, "dim"))
            )
        yield table
        told = [f"rests on this: {line}" for line in score.rests_on]
        told += [f"stronger, but not here: {line}" for line in score.why_not]
        for line in told:
            yield Padding(self.text(line, "dim"), (0, 0, 0, 2))

    def guard(self) -> Iterator[RenderableType]:
        """Set whether controls that chance did not pick may be trusted."""
        guard = self.verdict.guard
        if guard is None:
            return
        yield self.heading(f"Guard  {'passed' if guard.passed else 'NOT PASSED'}")
        yield Padding(self.text(guard_numbers(guard)), (0, 0, 0, 2))
        yield Padding(self.text(guard.reason), (0, 0, 0, 2))

    def flags(self) -> Iterator[RenderableType]:
        """Set the items that are flagged one by one, or why none was tested."""
        verdict = self.verdict
        if verdict.flags_q is not None:
            rate = f"; at most {notation.percent(verdict.flags_q)} of them wrongly, on average"
            head = f"{len(verdict.flags)}{rate}" if verdict.flags else "none"
            yield self.heading(f"Items flagged  {head}")
            yield self._flag_table(verdict.flags)
        elif verdict.flags_note:
            yield self.heading("Items flagged  not tested")
        if verdict.flags_note:
            yield Padding(self.text(verdict.flags_note), (0, 0, 0, 2))

    def _flag_table(self, flags: Sequence[Flag]) -> Table:
        table = self.columns(None, 24)
        for flag in flags[:FLAGS_SHOWN]:
            chance = "" if flag.p_value is None else f"p {notation.p_value(flag.p_value)}  "
            numbers = f"{chance}score {notation.decimal(flag.score)}"
            table.add_row("", self.text(shorten(flag.unit)), Text(numbers))
        if len(flags) > FLAGS_SHOWN:
            table.add_row("", Text(f"and {len(flags) - FLAGS_SHOWN} more", style="dim"), "")
        return table


def guard_numbers(guard: GuardReport) -> str:
    """Return the guard's measurements as one sentence."""
    parts = [f"blind AUC {guard.blind_auc:.2f}, upper bound {guard.blind_upper:.2f} (limit .55)"]
    if guard.beats_p is not None:
        parts.append(f"beats the blind score: p {notation.p_value(guard.beats_p)}")
    if guard.gamma is not None:
        parts.append(f"flips at hidden odds of {guard.gamma:.2f} (at least 1.5 wanted)")
    return "; ".join(parts)


def _frame(low: float, high: float) -> tuple[float, float]:
    """Return the ends of an axis that holds the interval and zero."""
    left, right = min(low, 0.0), max(high, 0.0)
    room = (right - left) * 0.1 or 1.0
    return left - room, right + room
