"""Who takes part: accounts as the provider knows them, and the sources of requests behind them.

Both are tables of one row each, so that millions of requests are drawn without a loop. A source is
one rhythm with one kind of content: a person, a program, a dispatcher. Most accounts have one of
their own; the accounts of a pool share one, which deals its requests out over them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.traffic.simulate.draws import Ints, Records

__all__ = ["ACCOUNT", "EMAILS", "HARNESSES", "NETWORKS", "NEVER", "SOURCE", "TIERS", "Cohort",
           "Deal", "Looked", "apart", "join"]  # fmt: skip

NEVER = np.inf
TIERS = ("free", "plus", "pro", "team", "scale", "enterprise")
EMAILS = ("free", "disposable", "company", "university")
NETWORKS = ("residential", "mobile", "company", "hosting", "university", "proxy")
HARNESSES = ("chat-app", "coding", "sdk", "agent", "evaluation", "http")


class Deal(IntEnum):
    """How does a source choose the account that a request goes through?"""

    ROUND = 0  # each request through the next one; the only account, where there is one
    LOT = 1  # each request by lot, some accounts more often than others
    STICKY = 2  # a session keeps its account
    TILED = 3  # as sticky, among those accounts whose turn it is at that hour


ACCOUNT = np.dtype(
    [
        ("kind", "U12"), ("campaign", "U16"), ("hard", "U12"), ("group", "i8"),
        ("origin", "i4"),  # the client of a real trace whose rhythm it has; -1: none
        ("created", "f8"),  # seconds from the start of the log
        ("tier", "i1"), ("email", "i1"), ("harness", "i1"),
        ("vetted", "?"), ("says", "U12"),  # what a person who looked found
        ("quota", "i8"),  # requests a day
        ("limit", "i8"),  # requests a minute
        ("org", "u8"), ("payment", "u8"),  # 0: none
        ("prefix", "u8"), ("asn", "u8"), ("network", "i1"),
        ("other_prefix", "u8"), ("other_asn", "u8"), ("other_network", "i1"),
        ("away", "f4"),  # share of sessions from the other network
        ("proxies", "i8"),  # each session from one of so many rented addresses; 0: no
        ("client", "u8"), ("update", "f8"),  # what it is in User-Agent, and when it is updated
        ("passes", "?"),  # hands on the User-Agent of whoever stands behind it
        ("tls", "u8"),
    ]
)  # fmt: skip
SOURCE = np.dtype(
    [
        # where requests go
        ("first", "i8"), ("slots", "i8"), ("deal", "i1"),
        ("lives", "i8"), ("life", "f8"),  # accounts that a slot uses up, and for how long each
        ("skew", "f4"), ("on", "f4"), ("hours", "f4"),  # of LOT; of TILED: share on, hours a turn
        ("failover", "?"), ("throttle", "f4"),  # chance of a 429 without cause of its own
        # when
        ("rate", "f8"),  # sessions a day
        ("profile", "i4"), ("shift", "i8"), ("cv", "f4"), ("weibull", "?"),
        ("begin", "f8"), ("end", "f8"), ("days_on", "f4"), ("moods", "f4"),
        ("turns", "f4"), ("most", "i4"), ("gap", "f4"), ("gaps", "i4"), ("jitter", "f4"),
        ("benchmarks", "?"),  # a session is one run through a benchmark
        # what
        ("base", "u8"), ("templates", "i8"), ("template_tokens", "i4"), ("tools", "u8"),
        ("lengths", "i4"), ("input", "f4"), ("output", "f4"), ("growth", "f4"),
        ("model", "i1"), ("second", "i1"), ("second_share", "f4"),
        ("moves_after", "f8"), ("move", "f4"),  # seconds after the release, share of sessions
        ("thinks", "f4"), ("caches", "f4"), ("streams", "f4"), ("temperature", "f4"),
        ("max_tokens", "i8"), ("filtered", "f4"), ("talks", "?"), ("embeds", "f4"),
    ]
)  # fmt: skip
"""`templates`: how many variants there are; 0: each request its own; -1: each session its own."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a table says of each of many rows, a column at a time: whole records would fill memory.

    Examples
    --------
    >>> table = np.zeros(2, SOURCE)
    >>> table["slots"] = 3, 5
    >>> Looked(table, np.array([1, 1, 0]))["slots"]
    array([5, 5, 3])
    """

    table: Records | Mapping[str, NDArray[Any]]
    rows: Ints

    def __getitem__(self, name: str) -> NDArray[Any]:
        return np.asarray(self.table[name][self.rows])


def apart(table: Records) -> dict[str, NDArray[Any]]:
    """Lay the columns apart, each by itself in memory: millions of look-ups are faster so."""
    return {name: np.ascontiguousarray(table[name]) for name in table.dtype.names or ()}


@dataclass(frozen=True, slots=True)
class Cohort:
    """Accounts of one kind, and the sources behind them; `first` counts from the cohort's own."""

    accounts: Records
    sources: Records


def join(cohorts: list[Cohort]) -> Cohort:
    """Return all as one."""
    before = np.cumsum([0, *(len(c.accounts) for c in cohorts)])
    sources = [c.sources.copy() for c in cohorts]
    for one, offset in zip(sources, before, strict=False):
        one["first"] += offset
    return Cohort(np.concatenate([c.accounts for c in cohorts]), np.concatenate(sources))
