"""A scan of request logs: START HERE. Read, derive, triage, link, form clusters, judge them later.

Linkage fields alone form clusters, on days up to the split; evidence fields alone judge them, on
the days after it. Each stage says what it did and what it cost, or why it abstains.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assay.core.cases import Scan
from assay.core.errors import BadConfig
from assay.core.settings import Progress
from assay.traffic.accounts import Looked, look
from assay.traffic.baserates import SEED
from assay.traffic.campaigns import Days, apart, convict
from assay.traffic.casework import Found, scanned
from assay.traffic.clusters import Cluster, clusters, members
from assay.traffic.course import FEW, Course, of_accounts, of_clusters, of_evidence, of_linkage
from assay.traffic.daily import Daily, daily
from assay.traffic.early import EARLY, linked
from assay.traffic.load import Loaded
from assay.traffic.references import added, earlier, opened, write
from assay.traffic.scoring import Weights
from assay.traffic.signals.releases import Release
from assay.traffic.splitting import Split, splitting
from assay.traffic.triage import Part
from assay.traffic.warehouse import Tables, derive, limit
from assay.traffic.weights import Learned, packaged

__all__ = ["Asked", "scan", "stages"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of the logs?"""

    q: float = 0.05
    """False discovery rate: over customers worth a look, and over clusters flagged."""
    split: str = ""
    """The last day on which clusters are formed, as 2026-03-03; empty: the first 2 of a week."""
    prevalence: float = 0.0025
    """Share of harvesting among what is tested; nobody knows it, so that it must be stated."""
    releases: tuple[Release, ...] | None = None
    memory: float = 4.0
    """GiB that DuckDB may hold."""
    spill: Path | None = None
    references: Path | None = None
    """File of honest clusters of earlier scans, to which this one's are added."""

    def __post_init__(self) -> None:
        for name, value in (("q", self.q), ("prevalence", self.prevalence)):
            if not 0 < value < 1:
                msg = f"--{name} {value:g}: it lies above 0 and below 1\n  next: leave it away"
                raise BadConfig(msg)


def scan(
    loaded: Loaded,
    asked: Asked,
    *,
    learned: Learned | None = None,
    tell: Callable[[Progress], None] | None = None,
) -> Scan:
    """Who distils, in these logs? Campaigns, accounts worth a look, and what could not be said.

    Parameters
    ----------
    loaded
        From `assay.traffic.load.read`.
    asked
        Error rates, the split, the stated prevalence.
    learned
        Weights; None: the packaged ones.
    tell
        Told at the begin of every stage.

    Raises
    ------
    BadConfig
        The split is no day of these logs, or the references are not of these accounts.
    """
    course = Course(tell)
    found = stages(loaded, asked, learned or packaged(), course)
    course.at("cases")
    return scanned(loaded, found, tuple(course.stages), q=asked.q, prevalence=asked.prevalence)


def stages(loaded: Loaded, asked: Asked, weights: Learned, course: Course) -> Found:
    """Go through all stages but the last: what was found, before it is put into words.

    Parameters
    ----------
    loaded, asked
        As of `scan`.
    weights
        Of signals.
    course
        Where stages say what they did.

    Raises
    ------
    BadConfig
        As of `scan`.
    """
    shelf = opened(asked.references, hashes=loaded.hashes, weights=weights.cluster)
    limit(loaded.requests, memory_gib=asked.memory, spill=asked.spill)
    with course.stage("features") as said:
        tables = derive(loaded.requests)
        split = splitting(tables, asked.split)
        said.append(f"{loaded.rows:,} requests on {len(split.days):,} days")
    with course.stage("accounts") as said:
        looked = look(
            tables, q=asked.q, k=FEW, present=loaded.present, releases=asked.releases,
            learned=weights,
        )  # fmt: skip
        said.extend(of_accounts(looked))
    with course.stage("linkage") as said:
        linkage = linked(loaded, split)
        said.extend(of_linkage(linkage))
    with course.stage("clusters") as said:
        formed = clusters(loaded.requests) if linkage else ()
        suspects, references = apart(formed, _of(looked, "calibration", "held"), _of(looked, "fit"))
        said.extend(of_clusters(formed, references))
    with course.stage("evidence") as said:
        days = _daily(tables, formed, loaded, asked, weights.cluster, _of(looked, "fit"))
        late = _late(days, split)
        lent = earlier(shelf, formed, late, late.paths(references))
        honest = np.concatenate([late.paths(references), lent.paths])
        result = convict(late, suspects, honest, q=asked.q, seed=SEED) if days else None
        said.extend(of_evidence(result, lent.why))
    if asked.references:
        write(asked.references, added(shelf, references, late))
    return Found(
        tables=tables, looked=looked, linkage=linkage, clusters=formed, daily=days,
        honest=honest, earlier=len(lent.paths), judged=result, split=split, early=EARLY,
    )  # fmt: skip


def _daily(
    tables: Tables, formed: tuple[Cluster, ...], loaded: Loaded, asked: Asked, weights: Weights,
    ordinary: frozenset[str],
) -> Daily | None:  # fmt: skip
    if not formed:
        return None
    return daily(tables, members(formed), weights, ordinary=ordinary, present=loaded.present,
                 releases=asked.releases)  # fmt: skip


def _late(days: Daily | None, split: Split) -> Days:
    """Keep the days after the split."""
    if days is None:
        return Days((), (), np.empty((0, 0)), split.day)
    return Days(days.clusters, days.days, days.score, split.day).after()


def _of(looked: Looked, *parts: Part) -> frozenset[str]:
    """Which honest accounts have these uses?"""
    uses = zip(looked.roll.names, looked.roll.part, strict=True)
    return frozenset(name for name, part in uses if part in parts)
