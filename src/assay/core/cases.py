"""What a scan of request logs found: what was read, tested, left out, and each case. No I/O."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from assay.core.evidence import Status

__all__ = [
    "Alerts", "Campaign", "Day", "Explanation", "LogsRead", "Member", "Pool", "Scan", "Share",
    "Shelved", "Stage", "Tie", "Weighed",
]  # fmt: skip


class _Record(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )


class Shelved(_Record):
    """Rows that were put aside: why, how many, and where one of them is."""

    reason: str
    count: int
    example: str


class LogsRead(_Record):
    """What was read?"""

    rows: int
    accounts: int
    vetted: int
    """Accounts that a person found honest."""
    days: tuple[str, ...]
    """Days with requests, in order."""
    absent: tuple[str, ...]
    """Columns that hold nothing."""
    shelved: tuple[Shelved, ...]
    notes: tuple[str, ...]


class Stage(_Record):
    """One step of a scan: what it did, or why it abstained, and what it cost."""

    name: str
    says: str
    abstained: str = ""
    seconds: float
    """Of a processor, all threads together."""


class Alerts(_Record):
    """Of a hundred such alerts, how many concern the innocent, at a stated prevalence?"""

    of: str
    """What is alerted: accounts or clusters."""
    prevalence: float
    innocent: float | None
    best: float | None
    worst: float | None
    basis: str
    """On what that rests."""


class Member(_Record):
    """An account of a cluster."""

    account: str
    requests: int
    first: str
    last: str
    p_value: float | None = None
    """Of triage; None: it was not tested."""
    flagged: bool = False
    classes: tuple[str, ...] = ()
    """Classes that a flagged account may be of."""


class Tie(_Record):
    """Two accounts that are linked, by their places in the list of members; in bits."""

    left: int
    right: int
    bits: float


class Share(_Record):
    """How many values of a field the accounts hold, and how many accounts the commonest."""

    field: str
    values: int
    holders: int


class Weighed(_Record):
    """One signal of a cluster, over the days that were judged."""

    signal: str
    says: str
    adds: float
    """Mean share of the daily score."""


class Day(_Record):
    """A cluster on one day; before it was formed on a day, that day is never evidence."""

    day: str
    requests: int
    accounts: int
    judged: bool
    score: float | None = None
    e_value: float | None = None
    """By the end of this day."""


class Explanation(_Record):
    """An innocent explanation: what it would need to be shown, and what the logs say of it."""

    says: str
    needs: str
    here: str


class Campaign(_Record):
    """A cluster of accounts, and the case for and against it."""

    id: str
    flagged: bool
    members: tuple[Member, ...]
    bits: float
    """Links of at least so many bits hold it together."""
    links: tuple[tuple[str, float], ...]
    """Bits that each comparison adds to a link, on average."""
    shares: tuple[Share, ...]
    ties: tuple[Tie, ...]
    """Some of the links, the strongest; for the picture."""
    days: tuple[Day, ...]
    e_value: float
    needed: float
    reachable: float
    signals: tuple[Weighed, ...]
    classes: tuple[str, ...]
    """Classes of which its flagged accounts may be; none where none was flagged."""
    gray: bool
    settles: tuple[str, ...]
    """What would settle it, in the gray zone."""
    explanations: tuple[Explanation, ...]
    alerts: Alerts | None = None

    @property
    def requests(self) -> int:
        """How much did its accounts ask in all?"""
        return sum(day.requests for day in self.days)


class Pool(_Record):
    """A cluster whose accounts carry on each other's conversations: a reseller, or a relay?"""

    id: str
    accounts: tuple[str, ...]
    moves: int
    """Requests that went on with a conversation where another account had stopped."""
    after_failure: int
    """How many of these followed a failure."""


class Scan(_Record):
    """A scan of request logs, as a whole."""

    version: str
    status: Status
    headline: str
    q: float
    prevalence: float
    split: str
    """The last day of those on which clusters were formed; empty: nothing was left to judge."""
    read: LogsRead
    stages: tuple[Stage, ...]
    tested: int
    """Accounts."""
    flagged: int
    """Accounts worth a look."""
    clusters: int
    references: int
    """Clusters known to be honest, with which the others are compared."""
    earlier: int = 0
    """How many of those are of earlier scans."""
    candidates: int
    reachable: float
    """The largest e-value that any cluster could have reached."""
    needed: float
    """The smallest that would have flagged one cluster alone."""
    cases: tuple[Campaign, ...]
    """Flagged ones first, then those in which accounts were flagged one by one."""
    pools: tuple[Pool, ...] = ()
    """Clusters that only a list of authorised resellers tells from relays, the busiest first."""
    alerts: tuple[Alerts, ...]
    not_seen: tuple[str, ...]
    """What no such scan can see."""

    @property
    def campaigns(self) -> tuple[Campaign, ...]:
        """Which cases are flagged?"""
        return tuple(case for case in self.cases if case.flagged)

    @property
    def abstained(self) -> tuple[Stage, ...]:
        """Which stages could say nothing?"""
        return tuple(stage for stage in self.stages if stage.abstained)
