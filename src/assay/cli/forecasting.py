"""What a run would cost, printed before anything is asked."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from assay.cli.output import emit, people
from assay.core.settings import Forecast
from assay.core.subject import Cost
from assay.report import notation
from assay.report.glyphs import Glyphs, glyphs_for

__all__ = ["say_estimate", "show_forecast"]


def show_forecast(forecast: Forecast, *, as_json: bool) -> None:
    """What would this run cost? Print it; as a record on standard output where asked for."""
    if as_json:
        emit([forecast.model_dump_json(indent=2)])
        return
    console = people()
    glyphs = glyphs_for(console.encoding)
    width = min(80, console.width)
    console.print(_head(forecast, glyphs), width=width)
    console.print(_table(forecast, glyphs), width=width)
    for note in (*_abstaining(forecast), *_closing(forecast), *forecast.notes):
        console.print(Text("  " + glyphs.say(note), overflow="fold"), width=width)


def _head(forecast: Forecast, glyphs: Glyphs) -> Text:
    return Text.assemble(
        ("Dry run ", "bold"),
        glyphs.say(f"{forecast.benchmark} with {forecast.model}: {forecast.suspects} suspects, "
                   f"{forecast.controls} controls, seed {forecast.seed}"),
        overflow="fold",
    )  # fmt: skip


def _table(forecast: Forecast, glyphs: Glyphs) -> Table:
    table = Table(box=None, padding=(0, 2), expand=False)
    table.add_column("instrument", overflow="fold")
    table.add_column("calls", justify="right")
    table.add_column("tokens", justify="right")
    table.add_column("dollars" if forecast.total.nanodollars else "", justify="right")
    for name, cost in forecast.by_instrument.items():
        table.add_row(Text(glyphs.say(name)), *_amounts(cost))
    table.add_row(Text("all", "bold"), *_amounts(forecast.total))
    return table


def _abstaining(forecast: Forecast) -> list[str]:
    """Name the instruments that cannot run, those of one reason together."""
    names: dict[str, list[str]] = {}
    for name, reason in forecast.abstains.items():
        names.setdefault(reason, []).append(name)
    return [f"abstain: {', '.join(ids)}: {reason}" for reason, ids in names.items()]


def _amounts(cost: Cost) -> tuple[str, str, str]:
    dollars = f"{cost.dollars:,.4f}" if cost.nanodollars else ""
    return f"{cost.calls:,}", f"{cost.tokens:,}", dollars


def say_estimate(forecast: Forecast) -> None:
    """What will this run cost at most? One line, before the first request."""
    calls, tokens, dollars = _amounts(forecast.total)
    money = f", {dollars} US dollars" if dollars else " (no --price given)"
    line = f"  at most {calls} calls, {tokens} tokens{money}"
    console = people()
    console.print(Text(glyphs_for(console.encoding).say(line)), soft_wrap=True)


def _closing(forecast: Forecast) -> list[str]:
    minutes = forecast.minutes
    speed = "time unknown" if minutes is None else _minutes(minutes)
    return [f"{speed}; a total flags at e {notation.e_value(forecast.needed)}"]


def _minutes(minutes: float) -> str:
    return "less than a minute" if minutes < 1 else f"about {minutes:.0f} minutes at this speed"
