"""Forgetting and near-duplicates: the arithmetic of their figures, and the experiments whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assay.lab.evidence import over_models
from assay.lab.experiment import conduct, open_experiment
from assay.lab.forget import left
from assay.lab.fuzzy import worth


def test_intervals_over_models_cover() -> None:
    """2,000 means of five normal draws: 95 % coverage within 99.9 % binomial bounds (1,867)."""
    rng = np.random.default_rng(0)
    bounds = [over_models(rng.normal(1.0, 2.0, 5).tolist()) for _ in range(2000)]
    assert sum(low <= 1.0 <= high for _, low, high in bounds) >= 1867
    assert over_models([3.0]) == (3.0, float("-inf"), float("inf"))


def test_intervals_of_what_is_left_cover() -> None:
    """A ratio of means at a tenth of relative noise: linearised, it covers as often as t does."""
    rng = np.random.default_rng(1)
    hits = 0
    for _ in range(2000):
        began = rng.normal(1.0, 0.1, 5)
        now = 0.3 * began + rng.normal(0.0, 0.05, 5)
        _, low, high = left(now.tolist(), began.tolist())
        hits += low <= 0.3 <= high
    assert hits >= 1867


def test_nothing_lost_is_everything_left() -> None:
    assert left([2.0, 3.0], [2.0, 3.0]) == (1.0, 1.0, 1.0)


def test_the_worth_of_a_copy() -> None:
    exact = {1: 1.0, 2: 1.5, 4: 2.5}
    assert worth(0.0, exact) == 0.0
    assert worth(-1.0, exact) == 0.0
    assert worth(2.0, exact) == pytest.approx(3.0)
    assert worth(1.2, {1: 1.0, 2: 0.9, 4: 1.4}) == pytest.approx(3.0)  # a dose fell back by chance


@pytest.mark.slow
@pytest.mark.parametrize("name", ["forget", "fuzzy"])
def test_an_experiment_ends_at_its_tiny_size(name: str, tmp_path: Path) -> None:
    outcome = conduct(open_experiment(name), "tiny", tmp_path)
    assert outcome.passed is None
    assert outcome.figure == tmp_path / "figure.svg"
    assert outcome.table
    assert all(np.isfinite(row["gain"]) for row in outcome.table)
