"""Where the days are cut, and what is refused."""

from __future__ import annotations

import pytest
from tests.traffic.derived import tables

from assay.core.errors import BadConfig
from assay.traffic.splitting import iso, splitting
from assay.traffic.warehouse import Tables

MONDAY = 20_514


def days(count: int) -> Tables:
    rows = [{"account": "a", "day": MONDAY + number, "requests": 1} for number in range(count)]
    return tables(days=rows)


@pytest.mark.parametrize(
    ("count", "first"), [(1, 1), (2, 1), (3, 1), (6, 2), (7, 2), (14, 4), (30, 9)]
)
def test_a_week_gives_two_days_and_others_a_third_of_them(count: int, first: int) -> None:
    found = splitting(days(count))
    assert found.day == MONDAY + first - 1
    assert len(found.judged) == count - first


def test_a_date_is_taken_as_the_last_day_of_forming() -> None:
    assert iso(splitting(days(7), "2026-03-05").day) == "2026-03-05"


def test_no_day_at_all_leaves_nothing_to_judge() -> None:
    assert splitting(days(0)).judged == ()


@pytest.mark.parametrize("day", ["2026-03-08", "2026-02-01", "yesterday", "9999-99-99"])
def test_a_day_that_leaves_nothing_to_judge_is_refused(day: str) -> None:
    with pytest.raises(BadConfig, match="--split-day"):
        splitting(days(7), day)
