"""From what a scan found to records that can be shown: cases, their members, days and reasons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version

import duckdb
import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from assay.core.cases import (
    Alerts,
    Campaign,
    Day,
    LogsRead,
    Member,
    Scan,
    Share,
    Shelved,
    Stage,
    Tie,
    Weighed,
)
from assay.core.evidence import Status
from assay.traffic.accounts import Looked
from assay.traffic.baserates import of_accounts, of_clusters
from assay.traffic.campaigns import Campaigns, Judged
from assay.traffic.classes import CLASSES, GRAY, SETTLES
from assay.traffic.clusters import Cluster, shared
from assay.traffic.daily import Daily
from assay.traffic.explanations import NOT_SEEN, explanations
from assay.traffic.linkage import TABLE, Linkage
from assay.traffic.load import Loaded
from assay.traffic.pools import pools
from assay.traffic.schema import COLUMNS
from assay.traffic.signals.roster import SIGNALS
from assay.traffic.splitting import Split, iso
from assay.traffic.sql import named
from assay.traffic.warehouse import Tables

__all__ = ["Found", "scanned"]

LEADS = 20
"""Cases at most of clusters that are not flagged but hold flagged accounts."""
LEAST = 3
"""Flagged accounts that make a cluster worth a case."""
TIES = 400
"""Links of a case that are kept for its picture, the strongest."""
MEANS = {one.id: (one.__doc__ or "").strip().splitlines()[0] for one in SIGNALS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """All that the stages of a scan found; None where one abstained."""

    tables: Tables
    looked: Looked
    linkage: Linkage | None
    clusters: tuple[Cluster, ...]
    daily: Daily | None
    honest: NDArray[np.float64]
    """Scores of clusters known to be honest on the days that count, shape (clusters, days)."""
    earlier: int
    """How many of them are of earlier scans."""
    judged: Campaigns | None
    split: Split
    early: str
    """Table of who held what up to the split."""


def scanned(
    loaded: Loaded, found: Found, stages: tuple[Stage, ...], *, q: float, prevalence: float
) -> Scan:
    """Put together what is shown of a scan.

    Parameters
    ----------
    loaded
        The logs.
    found
        What the stages found.
    stages
        What they say.
    q
        False discovery rate.
    prevalence
        Stated share of harvesting accounts, and of harvesting clusters.
    """
    result, looked = found.judged, found.looked
    flagged = int(looked.triage.flagged.sum())
    cases = tuple(_cases(loaded.requests, found, prevalence))
    campaigns = sum(case.flagged for case in cases)
    tested = result.candidates if result else ()
    status = _status(found, q, campaigns, flagged)
    return Scan(
        version=version("assay"),
        status=status,
        headline=_headline(status, campaigns, flagged),
        q=q,
        prevalence=prevalence,
        split=iso(found.split.day) if found.split.judged else "",
        read=_read(loaded, found),
        stages=stages,
        tested=len(looked.tested),
        flagged=flagged,
        clusters=len(found.clusters),
        references=len(found.honest),
        earlier=found.earlier,
        candidates=len(tested),
        reachable=max((one.reachable for one in tested), default=1.0),
        needed=result.line if result else 0.0,
        cases=cases,
        pools=pools(found.tables, [one.cluster for one in tested if not one.flagged]),
        alerts=(of_accounts(looked.triage, prevalence),) if flagged else (),
        not_seen=NOT_SEEN,
    )


def _status(found: Found, q: float, campaigns: int, flagged: int) -> Status:
    """Flagged campaigns flag; where clusters could be judged and none is, that was tested."""
    if campaigns:
        return Status.FLAGGED
    judged = found.judged.candidates if found.judged else ()
    able = any(one.reachable >= len(judged) / q for one in judged)
    return Status.CLEAN if able and not flagged else Status.UNDECIDED


def _headline(status: Status, campaigns: int, flagged: int) -> str:
    if campaigns:
        return f"{campaigns:,} campaign{'s' if campaigns > 1 else ''} of coordinated accounts"
    if flagged:
        return f"No campaign is established; {flagged:,} accounts are worth a look"
    if status is Status.CLEAN:
        return "Tested, and nothing flagged: that is not proof that nobody harvests"
    return "Nothing is flagged, and clusters could not be judged"


def _read(loaded: Loaded, found: Found) -> LogsRead:
    roll = found.looked.roll
    return LogsRead(
        rows=loaded.rows,
        accounts=len(roll.names),
        vetted=sum(part is not None for part in roll.part),
        days=tuple(map(iso, found.split.days)),
        absent=tuple(c.name for c in COLUMNS if c.name not in loaded.present),
        shelved=tuple(
            Shelved(reason=one.reason, count=one.count, example=one.example_place)
            for one in loaded.quarantine
        ),
        notes=loaded.notes,
    )


def _cases(
    connection: duckdb.DuckDBPyConnection, found: Found, prevalence: float
) -> Iterator[Campaign]:
    """Yield the flagged clusters, then those in which accounts were flagged one by one."""
    chosen = _chosen(found)
    days = found.daily
    if not chosen or days is None:
        return
    told = shared(connection, tuple(one.cluster for one in chosen), found.early)
    members = _members(found, chosen)
    for one in chosen:
        cluster, mine = one.cluster, members[one.cluster.id]
        shares = tuple(
            Share(field=s.field, values=s.values, holders=s.holders) for s in told[cluster.id]
        )
        classes = _classes(mine)
        yield Campaign(
            id=cluster.id,
            flagged=one.flagged,
            members=mine,
            bits=cluster.bits,
            links=cluster.by,
            shares=shares,
            ties=tuple(_ties(connection, cluster)),
            days=tuple(_days(days, one)),
            e_value=one.e_value,
            needed=one.needed,
            reachable=one.reachable,
            signals=tuple(_weighed(days, one)),
            classes=classes,
            gray=set(classes) == GRAY,
            settles=SETTLES if not classes or set(classes) >= GRAY else (),
            explanations=explanations(shares, len(mine)),
            alerts=_base_rate(found, one, prevalence) if one.flagged else None,
        )


def _chosen(found: Found) -> tuple[Judged, ...]:
    """Which candidates get a case, in order of their evidence?"""
    if found.judged is None:
        return ()
    hit = found.looked.sets
    leads = [
        one
        for one in found.judged.candidates
        if not one.flagged and sum(a in hit for a in one.cluster.accounts) >= LEAST
    ]
    return (*found.judged.flagged, *leads[:LEADS])


def _base_rate(found: Found, one: Judged, prevalence: float) -> Alerts:
    seen = ~np.isnan(found.honest).all(axis=1)
    return of_clusters(found.honest[seen], one.needed, prevalence)


def _members(found: Found, chosen: tuple[Judged, ...]) -> dict[str, tuple[Member, ...]]:
    looked = found.looked
    names = [account for one in chosen for account in one.cluster.accounts]
    wanted = ibis.memtable(pa.table({"account": pa.array(names, pa.string())}))
    spans = found.tables.accounts.select("account", "requests", "first_time", "last_time")
    rows = {row["account"]: row for row in spans.join(wanted, "account").to_pyarrow().to_pylist()}
    p = {looked.roll.names[at]: float(value)
         for at, value in zip(looked.tested, looked.triage.p, strict=True)}  # fmt: skip
    return {
        one.cluster.id: tuple(
            Member(
                account=name,
                requests=rows[name]["requests"],
                first=rows[name]["first_time"].isoformat(sep=" ", timespec="minutes"),
                last=rows[name]["last_time"].isoformat(sep=" ", timespec="minutes"),
                p_value=p.get(name),
                flagged=name in looked.sets,
                classes=tuple(c for c in CLASSES if c in looked.sets.get(name, ())),
            )
            for name in one.cluster.accounts
        )
        for one in chosen
    }


def _classes(members: tuple[Member, ...]) -> tuple[str, ...]:
    """Which classes are in the sets of at least half of the flagged accounts?"""
    sets = [set(one.classes) for one in members if one.flagged]
    return tuple(c for c in CLASSES if sets and 2 * sum(c in one for one in sets) >= len(sets))


def _ties(connection: duckdb.DuckDBPyConnection, cluster: Cluster) -> Iterator[Tie]:
    place = {name: at for at, name in enumerate(cluster.accounts)}
    connection.register("case_accounts", pa.table({"account": pa.array(cluster.accounts)}))
    rows = connection.execute(
        f"""SELECT account_l, account_r, weight FROM {named(TABLE)}
            WHERE account_l IN (FROM case_accounts) AND account_r IN (FROM case_accounts)
              AND weight >= ? ORDER BY weight DESC, account_l, account_r LIMIT {TIES}""",  # noqa: S608 - names are ours
        [cluster.bits],
    ).fetchall()
    connection.unregister("case_accounts")
    for left, right, bits in rows:
        yield Tie(left=place[left], right=place[right], bits=round(bits, 1))


def _days(found: Daily, one: Judged) -> Iterator[Day]:
    row = found.clusters.index(one.cluster.id)
    e = dict(zip(one.days, one.evalues, strict=True))
    for at, number in enumerate(found.days):
        score, day = found.score[row, at], iso(number)
        yield Day(
            day=day,
            requests=int(found.requests[row, at]),
            accounts=int(found.accounts[row, at]),
            judged=day in e,
            score=None if np.isnan(score) else round(float(score), 3),
            e_value=e.get(day),
        )


def _weighed(found: Daily, one: Judged) -> Iterator[Weighed]:
    """Yield what each signal adds on the judged days, the greatest first."""
    row = found.clusters.index(one.cluster.id)
    seen = [
        at
        for at, day in enumerate(found.days)
        if iso(day) in one.days and not np.isnan(found.score[row, at])
    ]
    mean = found.adds[row, seen].mean(axis=0) if seen else np.zeros(len(found.signals))
    for at in np.argsort(-mean, kind="stable"):
        signal = found.signals[at]
        if mean[at] > 0:
            yield Weighed(signal=signal, says=MEANS[signal], adds=round(float(mean[at]), 3))
