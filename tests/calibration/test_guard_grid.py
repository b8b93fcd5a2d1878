"""What the guard lets through when the groups differ and nothing is leaked."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from tests.calibration.worlds import Array, most_hits

from assay.stats.betting import label_betting
from assay.stats.guard import Guard, guard
from assay.stats.intervals import auc_interval
from assay.stats.permutation import mann_whitney

ALPHA = 0.01


def shift(area: float) -> float:
    return float(stats.norm.ppf(area)) * float(np.sqrt(2))


def drawn(
    rng: np.random.Generator, n: int, *, text: float, score: float
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Return scores, features and labels: ``text`` and ``score`` are areas under the curve."""
    labels = rng.permutation(np.arange(2 * n) < n)
    features = rng.standard_normal((2 * n, 3))
    features[labels, 0] += shift(text)
    return rng.standard_normal(2 * n) + shift(score) * labels, features, labels


def wrong_guard_alarms(n: int, area: float, rows: int) -> int:
    """Count what flags past a guard that only fires when the blind AUC is surely above .6."""
    rng = np.random.default_rng(1)
    alarms = 0
    for _ in range(rows):
        scores, features, labels = drawn(rng, n, text=area, score=area)
        blind = features[:, 0]  # the best blind score there is: even an ideal classifier
        surely_apart = auc_interval(blind[labels], blind[~labels], level=0.9)[0] > 0.6
        alarms += not surely_apart and mann_whitney(scores[labels], scores[~labels]) <= ALPHA
    return alarms


def outcomes(n: int, *, text: float, score: float, rows: int) -> list[Guard]:
    rng = np.random.default_rng(2)
    runs = (drawn(rng, n, text=text, score=score) for _ in range(rows))
    return [
        guard(scores, features, labels, alpha=ALPHA, seed=seed)
        for seed, (scores, features, labels) in enumerate(runs)
    ]


def test_a_guard_that_asks_for_proof_of_difference_lets_mild_shift_flag() -> None:
    # n = 100 + 100, both text and score shifted to .60: nothing leaked, yet flags abound.
    assert wrong_guard_alarms(100, 0.60, rows=100) > 30


@pytest.mark.parametrize(("n", "text", "score"), [(100, 0.6, 0.6), (400, 0.55, 0.55)])
def test_the_guard_lets_none_of_it_through(n: int, text: float, score: float) -> None:
    passed = sum(outcome.passed for outcome in outcomes(n, text=text, score=score, rows=15))
    assert passed <= most_hits(15, ALPHA)


@pytest.mark.slow
@pytest.mark.parametrize("n", [82, 250, 659])
@pytest.mark.parametrize("area", [0.5, 0.52, 0.55, 0.6])
def test_what_the_guard_lets_through_is_below_the_level(n: int, area: float) -> None:
    passed = sum(outcome.passed for outcome in outcomes(n, text=area, score=area, rows=60))
    assert passed <= most_hits(60, ALPHA)


@pytest.mark.slow
def test_a_shift_that_no_feature_shows_is_what_gamma_is_for() -> None:
    # The blind see nothing, the score is shifted to .55 by something unseen: odds of about 1.4.
    passed = sum(outcome.passed for outcome in outcomes(659, text=0.5, score=0.55, rows=60))
    assert passed <= most_hits(60, ALPHA)


@pytest.mark.slow
def test_a_real_leak_between_alike_groups_mostly_passes() -> None:
    passed = sum(outcome.passed for outcome in outcomes(659, text=0.5, score=0.8, rows=40))
    assert passed >= 30


def test_the_betting_test_alone_is_no_guard() -> None:
    rng = np.random.default_rng(3)
    flagged = 0
    for _ in range(40):
        scores, _, labels = drawn(rng, 659, text=0.55, score=0.55)
        flagged += label_betting(scores, labels).value >= 1 / ALPHA
    assert flagged > most_hits(40, ALPHA)
