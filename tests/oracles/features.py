"""Features of accounts and days by definition: plain Python over a list of requests."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import pairwise
from math import log
from operator import itemgetter
from typing import Any

Row = dict[str, Any]
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - as in the tables: UTC, unsaid
STATIC = ("org", "created", "tier", "quota", "payment", "email", "vetted", "harness")
LINKAGE = ("prefix", "asn", "agent", "tls", "payment", "org", "email")


def micros(time: datetime) -> int:
    """Count microseconds since 1970 without a float."""
    since = time - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def minute(row: Row) -> int:
    return micros(row["time"]) // 60_000_000


def day(row: Row) -> int:
    return micros(row["time"]) // 86_400_000_000


def known(values: Iterable[Any]) -> list[Any]:
    return [value for value in values if value is not None]


def total(values: Iterable[Any]) -> Any:
    """Sum what is known; nothing known is nothing, not 0."""
    found = known(values)
    return sum(found) if found else None


def mean(values: Iterable[Any]) -> float | None:
    found = known(values)
    return sum(found) / len(found) if found else None


def spread(values: list[float]) -> float | None:
    return statistics.stdev(values) if len(values) >= 2 else None


def holds(rows: list[Row], column: str, test: Callable[[Any], bool]) -> int | None:
    said = known(row[column] for row in rows)
    return sum(map(test, said)) if said else None


def grouped(rows: Iterable[Row], *keys: Callable[[Row], Any]) -> dict[tuple[Any, ...], list[Row]]:
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(key(row) for key in keys)].append(row)
    return groups


def account(row: Row) -> Any:
    return row["account"]


def variety(rows: list[Row], column: str) -> tuple[int | None, int | None]:
    """Count distinct values, and the commonest one's rows."""
    counted = Counter(known(row[column] for row in rows))
    return (len(counted), max(counted.values())) if counted else (None, None)


def pauses(rows: list[Row]) -> tuple[float | None, float | None, float | None]:
    """Say mean, median and variation of the seconds between requests."""
    times = sorted(micros(row["time"]) for row in rows)
    gaps = [(b - a) / 1_000_000 for a, b in pairwise(times)]
    if not gaps:
        return None, None, None
    average = sum(gaps) / len(gaps)
    cv = statistics.stdev(gaps) / average if len(gaps) >= 2 and average > 0 else None
    return average, statistics.median(gaps), cv


def days(requests: list[Row]) -> list[Row]:
    return [
        {"account": name, "day": when, **one_day(rows)}
        for (name, when), rows in grouped(requests, account, day).items()
    ]


def one_day(rows: list[Row]) -> Row:
    sizes = [log(1 + n) for n in known(r["output_tokens"] for r in rows) if n >= 0]
    by_minute = Counter(minute(row) for row in rows)
    by_hour = Counter(minute(row) // 60 for row in rows)
    found: Row = {"requests": len(rows)}
    for column in ("input_tokens", "output_tokens", "reasoning_tokens", "cached_tokens"):
        found[column] = total(row[column] for row in rows)
    found["errors"] = holds(rows, "status", lambda status: status >= 400)
    found["throttled"] = holds(rows, "status", lambda status: status == 429)
    found["refusals"] = holds(rows, "finish", lambda finish: finish == "content_filter")
    found["streamed"] = mean(row["stream"] for row in rows)
    found["cold"] = mean(None if (t := row["temperature"]) is None else t == 0 for row in rows)
    found["log_output_mean"], found["log_output_std"] = mean(sizes), spread(sizes)
    found["hours"], found["busiest_hour"] = len(by_hour), max(by_hour.values())
    found["minutes"] = len(by_minute)
    found["minute_squares"] = sum(n * n for n in by_minute.values())
    found["first_minute"], found["last_minute"] = min(by_minute) % 1440, max(by_minute) % 1440
    found["gap_mean"], found["gap_median"], found["gap_cv"] = pauses(rows)
    found["templates"], found["top_template"] = variety(rows, "template")
    found["models"], found["top_model"] = variety(rows, "model")
    found["sessions"], found["top_session"] = variety(rows, "session")
    found["tool_sets"], found["top_tool_set"] = variety(rows, "tools")
    return found


def _second(value: Any) -> Any:
    """When an account was created is told in whole seconds."""
    return value.replace(microsecond=0) if isinstance(value, datetime) else value


def accounts(requests: list[Row]) -> list[Row]:
    """Give each static field its commonest value; of equals the one whose text is smallest."""
    found = []
    for (name,), rows in grouped(requests, account).items():
        times = [row["time"] for row in rows]
        one: Row = {"account": name, "requests": len(rows)}
        one |= {"first_time": min(times), "last_time": max(times)}
        for field in STATIC:
            votes = Counter(_second(value) for value in known(row[field] for row in rows))
            most = max(votes.values(), default=0)
            one[field] = min((v for v, n in votes.items() if n == most), key=str, default=None)
        found.append(one)
    return found


def bins(requests: list[Row]) -> list[Row]:
    return [
        {
            "account": name,
            "bin": when,
            "requests": len(rows),
            "throttled": holds(rows, "status", lambda status: status == 429),
            "errors": holds(rows, "status", lambda status: status >= 400),
        }
        for (name, when), rows in grouped(requests, account, lambda r: minute(r) // 10).items()
    ]


def used(requests: list[Row], column: str) -> list[Row]:
    told = [row for row in requests if row[column] is not None]
    return [
        {"account": name, "day": when, column: value, "requests": len(rows)}
        for (name, when, value), rows in grouped(told, account, day, lambda r: r[column]).items()
    ]


def templates(requests: list[Row]) -> list[Row]:
    return used(requests, "template")


def models(requests: list[Row]) -> list[Row]:
    return used(requests, "model")


def links(requests: list[Row]) -> list[Row]:
    return [
        {"account": name, "field": field, "value": value, "requests": len(rows)}
        for field in LINKAGE
        for (name, value), rows in grouped(requests, account, itemgetter(field)).items()
        if value is not None
    ]


def handoffs(requests: list[Row]) -> list[Row]:
    """Walk each session in order; of the same microsecond by account, then status."""
    moves: dict[tuple[Any, ...], list[int | None]] = defaultdict(list)
    told = [row for row in requests if row["session"] is not None]
    for rows in grouped(told, lambda row: row["session"]).values():
        rows.sort(key=lambda r: (r["time"], r["account"], r["status"] or 0))
        for first, then in pairwise(rows):
            if first["account"] != then["account"]:
                status = first["status"]
                failed = None if status is None else int(status >= 400)
                moves[first["account"], then["account"], day(then)].append(failed)
    return [
        {
            "from_account": a,
            "to_account": b,
            "day": when,
            "handoffs": len(failed),
            "after_failure": total(failed),
        }
        for (a, b, when), failed in moves.items()
    ]
