"""Prediction sets: the true class is in them as often as was said, class by class."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from assay.traffic.classes import CLASSES, Class, Classifier, fit, gray

Floats = NDArray[np.float64]
CENTRES = dict(
    zip(CLASSES, np.array([[2, 2], [2.4, 1.6], [-2, 2], [2, -3], [-2, -2]]), strict=True)
)


def drawn(rng: np.random.Generator, each: int) -> tuple[Floats, list[Class]]:
    """Five classes on a plane; distillation and evaluation are nearly the same."""
    value = np.concatenate([rng.standard_normal((each, 2)) + CENTRES[name] for name in CLASSES])
    return value, [name for name in CLASSES for _ in range(each)]


def fitted(rng: np.random.Generator, each: int = 400) -> Classifier:
    value, labels = drawn(rng, each)
    return fit(["a", "b"], value, labels, rng.random(len(labels)) < 0.5)


def test_every_class_is_covered() -> None:
    """Of 400 accounts of each class 360 are expected; calibration on 200 spreads that as much."""
    rng = np.random.default_rng(1)
    model = fitted(rng)
    value, labels = drawn(rng, 400)
    found = model.sets(value, alpha=0.1)
    for at, name in enumerate(CLASSES):
        known = len(model.calibration[name])
        hits = sum(name in found[i] for i in range(400 * at, 400 * at + 400))
        least = int(np.floor(0.1 * (known + 1)))
        assert hits >= stats.betabinom.ppf(0.001, 400, known + 1 - least, least), name
    assert set(labels) == set(CLASSES)


def test_coverage_over_many_calibrations_is_as_said() -> None:
    """Marginally at least .9: each calibration is drawn anew, so its own luck averages out."""
    rng = np.random.default_rng(2)
    hits = []
    for _ in range(25):
        model = fitted(rng, 60)
        value, labels = drawn(rng, 10)
        found = model.sets(value, alpha=0.1)
        hits.append(np.mean([one in sets for one, sets in zip(labels, found, strict=True)]))
    assert np.mean(hits) >= 0.9 - 3.1 * np.std(hits) / np.sqrt(25)


def test_what_looks_alike_is_gray_and_what_does_not_is_an_answer() -> None:
    model = fitted(np.random.default_rng(3))
    alike, clear, odd = model.sets(np.array([[2.2, 1.8], [2.0, -3.5], [40.0, 40.0]]))
    assert gray(alike)
    assert clear == {"bulk"}
    assert not gray(clear)
    assert len(odd) <= 2


def test_an_abstaining_signal_counts_as_the_median() -> None:
    model = fitted(np.random.default_rng(4))
    gone, median = np.array([[np.nan, 1.0]]), np.array([[0.0, 1.0]])
    np.testing.assert_array_equal(model.fits(gone), model.fits(median))


def test_the_record_comes_back() -> None:
    model = fitted(np.random.default_rng(5), 30)
    assert Classifier.model_validate_json(model.model_dump_json()) == model


def test_each_class_is_needed_on_both_sides() -> None:
    value, labels = drawn(np.random.default_rng(6), 5)
    with pytest.raises(ValueError, match="distillation: accounts"):
        fit(["a", "b"], value, labels, np.zeros(len(labels)))
