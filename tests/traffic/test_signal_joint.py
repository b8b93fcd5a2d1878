"""Joint smoothness: nothing for independent accounts, much for a pool, less for a common day."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from tests.traffic.derived import tables

from assay.traffic.measuring import measure
from assay.traffic.signals.joint import JointSmoothness, OnTimes, smoother
from assay.traffic.signals.units import Units

Floats = NDArray[np.float64]


def bins(cluster: str, loads: Floats, day: int = 0) -> list[dict[str, Any]]:
    return [
        {"account": f"{cluster}{a}", "bin": day * 144 + b, "requests": int(loads[a, b])}
        for a, b in np.argwhere(loads > 0).tolist()
    ]


def test_independent_accounts_are_around_zero() -> None:
    """Rises of each at hours of its own: as often above as below, with a spread of about one."""
    rng = np.random.default_rng(1)
    found = []
    for run in range(100):
        rates = [2 + 2 * np.sin(np.arange(144) / 144 * 2 * np.pi + rng.uniform(0, 6.3))
                 for _ in range(8)]  # fmt: skip
        found.append(smoother(rng.poisson(rates).astype(float), shifts=99, seed=run))
    # 3.1 standard errors of a mean of 100 with a spread of one.
    assert abs(np.mean(found)) < 3.1 / np.sqrt(100)
    assert np.mean(np.array(found) > 2.5) < 0.06


def pool(rng: np.random.Generator) -> Floats:
    """Eight accounts that take turns of an hour and a half."""
    turn = np.kron(np.eye(8), np.ones(18))
    return rng.poisson(6.0, (8, 144)) * turn


def test_a_pool_that_takes_turns_stands_out_and_a_common_day_does_not() -> None:
    rng = np.random.default_rng(2)
    office = np.zeros((8, 144))
    office[:, 54:108] = rng.poisson(4.0, (8, 54))
    rows = [*bins("pool", pool(rng)), *bins("office", office), *bins("pair", pool(rng)[:2])]
    members = {row["account"]: row["account"][:-1] for row in rows}
    days = [{"account": a, "day": 0, "requests": 1} for a in members]
    units = Units(tables=tables(bins=rows, days=days), members=members, daily=True)
    found = measure([JointSmoothness(), OnTimes()], units)
    by = {name: found.value[i, 0] for i, name in enumerate(found.units)}
    # Eight of eight turning by chance have a spread of .5 of the mean: 1.5 is the best it can do.
    assert (by["pool"] > 1.2).all()
    assert (by["office"] < -2).all()
    assert np.isnan(by["pair"]).all()
    assert found.reasons["on-times"] == {"no day with three accounts and three requests of each": 1}


def test_the_order_of_rows_and_names_changes_nothing() -> None:
    rng = np.random.default_rng(3)
    load = rng.poisson(2.0, (5, 144)).astype(float)
    rows = bins("a", load)
    other = [{**row, "account": row["account"].replace("a", "z")} for row in reversed(rows)]
    found = [
        measure(
            [JointSmoothness()],
            Units(tables=tables(bins=part), members={r["account"]: "c" for r in part}),
        ).value[0, 0]
        for part in (rows, other)
    ]
    assert found[0] == found[1]
