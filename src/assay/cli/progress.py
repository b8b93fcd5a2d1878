"""How far a run has come: a live bar where people watch, now and then a line where they do not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bar
from rich.text import Text

from assay.core.settings import Progress
from assay.core.subject import Cost
from assay.report import notation
from assay.report.glyphs import glyphs_for

__all__ = ["Lines", "Live", "progress"]

SECONDS_BETWEEN_LINES = 20.0


@contextmanager
def progress(console: Console) -> Iterator[Callable[[Progress], None]]:
    """Who shows the progress of a run? Yields what to hand each report to."""
    if not console.is_terminal:
        yield Lines(console, time.monotonic)
        return
    with Bar(
        TextColumn("{task.description:<12}", markup=False),
        BarColumn(bar_width=18),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[spent]}", style="dim", markup=False),
        console=console,
        transient=True,
    ) as bar:
        yield Live(bar)


def spent(report: Progress) -> str:
    """Return cost and evidence so far, in few characters; nothing where nobody was asked.

    Examples
    --------
    >>> from assay.core.subject import Cost
    >>> spent(Progress(phase="order", done=1, total=9, cost=Cost(calls=3, tokens=1500), e_value=4))
    '3 calls, 1.5k tokens, e 4.00'
    """
    if report.cost == Cost() and report.e_value is None:
        return ""
    tokens = report.cost.tokens
    short = f"{tokens}" if tokens < 1000 else f"{tokens / 1000:.1f}k"
    if tokens >= 1_000_000:
        short = f"{tokens / 1e6:.1f}M"
    words = f"{report.cost.calls:,} calls, {short} tokens"
    if report.e_value is not None:
        words += f", e {notation.e_value(report.e_value)}"
        if report.needed is not None:
            words += f"/{notation.e_value(report.needed)}"
    return words


class Live:
    """A bar that is drawn over itself; a new phase starts it afresh."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._phase = ""
        self._task = TaskID(0)

    def __call__(self, report: Progress) -> None:
        """Draw one report."""
        if report.phase != self._phase:
            if self._phase:
                self._bar.remove_task(self._task)
            self._phase = report.phase
            name = glyphs_for(self._bar.console.encoding).say(report.phase)
            self._task = self._bar.add_task(name[:24], total=report.total, spent="")
        self._bar.update(self._task, completed=report.done, total=report.total, spent=spent(report))


class Lines:
    """Plain lines for logs: one per phase, one at its end, and one every so often."""

    def __init__(self, console: Console, clock: Callable[[], float]) -> None:
        self._console, self._clock = console, clock
        self._phase, self._began, self._last = "", 0.0, 0.0
        self._said: Progress | None = None

    def __call__(self, report: Progress) -> None:
        """Print one report where it is due."""
        now = self._clock()
        if report.phase != self._phase:
            self._phase, self._began, self._last = report.phase, now, float("-inf")
        waits = now - self._last < SECONDS_BETWEEN_LINES and report.done < report.total
        if waits or report == self._said:
            return
        self._last, self._said = now, report
        say = glyphs_for(self._console.encoding).say
        line = f"{report.phase}: {report.done}/{report.total}{self._left(report, now)}"
        words = ", ".join(filter(None, (say(line), spent(report))))
        self._console.print(Text(words), soft_wrap=True)

    def _left(self, report: Progress, now: float) -> str:
        if not 0 < report.done < report.total or now <= self._began:
            return ""
        seconds = (now - self._began) * (report.total - report.done) / report.done
        return (
            f", about {seconds / 60:.0f} min left" if seconds >= 90 else f", {seconds:.0f} s left"
        )
