"""What a verification found, in the terminal: each task with its time, and why it was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import median

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from assay.report.notation import counted
from assay.report.printable import printable
from assay.tasks.verify.records import Checked

__all__ = ["short", "show"]

COLUMNS = 100


def show(found: Sequence[Checked], console: Console) -> None:
    """Which tasks hold, how long did each take, and why does each other one not? Print it.

    Parameters
    ----------
    found
        One result for each task.
    console
        Where to.
    """
    width = min(COLUMNS, console.width)
    console.print(Group(*_parts(found)), width=width, highlight=False, markup=False, emoji=False)


def _parts(found: Sequence[Checked]) -> Iterator[RenderableType]:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.show_header = True
    for heading, justify in (("task", "left"), ("seconds", "right"), ("outcome", "left")):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    for one in found:
        table.add_row(printable(one.id), f"{one.seconds:.1f}", Text(_outcome(one)))
    yield table
    good = [one for one in found if not one.reason]
    yield Text(f"\n{len(good)} of {counted(len(found), 'task')} verified", "bold")
    if found:
        building = sum(one.building for one in found)
        yield Text(
            f"median {median(one.seconds for one in found):.1f} s a task;"
            f" {building:.0f} s went into environments; sandbox: {found[0].level}"
        )
    for reason, count in Counter(short(one) for one in found if one.reason).most_common():
        yield Text(f"{count:4}  left out: {printable(reason)}")


def _outcome(one: Checked) -> str:
    if one.reason:
        return f"left out: {printable(one.reason)}"
    words = f"{len(one.fail_to_pass)} fail to pass, {len(one.pass_to_pass)} pass to pass"
    return words + (f", {len(one.left_out)} tests left out" if one.left_out else "")


def short(one: Checked) -> str:
    """Return the kind of a reason: what stands before the colon.

    Examples
    --------
    >>> short(Checked(id="a", repo="a", digest="", level="full", reason="gold fails: no test"))
    'gold fails'
    """
    return one.reason.partition(":")[0]
