"""Where engines differ: the plain way must still fail where it did, else ours is needless."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ibis
import pytest
import sqlglot
from tests.backends.houses import House, InClickHouse, InDuckDB, InPolars, arrow
from tests.backends.logs import NOON, Row, request

MICRO = 1_000_000


def trapped() -> list[Row]:
    """Make 70,000 requests of one account, all templates different, none with a session."""
    return [request("a", n / 100, template=f"t{n}", quota=n**3 % 70_001) for n in range(70_000)]


@dataclass(frozen=True, slots=True)
class Trap:
    """The plain way to ask, the answer that is right, and who gives another or none."""

    asks: Callable[[ibis.Table], Any]
    answer: float
    fails: dict[str, str]


def lagged(t: ibis.Table) -> Any:
    window = ibis.window(group_by="account", order_by="time")
    return t.select(before=t.quota.fill_null(0).lag().over(window)).before.count()


def middle() -> float:
    """Compute the median as its definition does."""
    quotas = sorted(row["quota"] for row in trapped())
    return float(quotas[34_999] + quotas[35_000]) / 2


NOON_MICROS = int((NOON - NOON.replace(hour=0)).total_seconds()) * MICRO
FROM_1970 = ibis.timestamp("1970-01-01 00:00:00")
TRAPS = {
    "lag": Trap(
        lagged, 69_999, {"InClickHouse": "0 before the first row", "InPolars": "no windows"}
    ),
    "nunique": Trap(lambda t: t.template.nunique(), 70_000, {"InClickHouse": "approximate"}),
    "nunique of nothing": Trap(
        lambda t: t.session.nunique(), 0, {"InPolars": "NULL is a value there"}
    ),
    "quantile": Trap(lambda t: t.quota.quantile(0.5), middle(), {"InClickHouse": "of a sample"}),
    "epoch_seconds": Trap(
        lambda t: (t.time.epoch_seconds() % 60).nunique(), 60, {"InDuckDB": "with a fraction"}
    ),
    "time as a number": Trap(
        lambda t: t.time.cast("int64").min() % (86_400 * MICRO), NOON_MICROS,
        {"InDuckDB": "no such cast", "InClickHouse": "in seconds"},
    ),
    "difference of times": Trap(
        lambda t: t.time.delta(FROM_1970, unit="microsecond").min() % (86_400 * MICRO),
        NOON_MICROS, {"InClickHouse": "since local midnight", "InPolars": "not translated"},
    ),
}  # fmt: skip
CASES = [
    pytest.param(
        kind,
        trap,
        id=f"{kind.__name__}-{name}",
        marks=[pytest.mark.xfail(reason=trap.fails[kind.__name__])]
        if kind.__name__ in trap.fails
        else [],
    )
    for kind in (InDuckDB, InClickHouse, InPolars)
    for name, trap in TRAPS.items()
]


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> dict[type, House]:
    found: dict[type, House] = {
        InDuckDB: InDuckDB(),
        InClickHouse: InClickHouse(tmp_path_factory.mktemp("clickhouse")),
        InPolars: InPolars(),
    }
    for house in found.values():
        house.fill(arrow(trapped()))
    return found


@pytest.mark.parametrize(("kind", "trap"), CASES)
def test_the_plain_way(houses: dict[type, House], kind: type, trap: Trap) -> None:
    house = houses[kind]
    asked = trap.asks(house.engine.table("requests")).as_table()
    assert list(house.plainly(asked)[0].values()) == [trap.answer]


@pytest.mark.parametrize("words", ["epoch(time)", "quantile_cont(quota, 0.5)"])
def test_sqlglot_alone_does_not_speak_clickhouse(houses: dict[type, House], words: str) -> None:
    (said,) = sqlglot.transpile(
        f"SELECT {words} FROM requests",  # noqa: S608 - the words above
        read="duckdb",
        write="clickhouse",
    )
    house = houses[InClickHouse]
    assert isinstance(house, InClickHouse)
    with pytest.raises(RuntimeError, match="UNKNOWN_FUNCTION"):
        house.session.query(said)
