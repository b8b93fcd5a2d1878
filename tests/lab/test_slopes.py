"""Slopes on doublings: known ones are found, and the bootstrap covers them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from assay.lab.slopes import (
    DOSES,
    PUBLISHED,
    Setting,
    interval,
    resampled,
    rows_of,
    slopes,
    table_of,
)

SETTINGS = [Setting(1e5, 1e6), Setting(1e5, 2e6), Setting(1e5, 4e6), Setting(2e5, 1e6)]


def planted(setting: Setting) -> np.ndarray:
    """Inflation of 6 points a doubling of repeats; 2 less a doubling of data, 3 more of weights."""
    doublings = np.log2(DOSES[1:])
    data, weights = math.log2(setting.data / 1e6), math.log2(setting.parameters / 1e5)
    rise = (6 * doublings + 3 * weights - 2 * data) / 100
    return np.concatenate([[0.3], 0.3 + rise])


def test_known_slopes_are_found() -> None:
    found = slopes({setting: planted(setting) for setting in SETTINGS})
    assert found.repeats == pytest.approx(6)
    assert found.data == pytest.approx(-2)
    assert found.parameters == pytest.approx(3)


def test_what_was_not_doubled_has_no_slope() -> None:
    found = slopes({SETTINGS[0]: planted(SETTINGS[0])})
    assert found.repeats == pytest.approx(6)
    assert math.isnan(found.data)
    assert math.isnan(found.parameters)


def test_the_published_table_rises_with_repeats_and_shrinks_with_data() -> None:
    found = slopes({setting: np.array(row) for setting, row in PUBLISHED.items()})
    assert found.repeats > 0
    assert found.parameters > 0
    assert found.data < 0


@pytest.mark.slow
def test_the_bootstrap_covers_the_slopes_of_repeats_and_data() -> None:
    """40 worlds, two models of 80 items a dose each: the nominal 95 % within what chance allows.

    A model's ability varies by a point or two, as seeds do. Of 40 intervals of 95 % fewer than 34
    cover with probability .01; resampling two models is a little narrow, so 32 are asked for,
    which still tells 95 % from 65 % (.02).
    """
    rng = np.random.default_rng(3)
    hits = dict.fromkeys(("repeats", "data"), 0)
    for world in range(40):
        counts = {
            setting: [_answers(planted(setting) + rng.normal(0, 0.01), rng) for _ in range(2)]
            for setting in SETTINGS
        }
        draws = [slopes(one) for one in resampled(counts, seed=world, draws=99)]
        for name, truth in (("repeats", 6), ("data", -2)):
            low, high = interval([getattr(one, name) for one in draws])
            hits[name] += low <= truth <= high
    assert min(hits.values()) >= 32, hits


def _answers(shares: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    items = np.full(len(shares), 80.0)
    return rng.binomial(80, np.clip(shares, 0, 1)).astype(float), items


def test_models_of_a_setting_are_laid_together() -> None:
    one = {"parameters": 10, "data": 5, "right": [1, 2, 3, 4, 5], "items": [10] * 5}
    counts = rows_of([one, one | {"right": [3, 2, 1, 0, 5]}, one | {"data": 6}])
    assert {setting.data: len(some) for setting, some in counts.items()} == {5: 2, 6: 1}
    assert table_of(counts)[Setting(10, 5)].tolist() == [0.2, 0.2, 0.2, 0.2, 0.5]
