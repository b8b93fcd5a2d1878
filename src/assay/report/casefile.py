"""A scan as pages: an index, and one case file for each cluster that deserves one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from assay.core.cases import Campaign, Scan
from assay.core.evidence import Status
from assay.report import notation
from assay.report.blocks import Figure
from assay.report.casefigures import evidence, signals, timeline
from assay.report.graph import linkage
from assay.report.pages import pages
from assay.report.scanned import ASKS, base_rate, pool, zone
from assay.store.files import write_whole

__all__ = ["case_page", "index_page", "write"]

MEMBERS = 200
"""Accounts of a case that are listed; the record holds all."""
FIRST = 12
"""Accounts of a pool that are named; the record holds all."""
POOLS = 100
"""Pools that are listed; the record holds all."""
LIMITS = (
    "who runs it: a cluster is accounts that act together, and no name stands behind it",
    "what was asked: no text was read; whoever opens any notes it first (assay traffic look)",
    "what is not in these logs: other providers, other weeks",
)


def index_page(scan: Scan) -> str:
    """What did the scan find, as one page without scripts?"""
    names = (f"{one.id}.html" for one in scan.cases)
    return (
        pages()
        .get_template("scan.html.j2")
        .render(
            s=scan,
            status=_colour(flagged=scan.status is Status.FLAGGED),
            days=_days(scan),
            rates=[f"{one.of}: {base_rate(one)}; {one.basis}" for one in scan.alerts],
            numbers=_numbers(scan),
            links=list(zip(scan.cases, names, strict=True)),
            zone=zone,
            asks=ASKS,
            pool=pool,
            first=FIRST,
            most=POOLS,
        )
    )


def case_page(scan: Scan, case: Campaign) -> str:
    """What speaks for and against one cluster, as one page without scripts?"""
    drawn = linkage(case)
    members = sorted(case.members, key=lambda one: (not one.flagged, -one.requests, one.account))
    return (
        pages()
        .get_template("case.html.j2")
        .render(
            scan=scan,
            c=case,
            status=_colour(flagged=case.flagged),
            headline=_headline(case),
            rate=_rate(scan, case),
            numbers=_case_numbers(case),
            figures=list(_figures(case)),
            picture=drawn[0] if drawn else None,
            linked=_linked(case, drawn[1] if drawn else 0),
            limits=(*LIMITS, *scan.not_seen),
            members=members[:MEMBERS],
            more=max(len(members) - MEMBERS, 0),
        )
    )


def write(scan: Scan, folder: Path) -> Path:
    """Write the index, the cases and the record; each whole or not at all.

    Returns
    -------
    The index.

    Raises
    ------
    StoreError
        The disk is full or the folder cannot be written to.
    """
    for case in scan.cases:
        write_whole(folder / f"{case.id}.html", [case_page(scan, case)])
    write_whole(folder / "scan.json", [scan.model_dump_json(indent=1) + "\n"])
    write_whole(folder / "index.html", [index_page(scan)])
    return folder / "index.html"


def _colour(*, flagged: bool) -> str:
    """Nothing flagged never looks like a clean bill."""
    return (Status.FLAGGED if flagged else Status.UNDECIDED).value


def _days(scan: Scan) -> str:
    days = scan.read.days
    return f"{days[0]} to {days[-1]}" if days else "no day"


def _numbers(scan: Scan) -> list[tuple[str, str, str]]:
    reach, needed = notation.e_value(scan.reachable), notation.e_value(scan.needed)
    return [
        ("campaigns", f"{len(scan.campaigns):,}", f"of {scan.candidates:,} clusters judged"),
        ("accounts worth a look", f"{scan.flagged:,}", f"of {scan.tested:,} tested"),
        ("to compare with", f"{scan.references:,}", _known(scan)),
        ("largest e in reach", reach, f"one cluster alone needs {needed}"),
    ]


def _known(scan: Scan) -> str:
    said = "clusters known to be honest"
    return f"{said}, {scan.earlier:,} of them of earlier scans" if scan.earlier else said


def _headline(case: Campaign) -> str:
    many = f"{len(case.members):,} accounts, {case.requests:,} requests"
    return f"{many}: {zone(case)}"


def _rate(scan: Scan, case: Campaign) -> str:
    if case.alerts is not None:
        return f"{base_rate(case.alerts)}; {case.alerts.basis}."
    return (
        "The evidence of its later days did not reach the line. It has a file since several of "
        "its accounts were flagged in triage, at a false discovery rate over customers of "
        f"{100 * scan.q:.3g} %."
    )


def _case_numbers(case: Campaign) -> list[tuple[str, str, str]]:
    judged = [day for day in case.days if day.judged]
    hits = sum(one.flagged for one in case.members)
    e, needed = notation.e_value(case.e_value), notation.e_value(case.needed)
    reach = notation.e_value(case.reachable)
    return [
        ("e-value", e, f"flags from {needed}; could reach {reach}"),
        ("accounts", f"{len(case.members):,}", f"{hits:,} flagged in triage"),
        ("days judged", f"{len(judged)}", f"after {len(case.days) - len(judged)} that formed it"),
        ("class", "gray zone" if case.gray else f"{len(case.classes) or 'none'}", zone(case)),
    ]


def _figures(case: Campaign) -> Iterator[Figure]:
    yield timeline(case)
    yield evidence(case)
    if (made := signals(case)) is not None:
        yield made


def _linked(case: Campaign, drawn: int) -> str:
    by = ", ".join(f"{name} {bits:+.1f}" for name, bits in case.links)
    words = (
        f"Links of at least {case.bits:.0f} bits hold {len(case.members):,} accounts together. "
        f"A link weighs on average, in bits: {by}."
    )
    if not drawn:
        return words
    lines = f"The picture shows {drawn:,} accounts, those with the most of the strongest links"
    return f"{words} {lines}; larger points asked more."
