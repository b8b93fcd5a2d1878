"""Which accounts carry on each other's conversations, as behind a relay that fails over?"""

from __future__ import annotations

import ibis

from assay.traffic.features.counts import tally

__all__ = ["handoffs", "shared"]

NOBODY = ""
"""Stands before the first request of a session; no account is called so."""


def shared(sessions: ibis.Table) -> ibis.Table:
    """Which sessions were used by more than one account? Few, where traffic is honest.

    Most sessions have one row. Those of more are first looked for by a hash, in less room than
    their names need: two that share one are told apart after.
    """
    told = sessions.filter(sessions.session.notnull()).mutate(key=lambda t: t.session.hash())
    often = told.group_by("key").agg(rows=told.count()).filter(lambda t: t.rows > 1)
    again = told.semi_join(often, "key")
    seen = again.group_by("session").agg(low=again.account.min(), high=again.account.max())
    return seen.filter(seen.low != seen.high).select("session")


def handoffs(timed: ibis.Table, shared: ibis.Table) -> ibis.Table:
    """How often did one account go on with a session where another had stopped?

    Only shared sessions are sorted. Requests of the same microsecond are taken by account and
    status, so that every engine sees the same order.

    Returns
    -------
    Table
        from_account, to_account, day (of the second request); handoffs, after_failure (of these,
        after a status of 400 or more; unknown where no status is).
    """
    kept = timed.select("session", "account", "at", "day", "status").semi_join(shared, "session")
    ordered = ibis.window(group_by="session", order_by=("at", "account", kept.status.fill_null(0)))
    steps = kept.mutate(
        before=kept.account.lag(1, default=NOBODY).over(ordered),
        # -1 where nothing is known: lag would otherwise give NULL here and 0 there
        was=kept.status.fill_null(-1).lag(1, default=-1).over(ordered),
    )
    moved = steps.filter((steps.before != NOBODY) & (steps.before != steps.account))
    moved = moved.mutate(was=moved.was.nullif(-1))
    return moved.group_by(from_account="before", to_account="account", day="day").agg(
        handoffs=moved.count(), after_failure=tally(moved.was >= 400)
    )
