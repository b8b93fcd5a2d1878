"""A verdict as one HTML file: no script, no network, nothing beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from assay.core.evidence import Evidence, Null, Total, Verdict
from assay.report import notation
from assay.report.abstentions import abstentions
from assay.report.blocks import Record
from assay.report.figures import figures
from assay.report.pages import pages
from assay.report.samples import samples
from assay.report.scored import tile
from assay.report.sections import guard_numbers
from assay.report.seeing import TITLE as SEEING
from assay.report.seeing import seeing
from assay.store.files import write_whole

__all__ = ["render", "write"]

FLAGS_SHOWN = 60


def render(
    verdict: Verdict,
    records: Sequence[Record] = (),
    *,
    roles: Mapping[str, str] | None = None,
    command: str = "",
) -> str:
    """What was found, how sure is it, and what does it not show? As one page.

    Parameters
    ----------
    verdict
        The verdict.
    records
        What the run recorded; findings with scores are drawn one by one.
    roles
        "suspect" or "control" by unit; scores are drawn in one band where it is not known.
    command
        The command line that makes this run again.
    """
    known = roles or {}
    flags = sorted(verdict.flags, key=lambda flag: (flag.p_value, -flag.score))
    return (
        pages()
        .get_template("report.html.j2")
        .render(
            v=verdict,
            figures=list(figures(verdict, records, known)),
            samples=list(samples(verdict, records, known)),
            abstentions=abstentions(verdict, records),
            measured=[e for e in verdict.evidence if not e.abstention],
            flags=flags[:FLAGS_SHOWN],
            more_flags=max(len(flags) - FLAGS_SHOWN, 0),
            numbers=_numbers(verdict),
            seeing=seeing(verdict),
            seeing_title=SEEING,
            guard=guard_numbers(verdict.guard) if verdict.guard else "",
            command=command,
            nulls={n.value: notation.NULL_MEANS[n] for n in Null},
            n=notation,
        )
    )


def write(
    verdict: Verdict,
    records: Sequence[Record],
    path: Path,
    *,
    roles: Mapping[str, str] | None = None,
    command: str = "",
) -> Path:
    """Write the page; whole or not at all.

    Raises
    ------
    StoreError
        The disk is full or the folder cannot be written to; nothing is left half-written.
    """
    write_whole(path, [render(verdict, records, roles=roles, command=command)])
    return path


def _numbers(verdict: Verdict) -> list[tuple[str, str, str]]:
    """Return the few numbers that the verdict rests on: label, number, what it means."""
    leading = max(verdict.totals, key=lambda t: (t.flags, t.e_value / t.needed), default=None)
    held = [] if leading is None else [_total(leading)]
    if verdict.score is not None:
        held.append(tile(verdict.score))
    held += _estimate(verdict.evidence, leading)
    controls = f"against {verdict.controls:,} controls ({verdict.controls_kind})"
    held.append(("items", f"{verdict.suspects:,}", controls if verdict.controls else "no controls"))
    held.append(
        ("error rate", notation.percent(verdict.error_rate), "of this verdict, fixed before")
    )
    if verdict.cost.nanodollars:
        calls = f"{verdict.cost.calls:,} calls, {verdict.cost.tokens:,} tokens"
        held.append(("cost", notation.money(verdict.cost), calls))
    return held


def _total(total: Total) -> tuple[str, str, str]:
    note = f"{notation.kind(total)}; flags from {notation.e_value(total.needed)}"
    said = "; ".join(filter(None, (note, notation.shuffled(total))))
    return "e-value", notation.e_value(total.e_value), said


def _estimate(evidence: Sequence[Evidence], leading: Total | None) -> list[tuple[str, str, str]]:
    """Return the first estimate of the leading total's instruments, else the strongest null's."""
    order = list(Null)
    counted = () if leading is None else leading.instruments
    held = [(e, e.estimate) for e in evidence if e.estimate is not None]
    if not held:
        return []
    first, estimate = min(
        held,
        key=lambda pair: (
            pair[0].instrument not in counted,
            order.index(pair[0].null),
            1.0 if pair[0].p_value is None else pair[0].p_value,
        ),
    )
    reach = f"{notation.decimal(estimate.low)} to {notation.decimal(estimate.high)}"
    number = notation.decimal(estimate.value)
    return [(estimate.unit, number, f"{reach}, by {first.instrument}")]
