"""Daily totals with noise: protected as far as is said, and right on average."""

from __future__ import annotations

import math
import statistics

import duckdb
import pytest

from assay.core.errors import BadConfig
from assay.traffic.aggregates import daily_totals

pytest.importorskip("opendp", reason="opendp is not installed")


def requests() -> duckdb.DuckDBPyConnection:
    """Two days: 40 accounts with ten requests each, and on the first day one with 5,000."""
    made = duckdb.connect()
    made.execute(
        "CREATE TABLE requests AS SELECT 'a' || n AS account, TIMESTAMP '2026-03-02' + "
        "INTERVAL 1 DAY * (k // 10) AS time FROM range(40) t(n), range(20) s(k)"
    )
    made.execute(
        "INSERT INTO requests SELECT 'loud', TIMESTAMP '2026-03-02 09:00:00' FROM range(5000)"
    )
    return made


def test_totals_are_right_on_average_and_one_account_is_cut() -> None:
    """Noise of scale 2 * 2/20 on counts: 60 means stay within .25 at four standard errors."""
    log = requests()
    found = [daily_totals(log, epsilon=20.0, cap=100) for _ in range(60)]
    assert found[0].days == ("2026-03-02", "2026-03-03")
    for day, (accounts, sums) in enumerate([(41, 500), (40, 400)]):
        assert abs(statistics.fmean(one.accounts[day] for one in found) - accounts) < 0.25
        assert abs(statistics.fmean(one.requests[day] for one in found) - sums) < 16.0


@pytest.mark.slow
def test_noise_is_as_wide_as_was_said() -> None:
    """Laplace of scale b = sensitivity / (epsilon/2) = 2/.5: its mean distance is b, +- 15 %.

    400 distances have a standard error of 5 %; three of those.
    """
    log = requests()
    far = [abs(daily_totals(log, epsilon=1.0).accounts[1] - 40) for _ in range(400)]
    assert math.isclose(statistics.fmean(far), 4.0, rel_tol=0.15)


@pytest.mark.parametrize(("epsilon", "cap"), [(0.0, 10), (-1.0, 10), (math.nan, 10), (1.0, 0)])
def test_impossible_settings_are_refused(epsilon: float, cap: int) -> None:
    with pytest.raises(BadConfig, match="above 0"):
        daily_totals(requests(), epsilon=epsilon, cap=cap)
