"""The release pivot: compared with honest accounts like it, at the same release."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.traffic.derived import tables

from assay.core.errors import BadFormat
from assay.traffic.measuring import measure
from assay.traffic.signals.pivot import Pivot
from assay.traffic.signals.releases import Release, read
from assay.traffic.signals.units import Units
from assay.traffic.warehouse import Tables

NEW = Release(model="new", day=3)


def moves(shares: dict[str, float], harness: str = "h", new: str = "new") -> list[dict[str, Any]]:
    """A hundred requests a day for five days; from day 3 on this share goes to the new model."""
    return [
        {"account": a, "day": d, "model": m, "requests": r, "harness": harness}
        for a, share in shares.items()
        for d in range(5)
        for m, r in (
            ("old", 100 - round(100 * share * (d >= 3))),
            (new, round(100 * share * (d >= 3))),
        )
        if r
    ]


def world(rows: list[dict[str, Any]]) -> Tables:
    accounts = {row["account"]: row["harness"] for row in rows}
    return tables(
        accounts=[{"account": a, "harness": h} for a, h in accounts.items()],
        days=[{"account": a, "day": d, "requests": 100} for a in accounts for d in range(5)],
        models=rows,
    )


def pivots(rows: list[dict[str, Any]], honest: list[str], *releases: Release) -> dict[str, float]:
    units = Units(tables=world(rows), reference=frozenset(honest), releases=releases or None)
    found = measure([Pivot()], units)
    return dict(zip(found.units, found.value[:, 0].tolist(), strict=True))


def reserved() -> dict[str, float]:
    """Thirty honest accounts; most stay, some try the new model."""
    return {f"honest {i}": i / 100 for i in range(30)}


def test_who_moves_more_than_its_like_stands_out() -> None:
    rows = moves({**reserved(), "moves": 0.5, "stays": 0.0})
    for told in ((), (NEW,)):  # found as the first day it is seen, or told
        found = pivots(rows, list(reserved()), *told)
        assert found["moves"] == 1.0
        assert found["stays"] == pytest.approx(0.5 / 30)


def test_aliases_and_moves_that_were_forced_are_no_pivot() -> None:
    rows = moves({**reserved(), "moves": 0.5}, new="new-latest")
    assert all(math.isnan(v) for v in pivots(rows, list(reserved())).values())
    rows = moves({**reserved(), "moves": 0.5})
    forced = Release(model="new", day=3, forced=True)
    assert all(math.isnan(v) for v in pivots(rows, list(reserved()), forced).values())


def test_whose_model_was_switched_off_had_to_move() -> None:
    rows = moves({**reserved(), "moves": 0.5, "forced": 1.0})
    rows = [
        {**row, "model": "gone"} if row["account"] == "forced" and row["model"] == "old" else row
        for row in rows
    ]
    found = pivots(rows, list(reserved()))
    assert math.isnan(found["forced"])
    assert found["moves"] == 1.0


def test_early_adopters_are_compared_with_early_adopters() -> None:
    """Where a program moves all its users at once, who moves is nothing special."""
    fast = {f"fast {i}": 0.9 for i in range(25)}
    rows = moves({**reserved(), "moves": 0.9}) + moves({**fast, "fast too": 0.9}, harness="fast")
    found = pivots(rows, [*reserved(), *fast])
    assert found["moves"] == 1.0
    assert found["fast too"] == 0.5


def test_too_few_honest_accounts_are_no_reference() -> None:
    rows = moves({**reserved(), "moves": 0.5})
    assert math.isnan(pivots(rows, list(reserved())[:19])["moves"])


def test_honest_accounts_of_the_same_law_are_even() -> None:
    rng = np.random.default_rng(4)
    shares = dict(zip((f"{i:03}" for i in range(400)), rng.beta(0.5, 3, 400), strict=True))
    found = pivots(moves(shares), [f"{i:03}" for i in range(200)])
    tested = [found[f"{i:03}"] for i in range(200, 400)]
    # Uniform: 3.1 standard errors of a mean of 200, widened by the reference's own 200.
    assert abs(np.mean(tested) - 0.5) < 3.1 * math.sqrt(2 / 12 / 200)


def test_releases_are_read_from_files(tmp_path: Path) -> None:
    file = tmp_path / "releases.toml"
    file.write_text('[[release]]\nmodel = "m-2"\nday = 2026-11-03\nforced = true\n')
    [found] = read(file)
    assert (found.day, found.counts) == ((date(2026, 11, 3) - date(1970, 1, 1)).days, False)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[release]]\nday = 2026-11-03\n", "without a model"),
        ('[[release]]\nmodel = "m"\nday = "soon"\n', "no day: 'soon'"),
        ('[[release]]\nmodel = "m"\nday = 2026-11-03\nwhen = 3\n', "unknown: 'when'"),
        ('[[release]]\nmodel = "m"\nday = 2026-11-03\nforced = "no"\n', "forced is 'no'"),
        ("release = 3\n", "no list of releases"),
        ("release = [", "is no TOML"),
    ],
)
def test_bad_releases_say_where(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "releases.toml"
    file.write_text(text)
    with pytest.raises(BadFormat, match=says):
        read(file)
