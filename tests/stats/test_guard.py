"""The guard: what it must stop, what it must let pass, and what it says."""

import numpy as np
import pytest

from assay.stats.guard import Guard, guard, paired_auc_p


def _world(
    n: int, *, drift: float, leak: float, seed: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw n suspects and n controls whose texts differ by ``drift`` and scores by ``leak``."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(2 * n) < n)
    features = rng.normal(size=(2 * n, 4))
    features[labels, 0] += drift
    scores = rng.normal(size=2 * n) + leak * labels + 0.3 * features[:, 0]
    return scores, features, labels


def _guard(n: int, *, drift: float, leak: float) -> Guard:
    scores, features, labels = _world(n, drift=drift, leak=leak)
    return guard(scores, features, labels, alpha=0.01, seed=1)


def test_a_strong_leak_between_alike_groups_passes() -> None:
    outcome = _guard(700, drift=0.0, leak=1.2)
    assert outcome.passed, outcome.reason
    assert outcome.blind_upper <= 0.55
    assert outcome.gamma_star >= 1.5
    assert outcome.reason.startswith("Passed (blind AUC")


def test_groups_that_words_tell_apart_do_not_pass() -> None:
    outcome = _guard(700, drift=0.6, leak=1.2)
    assert not outcome.passed
    assert "blind classifier may reach" in outcome.reason


def test_a_score_that_sees_only_what_the_blind_see_does_not_pass() -> None:
    scores, features, labels = _world(700, drift=0.3, leak=0.0)
    outcome = guard(features[:, 0], features, labels, alpha=0.01, seed=1)
    assert not outcome.passed
    assert "do not beat" in outcome.reason
    assert scores.size == 1400


def test_a_weak_verdict_does_not_pass() -> None:
    outcome = _guard(700, drift=0.0, leak=0.35)
    assert not outcome.passed
    assert "verdict flips" in outcome.reason


@pytest.mark.parametrize(("n", "words"), [(3, "for 5 folds"), (82, "reach a bound of 0.574")])
def test_few_items_certify_nothing(n: int, words: str) -> None:
    outcome = _guard(n, drift=0.0, leak=3.0)
    assert not outcome.passed
    assert "too few items" in outcome.reason
    assert words in outcome.reason


def test_same_seed_same_outcome_and_several_columns() -> None:
    scores, features, labels = _world(100, drift=0.0, leak=1.0)
    table = np.column_stack([scores, -features[:, 1]])
    table[0, 0] = np.nan
    first = guard(table, features, labels, alpha=0.01, seed=4)
    assert first == guard(table, features, labels, alpha=0.01, seed=4)


def test_equal_scores_are_no_better_than_themselves() -> None:
    labels = np.arange(20) < 10
    scores = np.arange(20.0)
    assert paired_auc_p(scores, scores, labels) == 1.0
    assert paired_auc_p(-scores, scores, labels) == 0.0


def test_impossible_input_is_refused() -> None:
    labels = np.array([True, False] * 10)
    with pytest.raises(ValueError, match="bool"):
        guard(np.ones(20), np.ones((20, 1)), np.ones(20), alpha=0.01, seed=0)
    with pytest.raises(ValueError, match="do not fit"):
        guard(np.ones(19), np.ones((20, 1)), labels, alpha=0.01, seed=0)
    with pytest.raises(ValueError, match="finite"):
        guard(np.ones(20), np.full((20, 1), np.nan), labels, alpha=0.01, seed=0)
    with pytest.raises(ValueError, match="two folds"):
        guard(np.ones(20), np.ones((20, 1)), labels, alpha=0.01, seed=0, folds=1)
    with pytest.raises(ValueError, match="two suspects"):
        paired_auc_p(np.ones(3), np.ones(3), np.array([True, False, False]))
