"""Time as integers: engines agree on them, and on little else about time."""

from __future__ import annotations

import ibis

__all__ = ["BIN", "clock"]

MICRO = 1_000_000
MINUTE = 60 * MICRO
DAY = 86_400 * MICRO
BIN = 10
"""Minutes in a bin of joint timing."""


def clock(requests: ibis.Table) -> ibis.Table:
    """When was each request received, in whole units since 1970 in UTC?

    Adds `at` (microseconds), `minute` and `day`, and `born`, the second in which its account was
    created. A difference of two timestamps is the one
    expression that DuckDB and ClickHouse translate alike: seconds since the epoch come out as a
    fraction from one and cut from the other, and a cast to an integer fails on the one and gives
    seconds on the other.

    Examples
    --------
    >>> times = {"time": "timestamp(6)", "created": "timestamp(6)"}
    >>> clock(ibis.table(times, name="requests")).columns
    ('time', 'created', 'at', 'born', 'minute', 'day')
    """
    epoch = ibis.timestamp("1970-01-01 00:00:00")
    timed = requests.mutate(
        at=requests.time.delta(epoch, unit="microsecond"),
        born=requests.created.delta(epoch, unit="second"),
    )
    return timed.mutate(minute=timed.at // MINUTE, day=timed.at // DAY)
