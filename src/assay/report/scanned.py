"""A scan of request logs in the terminal, in at most 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from assay.core.cases import Alerts, Campaign, LogsRead, Pool, Scan
from assay.core.evidence import Status
from assay.report import notation
from assay.report.glyphs import Glyphs, Scale, glyphs_for

__all__ = ["ASKS", "base_rate", "pool", "show", "state", "zone"]

COLUMNS, NAME, BAR = 80, 10, 16
CASES, SHELVES, POOLS = 12, 8, 8
ASKS = (
    "After failures their accounts carry on each other's conversations. Relays do so, resellers "
    "do, and customers' own routers; the logs do not tell which. None is flagged, and no error "
    "rate is stated. Which of them are on your list of resellers?"
)
CLEAN = "Exit 0 says that this was tested and nothing reached its line. It does not say clean."


def show(scan: Scan, console: Console) -> None:
    """What was read, what was tested, who is flagged, and what cannot be seen? Print it."""
    marks, width = glyphs_for(console.encoding), min(COLUMNS, console.width)
    parts = Group(*_parts(scan, marks))
    console.print(parts, width=width, highlight=False, markup=False, emoji=False)


def base_rate(alerts: Alerts) -> str:
    """Say how many of a hundred alerts are innocent, and between which bounds.

    Examples
    --------
    >>> base_rate(Alerts(of="accounts", prevalence=.0025, innocent=2, best=0, worst=7, basis="x"))
    'at a prevalence of 0.25 %, of 100 such alerts about 2 are innocent (0 to 7)'
    """
    if alerts.innocent is None or alerts.best is None or alerts.worst is None:
        known = "it is not known how many of 100 such alerts are innocent"
        return f"at a prevalence of {100 * alerts.prevalence:.3g} %, {known}"
    reach = f"{alerts.best:.0f} to {alerts.worst:.0f}"
    return (
        f"at a prevalence of {100 * alerts.prevalence:.3g} %, of 100 such alerts about "
        f"{alerts.innocent:.0f} are innocent ({reach})"
    )


def zone(case: Campaign) -> str:
    """Say what its accounts may be doing, as far as it is known."""
    if not case.classes:
        return "class not known: none of its accounts stands out in triage"
    if case.gray:
        return "gray zone: distillation or evaluation"
    return " or ".join(case.classes)


def state(case: Campaign) -> str:
    """Say how far the evidence reached."""
    e, needed = notation.e_value(case.e_value), notation.e_value(case.needed)
    reach = notation.e_value(case.reachable)
    return f"e {e} of {needed} needed; could reach {reach}"


def _parts(scan: Scan, marks: Glyphs) -> Iterator[RenderableType]:
    # Nothing flagged never looks like a clean bill: there is no such thing as a clean log.
    flagged = scan.status is Status.FLAGGED
    sign, colour = (marks.flagged, "red") if flagged else (marks.undecided, "yellow")
    yield Text(f"{sign} {marks.say(scan.headline)}", f"bold {colour}", overflow="fold")
    rate = f"false discovery rate {notation.percent(scan.q)}, of customers and of clusters each"
    yield _set(f"assay {scan.version}; {rate}", marks, "dim")
    yield Text("\nRead", "bold")
    yield _rows(_read(scan.read), marks)
    yield Text("\nTested", "bold")
    yield _rows(_tested(scan), marks)
    yield from _cases(scan, marks)
    yield from _pools(scan, marks)
    yield from _bullets("Of 100 such alerts", map(_full, scan.alerts), marks)
    yield from _bullets("What it cannot see", scan.not_seen, marks)
    if scan.status is Status.CLEAN:
        yield Text()
        yield _set(CLEAN, marks)


def _read(read: LogsRead) -> Iterator[tuple[str, str]]:
    days = f"{read.days[0]} to {read.days[-1]}" if read.days else "no day"
    yield "requests", f"{read.rows:,} of {read.accounts:,} accounts, {days}"
    yield "vetted", f"{read.vetted:,} accounts that a person found honest"
    put = sum(one.count for one in read.shelved)
    yield "put aside", f"{put:,} rows" if put else "no row"
    for one in read.shelved[:SHELVES]:
        yield "", f"{one.count:,} {one.reason}, as {one.example}"
    if read.absent:
        yield "not there", ", ".join(read.absent)
    for note in read.notes:
        yield "note", note


def _tested(scan: Scan) -> Iterator[tuple[str, str]]:
    for stage in scan.stages:
        if stage.says:
            yield stage.name, stage.says
        if stage.abstained:
            yield "" if stage.says else stage.name, f"abstains: {stage.abstained}"
    if scan.split:
        yield "days", f"clusters are formed up to {scan.split}, and judged by later days alone"


def _cases(scan: Scan, marks: Glyphs) -> Iterator[RenderableType]:
    if not scan.cases:
        return
    yield Text(f"\nCases  log10 of the e-value; {marks.line} is where it flags", "bold")
    held = [notation.log10_e(value) for c in scan.cases for value in (c.e_value, c.needed)]
    scale = Scale(low=-1.0, high=max([1.0, *held]) * 1.1, width=BAR)
    table = Table.grid(padding=(0, 1), expand=True)
    for width in (1, BAR):
        table.add_column(width=width)
    table.add_column(ratio=1, overflow="fold")
    for case in scan.cases[:CASES]:
        style = "bold red" if case.flagged else "blue"
        bar = scale.bar(notation.log10_e(case.e_value), notation.log10_e(case.needed), marks)
        table.add_row("", Text(bar, style), Group(*_case(case, marks)))
    yield table
    if len(scan.cases) > CASES:
        yield _set(f"{len(scan.cases) - CASES:,} more are in the report", marks, "dim")


def _case(case: Campaign, marks: Glyphs) -> Iterator[Text]:
    sign = f"{marks.flagged} CAMPAIGN" if case.flagged else "not flagged"
    hits = sum(one.flagged for one in case.members)
    yield Text(f"{sign}  {marks.say(case.id)}", "bold" if case.flagged else "", overflow="fold")
    many = f"{len(case.members):,} accounts, {case.requests:,} requests, {len(case.days):,} days"
    lines = [
        f"{many}; {hits:,} accounts flagged in triage",
        f"{state(case)}; {zone(case)}",
    ]
    if case.alerts is not None:
        lines.append(base_rate(case.alerts))
    yield from (Text(marks.say(line), "dim", overflow="fold") for line in lines)


def pool(one: Pool) -> str:
    """Say how large a pool is, and what it does.

    Examples
    --------
    >>> pool(Pool(id="c", accounts=("a", "b"), moves=9, after_failure=8))
    '2 accounts; 8 of 9 moves follow a failure'
    """
    said = f"{one.after_failure:,} of {one.moves:,} moves follow a failure"
    return f"{len(one.accounts):,} accounts; {said}"


def _pools(scan: Scan, marks: Glyphs) -> Iterator[RenderableType]:
    if scan.pools:
        yield Text(f"\nTo ask about: {notation.counted(len(scan.pools), 'pool')}", "bold")
        yield _set(ASKS, marks)
        yield _listed((f"{one.id}: {pool(one)}" for one in scan.pools[:POOLS]), marks)
    if len(scan.pools) > POOLS:
        yield _set(f"{len(scan.pools) - POOLS:,} more are in the report", marks, "dim")


def _full(alerts: Alerts) -> str:
    return f"{alerts.of}: {base_rate(alerts)}; {alerts.basis}"


def _rows(rows: Iterable[tuple[str, str]], marks: Glyphs) -> RenderableType:
    table = Table.grid(padding=(0, 1), expand=True)
    for width in (1, NAME):
        table.add_column(width=width)
    table.add_column(ratio=1, overflow="fold")
    for name, words in rows:
        table.add_row("", Text(name, "dim"), Text(marks.say(words), overflow="fold"))
    return table


def _set(words: str, marks: Glyphs, style: str = "") -> RenderableType:
    return Padding(Text(marks.say(words), style, overflow="fold"), (0, 0, 0, 2))


def _bullets(title: str, lines: Iterable[str], marks: Glyphs) -> Iterator[RenderableType]:
    held = list(lines)
    if held:
        yield Text(f"\n{title}", "bold")
        yield _listed(held, marks)


def _listed(lines: Iterable[str], marks: Glyphs) -> RenderableType:
    table = Table.grid(padding=(0, 1), expand=True)
    for width in (1, 1):
        table.add_column(width=width)
    table.add_column(ratio=1, overflow="fold")
    for line in lines:
        table.add_row("", Text(marks.bullet, "dim"), Text(marks.say(line), overflow="fold"))
    return table
