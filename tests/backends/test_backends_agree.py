"""Every feature, on every engine and log, against plain Python. What cannot run is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ibis.common.exceptions import OperationNotDefinedError
from tests.backends.houses import House, InClickHouse, InDuckDB, InPolars, arrow
from tests.backends.logs import LOGS
from tests.oracles import features

from assay.traffic.warehouse import STEPS, Tables, made, materialise

Row = dict[str, Any]
KEYS = (
    "account",
    "from_account",
    "to_account",
    "day",
    "bin",
    "template",
    "model",
    "field",
    "value",
)
ORACLES: dict[str, Callable[[list[Row]], list[Row]]] = {
    "accounts": features.accounts, "days": features.days, "bins": features.bins,
    "templates": features.templates, "models": features.models, "links": features.links,
    "handoffs": features.handoffs,
}  # fmt: skip
IMPOSSIBLE = {"InPolars": {"gaps", "handoffs", "days"}}
"""Ibis has no windows on Polars, which pauses and hand-offs need, and days need the pauses."""


@pytest.fixture(scope="module", params=[InDuckDB, InClickHouse, InPolars])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> House:
    if request.param is InClickHouse:
        return InClickHouse(tmp_path_factory.mktemp("clickhouse"))
    found: House = request.param()
    return found


@pytest.fixture(scope="module")
def impossible(house: House) -> set[str]:
    return IMPOSSIBLE.get(type(house).__name__, set())


def close(found: Any, expected: Any) -> bool:
    """Are they equal, or equal up to the order in which an engine added numbers up?"""
    if not isinstance(expected, float):
        return bool(found == expected and type(found) is type(expected))
    # engines add squares up, the oracle squared deviations: 1e-6 of a mean pause is lost, at most
    return isinstance(found, float) and found == pytest.approx(expected, rel=1e-6, abs=1e-6)


def ordered(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: [str(row[key]) for key in KEYS if key in row])


def differing(found: list[Row], expected: list[Row]) -> list[str]:
    """Which values differ? Rows are in no order."""
    if len(found) != len(expected):
        return [f"{len(found)} rows, not {len(expected)}"]
    return [
        f"{name}: {mine.get(name)!r}, not {value!r}, in {theirs}"
        for mine, theirs in zip(ordered(found), ordered(expected), strict=True)
        for name, value in theirs.items()
        if name not in mine or not close(mine[name], value)
    ]


@pytest.mark.parametrize(
    "log", ["empty", "all cases", pytest.param("many", marks=pytest.mark.slow)]
)
def test_features_equal_their_definition(house: House, impossible: set[str], log: str) -> None:
    told = arrow(LOGS[log]())
    house.fill(told)
    for step in STEPS:
        if step not in impossible:
            materialise(house.engine, step)
    for name, oracle in ORACLES.items():
        if name not in impossible:
            found = house.rows(made(house.engine, name))
            assert differing(found, oracle(told.to_pylist())) == [], name


@pytest.mark.parametrize("step", ["gaps", "handoffs"])
def test_what_cannot_run_is_known(house: House, impossible: set[str], step: str) -> None:
    house.fill(arrow(LOGS["empty"]()))
    materialise(house.engine, "used_session")
    materialise(house.engine, "shared")
    if step in impossible:
        with pytest.raises(OperationNotDefinedError):
            materialise(house.engine, step)
    else:
        materialise(house.engine, step)


def test_every_table_has_a_definition() -> None:
    assert set(ORACLES) == set(Tables.__slots__)
