"""One score of many signals: what is missing never raises it, and weights are found again."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from assay.stats.intervals import auc
from assay.traffic.scoring import LEAST, Usual, Weights, adds, learn, score

Floats = NDArray[np.float64]
NAMES = ["a", "b", "c"]


def world(rng: np.random.Generator, shift: float = 2.0) -> tuple[Floats, NDArray[np.bool_]]:
    """Six hundred accounts; those that harvest are high in `a`, low in `b`, and usual in `c`."""
    does = np.arange(600) < 200
    value = rng.standard_normal((600, 3)) + np.outer(does, [shift, -shift, 0.0])
    return np.asarray(value), does


def test_a_missing_value_never_raises_a_score() -> None:
    """Whatever is taken away, of any account, with any weights."""
    rng = np.random.default_rng(1)
    value, _ = world(rng)
    normal = Usual.of(NAMES, value[300:]).normal(NAMES, value)
    for run in range(50):
        each, two = rng.exponential(size=3), rng.exponential()
        weights = Weights(
            weight=dict(zip(NAMES, each, strict=True)), both={"a": {"c": two}}, version={}
        )
        gone = np.where(rng.random(normal.shape) < 0.3, np.nan, normal)
        assert (score(weights, NAMES, gone) <= score(weights, NAMES, normal)).all(), run


def test_ranks_are_even_for_those_of_the_same_law() -> None:
    """A normal score of any law: mean 0 and spread 1, for 2,000 and a reference of 2,000."""
    rng = np.random.default_rng(2)
    value = rng.standard_cauchy((4_000, 1))
    normal = Usual.of(["a"], value[:2_000]).normal(["a"], value[2_000:])
    # 3.1 standard errors, with those of the reference itself.
    assert abs(normal.mean()) < 3.1 * np.sqrt(2 / 2_000)
    assert abs(normal.std() - 1) < 3.1 * np.sqrt(2 / (2 * 2_000))


def test_a_signal_that_few_honest_accounts_have_is_silent() -> None:
    value = np.full((100, 2), 1.0)
    value[LEAST - 1 :, 1] = np.nan
    usual = Usual.of(["a", "b"], value)
    assert usual.silent(["a", "b", "never"]) == ("b", "never")
    assert np.isnan(usual.normal(["a", "b"], value)[:, 1]).all()


def test_weights_follow_what_harvesting_was_said_to_be() -> None:
    value, does = world(np.random.default_rng(3))
    normal = Usual.of(NAMES, value[~does]).normal(NAMES, value)
    found = learn(dict.fromkeys(NAMES, 1), normal, does)
    assert found.weight["a"] > 1
    assert found.weight["b"] == 0
    assert "b" in found.dropped
    assert min(found.weight.values()) >= 0
    assert found == learn(dict.fromkeys(NAMES, 1), normal, does)


def test_what_only_both_together_say_is_learned() -> None:
    """Honest accounts are very high in one or the other, harvesting ones high in both."""
    rng = np.random.default_rng(4)
    does = np.arange(900) < 300
    high = rng.integers(0, 2, 900)
    value = rng.standard_normal((900, 2))
    value[np.arange(900), high] += np.where(does, 3, 6)
    value[does, 1 - high[does]] += 3
    found = learn({"a": 1, "b": 1}, value, does)
    assert found.both["a"]["b"] > 5 * max(found.weight.values())
    scores, alone = score(found, ["a", "b"], value), np.maximum(value, 0).sum(axis=1)
    assert auc(scores[does], scores[~does]) > 0.9
    assert auc(alone[does], alone[~does]) < 0.6


def test_parts_make_the_score() -> None:
    value, does = world(np.random.default_rng(5))
    found = learn(dict.fromkeys(NAMES, 1), value, does)
    parts = adds(found, NAMES, value)
    assert parts.min() >= 0
    np.testing.assert_allclose(parts.sum(axis=1), score(found, NAMES, value))


def test_accounts_of_both_kinds_are_needed() -> None:
    with pytest.raises(ValueError, match="both kinds"):
        learn({"a": 1}, np.zeros((5, 1)), np.zeros(5))
