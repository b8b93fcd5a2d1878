"""A verdict as one HTML file: no script, no network, nothing beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from assay.core.evidence import Abstention, Evidence, Null, Verdict
from assay.report import notation
from assay.report.figures import Record, figures
from assay.report.printable import printable, shorten
from assay.report.sections import guard_numbers
from assay.store.files import write_whole

__all__ = ["render", "write"]


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
    return (
        _pages()
        .get_template("report.html.j2")
        .render(
            v=verdict,
            figures=list(figures(verdict, records, roles or {})),
            abstentions=_abstentions(verdict, records),
            measured=[e for e in verdict.evidence if not e.abstention],
            numbers=_numbers(verdict),
            guard=guard_numbers(verdict.guard) if verdict.guard else "",
            meaning=notation.STATUS_MEANS[verdict.status],
            nulls={n.value: notation.NULL_MEANS[n] for n in Null},
            command=command,
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


def _pages() -> Environment:
    pages = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_plain,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters |= {
        "e": notation.e_value,
        "p": notation.p_value,
        "decimal": notation.decimal,
        "percent": notation.percent,
        "scalar": notation.scalar,
        "shorten": shorten,
    }
    return pages


def _plain(value: object) -> object:
    """Take from every text that is printed whatever could turn the page's text round."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _abstentions(verdict: Verdict, records: Sequence[Record]) -> list[tuple[str, str, int]]:
    """Return instruments, reason and number of units, most frequent first; 0 units: all of them."""
    grouped: dict[str, list[str]] = {}
    for one in verdict.evidence:
        if one.abstention:
            grouped.setdefault(one.abstention, []).append(shorten(one.instrument))
    whole = [(", ".join(names), reason, 0) for reason, names in grouped.items()]
    one_by_one = Counter((a.instrument, a.reason) for a in records if isinstance(a, Abstention))
    said = {(e.instrument, e.abstention) for e in verdict.evidence}
    single = [(*key, n) for key, n in one_by_one.most_common() if key not in said]
    return whole + single


def _numbers(verdict: Verdict) -> list[tuple[str, str, str]]:
    """Return the three or four numbers that the verdict rests on: label, number, what it means."""
    held = [_leading_total(verdict), _leading_estimate(verdict.evidence)]
    controls = f"against {verdict.controls:,} controls ({verdict.controls_kind})"
    held.append(("items", f"{verdict.suspects:,}", controls if verdict.controls else "no controls"))
    held.append(("error rate", notation.percent(verdict.alpha), "of this verdict, fixed before"))
    return [one for one in held if one is not None]


def _leading_total(verdict: Verdict) -> tuple[str, str, str] | None:
    if not verdict.totals:
        return None
    most = max(verdict.totals, key=lambda t: (t.flags, t.e_value / t.needed))
    note = f"{most.null.value} null; flags from {notation.e_value(most.needed)}"
    return "e-value", notation.e_value(most.e_value), note


def _leading_estimate(evidence: Sequence[Evidence]) -> tuple[str, str, str] | None:
    order = list(Null)
    held = [e for e in evidence if e.estimate is not None]
    if not held:
        return None
    first = min(
        held, key=lambda e: (order.index(e.null), e.p_value if e.p_value is not None else 1)
    )
    estimate = first.estimate
    if estimate is None:
        return None
    reach = f"{notation.decimal(estimate.low)} to {notation.decimal(estimate.high)}"
    note = f"{reach}, by {first.instrument}"
    return estimate.unit, notation.decimal(estimate.value), note
