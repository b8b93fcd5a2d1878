"""Through which account does each request go, which fail, and where are those sent again?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from assay.traffic.simulate.arrivals import Arrivals
from assay.traffic.simulate.cast import Cohort, Deal, Looked, apart
from assay.traffic.simulate.draws import Floats, Ints, Records, keyed, share
from assay.traffic.simulate.stage import DAY

__all__ = ["Requests", "route"]

Some = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Requests:
    """Requests as the provider sees them, in order of time."""

    time: Floats
    source: Ints
    session: Ints
    turn: Ints
    account: Ints
    status: Ints

    def __getitem__(self, which: object) -> Requests:
        return Requests(*(getattr(self, name)[which] for name in self.__slots__))


def route(asked: Arrivals, cohort: Cohort, span: float, rng: np.random.Generator) -> Requests:
    """Deal the requests out over accounts; refuse what is over a limit; send refused ones again.

    A source that can, sends a refused request again through the next account of its pool, and the
    rest of that session too: the hand-over that relays and honest routers have in common.
    """
    sources, accounts = cohort.sources, cohort.accounts
    columns = apart(sources)
    mine = Looked(columns, asked.source)
    slot = _slots(asked, mine, rng)
    account = _through(slot, asked.time, mine)
    failed = _over_limit(asked.time, account, accounts) | (rng.random(len(slot)) < mine["throttle"])
    broken = rng.random(len(slot)) < _outages(asked.time, span, rng)
    status = np.where(failed, 429, np.where(broken, 500, 200))
    moves = mine["failover"] & (mine["slots"] > 1)
    handed = np.where(moves, _failures_before(asked.session, status != 200), 0)
    account = _through(slot + handed, asked.time, mine)
    made = Requests(asked.time, asked.source, asked.session, asked.turn, account, status)
    lost = (status != 200) & (rng.random(len(slot)) < 0.9)
    again = _again(made, lost, rng)
    elsewhere = _through((slot + handed + moves)[lost], again.time, Looked(columns, again.source))
    return _in_order(made, replace(again, account=elsewhere), span)


def _slots(asked: Arrivals, mine: Looked, rng: np.random.Generator) -> Ints:
    """Choose a place in the pool for each request."""
    slots, deal = mine["slots"], mine["deal"]
    by_session = share(keyed(11, asked.session))
    lot = np.floor(slots * rng.random(len(slots)) ** mine["skew"])
    sticky = np.floor(slots * by_session)
    on = np.maximum(np.round(slots * mine["on"]), 1)
    # A session that outlasts its account's turn goes on through the next one.
    turn = np.floor(asked.time / (mine["hours"] * 3600))
    tiled = (turn * on + np.floor(on * by_session)) % slots
    places = np.select(
        [deal == Deal.LOT, deal == Deal.STICKY, deal == Deal.TILED], [lot, sticky, tiled], 0
    ).astype(np.int64)
    rounds = np.flatnonzero((deal == Deal.ROUND) & (slots > 1))
    places[rounds] = _in_turn(asked.source[rounds], asked.time[rounds]) % slots[rounds]
    return np.asarray(places)


def _in_turn(source: Ints, time: Floats) -> Ints:
    """Number each source's requests in order of time."""
    order = np.lexsort((time, source))
    number = np.empty(len(order), np.int64)
    number[order] = _rank(source[order])
    return number


def _rank(sorted_keys: Ints) -> Ints:
    """Count within runs of equal keys, from 0."""
    new = np.flatnonzero(np.diff(sorted_keys, prepend=sorted_keys[:1] - 1))
    at = np.arange(len(sorted_keys))
    return at - np.repeat(new, np.diff(np.append(new, len(sorted_keys))))


def _through(slot: Ints, time: Floats, mine: Looked) -> Ints:
    """Return the account that holds this place at that time: banned ones were replaced."""
    begin = np.maximum(mine["begin"], 0)
    life = np.floor((time - begin) / mine["life"])
    used = np.clip(life, 0, mine["lives"] - 1).astype(np.int64)
    return np.asarray(mine["first"] + slot % mine["slots"] * mine["lives"] + used)


def _over_limit(time: Floats, account: Ints, accounts: Records) -> Some:
    """Which requests come after their account's share of a minute or a day?"""
    order = np.lexsort((time, account))
    who, when = account[order], time[order]
    over = np.zeros(len(order), bool)
    for name, length in (("limit", 60.0), ("quota", DAY)):
        keys = who * 1_000_000 + np.floor(when / length).astype(np.int64)
        over[order] |= _rank(keys) >= accounts[name][who]
    return over


def _outages(time: Floats, span: float, rng: np.random.Generator) -> Floats:
    """How likely is an error of the provider's own? Sometimes, for a while, for everybody."""
    windows = int(span / 600) + 2
    level = np.full(windows, 0.0008)
    for start in rng.integers(0, windows, rng.poisson(span / (2 * DAY))):
        level[start : start + rng.integers(1, 6)] = rng.uniform(0.03, 0.3)
    return level[np.minimum(time / 600, windows - 1).astype(np.int64)]


def _failures_before(session: Ints, failed: Some) -> Ints:
    """How often did this session fail before? Requests of one session lie together."""
    so_far: Ints = np.cumsum(failed) - failed
    new = np.flatnonzero(np.diff(session, prepend=-1))
    return so_far - np.repeat(so_far[new], np.diff(np.append(new, len(session))))


def _again(made: Requests, lost: Some, rng: np.random.Generator) -> Requests:
    """Return the second try of these, a few seconds later."""
    tried = made[lost]
    waits = 2 * np.exp(0.8 * rng.standard_normal(len(tried.time)))
    return replace(tried, time=tried.time + waits, status=np.full(len(tried.time), 200))


def _in_order(made: Requests, again: Requests, span: float) -> Requests:
    both = Requests(
        *(np.concatenate([getattr(made, n), getattr(again, n)]) for n in Requests.__slots__)
    )
    kept = np.flatnonzero(both.time < span)
    return both[kept[np.argsort(both.time[kept], kind="stable")]]
