"""Small logs, each with one thing that engines treat differently, and random ones with all."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

Row = dict[str, Any]
NOON = datetime(2026, 3, 1, 12)  # noqa: DTZ001 - UTC, unsaid, as in the tables


def request(account: str, after: float = 0.0, **columns: Any) -> Row:
    """Make one request, some seconds after noon."""
    return {"account": account, "time": NOON + timedelta(seconds=after), "model": "m", **columns}


def empty() -> list[Row]:
    return []


def single() -> list[Row]:
    """No pause, no spread: unknown, and neither 0 nor NaN."""
    told = {"status": 500, "output_tokens": 7, "session": "s", "template": "t", "stream": True}
    return [request("a"), request("b", 3, **told)]


def absent() -> list[Row]:
    """Only time, account and model are there."""
    return [request(account, 9.0 * n) for n in range(6) for account in "ab"]


def even() -> list[Row]:
    """A machine's pauses: where the first one is taken for 0, the variation is 40-fold."""
    return [request("a", 60 * n + 0.5 * (n % 2)) for n in range(100)]


def ties() -> list[Row]:
    """Everything at one moment, handed to and fro; two sessions that nobody names."""
    statuses = (200, None, 429, 500)
    return [
        request(account, 0, session=session, status=status, tier=account)
        for account in "bac"
        for session in ("x", "y", None)
        for status in statuses
    ]


def midnight() -> list[Row]:
    """The last microsecond of a day, and the first; long before 2000, and a leap day."""
    edges = ["2026-03-01 23:59:59.999999", "2026-03-02 00:00:00", "2026-03-02 00:59:59.999999"]
    edges += ["2026-03-02 01:00:00", "1999-12-31 23:59:59.999999", "2028-02-29 00:00:00"]
    edges += ["2026-03-29 01:30:00", "2026-03-29 02:30:00"]  # clocks jump where summer time is
    return [
        {"account": "a", "time": datetime.fromisoformat(edge), "model": "m", "session": "s"}
        for edge in edges
    ]


def votes() -> list[Row]:
    """Ties among values, the most frequent among rows without one, links under many names."""
    fields: list[Row] = [{"tier": "free"}, {"tier": "pro"}, {}, {}, {"quota": 5}, {"quota": 10}]
    fields += [{"created": NOON}, {"created": NOON - timedelta(days=3, microseconds=1)}]
    fields += [{"payment": "p", "asn": "n"}, {"payment": "p", "asn": "n", "prefix": "q"}]
    fields += [{"harness": h} for h in ("x", "y", "y", "z")]
    return [request(account, n, **one) for account in "ab" for n, one in enumerate(fields)]


def strange() -> list[Row]:
    """What a loader should have refused does not break a pass: -1 tokens, empty and odd words."""
    words = ("", " ", "a'b", '"', "\\n", "é", "名", "a\x00b")
    told = [request(f"a{word}", 1, tools=word, template=word, tier=word) for word in words]
    sizes = [request("a", n, output_tokens=size) for n, size in enumerate((-5, -1, 0, 2**40))]
    return told + sizes


def relay() -> list[Row]:
    """Sessions go from account to account, often where one was throttled; some over midnight."""
    draw = random.Random(11)  # noqa: S311 - a test's log
    return [
        request(
            draw.choice("abcd"),
            5_000 * n,
            session=draw.choice("uvw"),
            status=draw.choice((200, 200, 429, None)),
        )
        for n in range(60)
    ]


def mixed(seed: int) -> list[Row]:
    """Draw every column, each absent in some rows."""
    draw = random.Random(seed)  # noqa: S311 - a test's log
    choices: dict[str, tuple[Any, ...]] = {
        "status": (200, 429, 500), "output_tokens": (0, 1, 50, 900), "input_tokens": (3, 10**9),
        "reasoning_tokens": (0, 5), "cached_tokens": (4,), "finish": ("stop", "content_filter"),
        "stream": (True, False), "temperature": (0.0, 1.0), "session": ("s", "t", "u"),
        "tools": ("k", "l"), "template": ("e", "f", "g"), "prefix": ("1", "2"), "asn": ("3",),
        "agent": ("4", "5"), "tls": ("6",), "payment": ("7", "8"), "org": ("9",),
        "email": ("free",), "tier": ("pro", "free"), "quota": (5, 10), "vetted": ("research",),
        "harness": ("sdk", "curl"), "created": (NOON, NOON - timedelta(days=9)),
    }  # fmt: skip
    return [
        request(f"a{int(9 * draw.random() ** 2)}", draw.choice((0, 1, 7.25, 90_000)) * n % 10**6)
        | {name: draw.choice((*values, None)) for name, values in choices.items()}
        | {"model": draw.choice("mno")}
        for n in range(200)
    ]


def many() -> list[Row]:
    """One busy account: more distinct values and pauses than engines count exactly by default."""
    draw = random.Random(3)  # noqa: S311 - a test's log
    times = (86_400 * draw.random() - 43_200 for _ in range(70_000))
    return [request("a", time, template=f"t{n}") for n, time in enumerate(times)]


CASES: dict[str, Callable[[], list[Row]]] = {
    "single": single, "absent": absent, "even": even, "ties": ties, "midnight": midnight,
    "votes": votes, "strange": strange, "relay": relay, "mixed": lambda: mixed(1),
    "more": lambda: mixed(2),
}  # fmt: skip


def all_cases() -> list[Row]:
    """Put the small logs into one, with their own accounts and sessions: engines start slowly."""
    return [
        row
        | {"account": f"{case}/{row['account']}"}
        | ({"session": f"{case}/{row['session']}"} if row.get("session") else {})
        for case, log in CASES.items()
        for row in log()
    ]


LOGS: dict[str, Callable[[], list[Row]]] = {
    "empty": empty,
    "all cases": all_cases,
    "many": many,
}
