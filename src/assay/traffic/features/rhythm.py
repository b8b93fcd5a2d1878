"""When: how an account's requests lie within a day."""

from __future__ import annotations

import ibis

from assay.traffic.features.clock import MICRO

__all__ = ["gaps", "rhythm"]

HOUR = 60
DAY = 24 * HOUR
FIRST = -1
"""What stands before the first request: no time is negative."""


def gaps(timed: ibis.Table) -> ibis.Table:
    """How long are the pauses between an account's requests within a day, and how even?

    The default of `lag` is given and taken out again: ClickHouse would put 0 before the first
    request, one gap of half a century, and a machine's even pauses would look wild.

    Returns
    -------
    Table
        account, day; gap_mean and gap_median in seconds (two requests), gap_cv, their standard
        deviation in means (three requests; 1 for a Poisson process, 0 for a clock).
    """
    ordered = ibis.window(group_by=("account", "day"), order_by="at")
    times = timed.select("account", "day", "at")
    before = times.at.lag(1, default=FIRST).over(ordered)
    paused = times.mutate(before=before).mutate(
        gap=lambda t: (t.before != FIRST).ifelse(t.at - t.before, None) / MICRO
    )
    told = paused.group_by("account", "day").agg(
        gaps=paused.gap.count(),
        gap_mean=paused.gap.mean(),
        gap_median=paused.gap.median(),
        spread=paused.gap.std(how="sample"),
    )
    known = (told.gaps >= 2) & (told.gap_mean > 0)
    return told.select(
        "account",
        "day",
        "gap_mean",
        "gap_median",
        gap_cv=known.ifelse(told.spread / told.gap_mean, None),
    )


def rhythm(timed: ibis.Table) -> ibis.Table:
    """At which hours and minutes of a day was an account active, and how unevenly?

    Minutes and hours are grouped by their number since 1970, which says the day: each key more
    would be carried by as many groups as there are requests.

    Returns
    -------
    Table
        account, day; hours (active ones, 1 to 24), busiest_hour (its requests), minutes (active
        ones), minute_squares (sum of the squared requests of a minute: with `requests` and the
        1,440 minutes of a day, the Fano factor), first_minute and last_minute of the day.
    """
    minutes = timed.group_by("account", "minute").agg(requests=timed.count())
    hourly = minutes.group_by("account", hour=minutes.minute // HOUR).agg(
        requests=minutes.requests.sum(),
        minutes=minutes.count(),
        squares=(minutes.requests * minutes.requests).sum(),
        first=minutes.minute.min(),
        last=minutes.minute.max(),
    )
    return hourly.group_by("account", day=hourly.hour // (DAY // HOUR)).agg(
        hours=hourly.count(),
        busiest_hour=hourly.requests.max(),
        minutes=hourly.minutes.sum(),
        minute_squares=hourly.squares.sum(),
        first_minute=hourly["first"].min() % DAY,
        last_minute=hourly["last"].max() % DAY,
    )
