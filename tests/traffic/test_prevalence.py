"""Base rates: the published table, exact bounds, and what is not known."""

from fractions import Fraction

import pytest

from assay.traffic.prevalence import Rate, innocent_of, precision

# Share of right alerts at a true-positive rate of .9, by prevalence and false-positive rate.
TABLE = {
    "0.01": (0.75, 0.90, 0.99),
    "0.0025": (0.43, 0.69, 0.96),
    "0.001": (0.23, 0.47, 0.90),
    "0.0001": (0.03, 0.08, 0.47),
}


@pytest.mark.parametrize("prevalence", TABLE)
def test_the_table_of_base_rates(prevalence: str) -> None:
    found = [precision(prevalence, "0.9", fpr) for fpr in ("0.003", "0.001", "0.0001")]
    assert tuple(round(float(share or 0), 2) for share in found) == TABLE[prevalence]


def test_it_is_exact() -> None:
    assert precision("0.001", "0.9", "0.0001") == Fraction(9, 10) / (
        Fraction(9, 10) + Fraction("0.0999")
    )


def test_no_false_alarm_in_30_000_is_a_rate_of_up_to_1_in_10_000() -> None:
    rate = Rate.of(0, 30_000, level=0.9)  # its upper end is a one-sided bound at .95
    assert rate.low == 0
    assert rate.high == pytest.approx(1e-4, rel=0.01)  # the rule of three


def test_bounds_surround_what_was_counted() -> None:
    alerts = innocent_of(0.001, tpr=Rate.of(45, 50), fpr=Rate.of(2, 20_000))
    assert alerts.innocent is not None
    assert alerts.best is not None
    assert alerts.worst is not None
    assert alerts.best < alerts.innocent < alerts.worst


def test_no_guilty_unit_makes_every_alert_innocent() -> None:
    assert innocent_of(0.0, tpr=Rate.of(9, 10), fpr=Rate.of(1, 100)).innocent == 100


def test_where_nobody_is_alerted_nothing_is_said() -> None:
    alerts = innocent_of(0.01, tpr=Rate.of(0, 10), fpr=Rate.of(0, 100))
    assert (alerts.innocent, alerts.worst) == (None, 100.0)


@pytest.mark.parametrize(("hits", "trials"), [(2, 1), (-1, 3), (0, 0)])
def test_impossible_counts_are_refused(hits: int, trials: int) -> None:
    with pytest.raises(ValueError, match="0 <= k"):
        Rate.of(hits, trials)


def test_rates_outside_their_range_are_refused() -> None:
    with pytest.raises(ValueError, match="within 0 and 1"):
        precision("1.1", "0.9", "0.1")
