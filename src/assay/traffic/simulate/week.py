"""A week of API traffic whose truth is known: START HERE.

Cohorts of accounts (`honest`, `attack`) are joined into one cast; sources ask (`arrivals`), their
requests go through accounts (`routing`) and become rows (`rows`). Nothing here knows what detection
looks at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from assay.core.errors import BadConfig
from assay.traffic.simulate.arrivals import arrivals
from assay.traffic.simulate.attack import Campaign
from assay.traffic.simulate.cast import Cohort, join
from assay.traffic.simulate.draws import Records, hexadecimal, keyed
from assay.traffic.simulate.hard import intake
from assay.traffic.simulate.honest import HONEST
from assay.traffic.simulate.mixture import preset
from assay.traffic.simulate.routing import route
from assay.traffic.simulate.rows import Rows
from assay.traffic.simulate.shapes import Shapes, published
from assay.traffic.simulate.stage import DAY, Stage

__all__ = ["Simulated", "Week", "simulate"]

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """Which week? Its numbers fix every byte of the log."""

    accounts: int = 20_000
    """All of them, campaigns' included."""
    days: int = 7
    seed: int = 0
    campaigns: tuple[Campaign, ...] = preset("week")
    release: float | None = 3.7
    """Day on which a new model comes; None: it does not."""
    vetted: float = 0.4
    """Share of honest groups and single accounts that a person has looked at."""
    contaminated: float = 0.0
    """Share of campaigns' accounts that a person has looked at and taken for applications."""

    def __post_init__(self) -> None:
        taken = sum(c.accounts for c in self.campaigns)
        if self.accounts <= taken:
            msg = (
                f"accounts={self.accounts}: the campaigns alone have {taken}\n"
                f"  next: --accounts {40 * taken}, a smaller --scale, or --campaigns none"
            )
            raise BadConfig(msg)
        if self.days < 1:
            msg = f"days={self.days}: a log has at least one\n  next: --days 7"
            raise BadConfig(msg)


@dataclass(frozen=True, slots=True)
class Simulated:
    """A log and the truth about it, which is never in the log."""

    batches: Iterator[pa.RecordBatch]
    """Of `rows.SCHEMA`, in order of time; to be read once."""
    rows: int
    truth: pa.Table
    """One row an account: account, class, campaign, group, hard, origin."""


def simulate(week: Week, shapes: Shapes | None = None) -> Simulated:
    """What would a provider log in such a week?

    Parameters
    ----------
    week
        What it holds.
    shapes
        Rhythms and lengths, from `traces.read_traces`; without them published figures are used.

    Examples
    --------
    >>> made = simulate(Week(accounts=60, days=1, campaigns=()))
    >>> made.truth.num_rows, sum(batch.num_rows for batch in made.batches) == made.rows
    (60, True)
    """
    rngs = [np.random.default_rng([week.seed, part]) for part in range(4)]
    span = week.days * DAY
    release = np.inf if week.release is None else week.release * DAY
    stage = Stage(week.seed, shapes or published(rngs[0]), span, release)
    cohort = _cast(week, stage)
    asked = arrivals(cohort.sources, stage.shapes, span, rngs[1])
    routed = route(asked, cohort, span, rngs[2])
    rows = Rows(cohort, stage, MONDAY, int(keyed(week.seed, 99)[0]))
    truth = _truth(cohort.accounts, hexadecimal(rows.names))
    return Simulated(rows.batches(routed, rngs[3]), len(routed.time), truth)


def _cast(week: Week, stage: Stage) -> Cohort:
    """Draw everybody: campaigns first, the rest of the accounts is honest."""
    harvesting = [
        campaign.cast(f"{campaign.name}-{number}", stage)
        for number, campaign in enumerate(week.campaigns, 1)
    ]
    left = week.accounts - sum(c.accounts for c in week.campaigns)
    shares = np.array([kind.share for kind in HONEST])
    ends = np.round(np.cumsum(shares) / shares.sum() * left).astype(int)
    counts = np.diff(ends, prepend=0)
    kinds = zip(HONEST, counts, strict=True)
    honest = [intake(stage, kind.cast(int(count), stage)) for kind, count in kinds if count]
    made = join([*honest, *harvesting])
    _vet(week, made.accounts, stage)
    return made


def _vet(week: Week, accounts: Records, stage: Stage) -> None:
    """Write down whom a person has looked at, and what they were taken for."""
    looked = stage.chance(week.vetted, stage.groups)[accounts["group"]]
    fooled = stage.chance(week.contaminated, len(accounts))
    harvests = accounts["campaign"] != ""
    accounts["vetted"] = np.where(harvests, fooled, looked)
    accounts["says"] = np.where(harvests, "application", accounts["kind"])


def _truth(accounts: Records, names: pa.Array) -> pa.Table:
    return pa.table(
        {
            "account": names,
            "class": pa.array(accounts["kind"].tolist()),
            "campaign": pa.array(accounts["campaign"].tolist()),
            "group": pa.array(accounts["group"]),
            "hard": pa.array(accounts["hard"].tolist()),
            "origin": pa.array(accounts["origin"].astype(np.int64)),
        }
    )
