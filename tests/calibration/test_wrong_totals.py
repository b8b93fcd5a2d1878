"""Tempting ways to reach a total, each shown to break its bound, beside the one that keeps it."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from tests.calibration.worlds import Array, labels, most_hits

from assay.stats.betting import label_betting_many
from assay.stats.evalues import average, rank_e
from assay.stats.permutation import joint_rank, missingness

CALIBRATORS: dict[str, Callable[[Array], Array]] = {
    "linear": lambda p: 2 * (1 - p),
    "power": lambda p: 0.5 * p**-0.5,
    "shifted": lambda p: 1.5 - p,
}


def product_alarms(suspects: int, *, rows: int, seed: int) -> dict[str, int]:
    """Multiply calibrated conformal p-values that share 82 controls; count the runs that reach 100.

    The p-values are smoothed (ties broken at random), hence exactly uniform one by one, and each
    e-value has mean exactly 1: nothing but the product is at fault.
    """
    rng = np.random.default_rng(seed)
    alarms = dict.fromkeys(CALIBRATORS, 0)
    for _ in range(rows // 500):
        scores, controls = rng.random((500, suspects)), np.sort(rng.random((500, 82)), axis=1)
        # Shifting row r by 2r lets one search serve all rows.
        rise = 2.0 * np.arange(500)[:, None]
        place = np.searchsorted((controls + rise).ravel(), (scores + rise).ravel())
        above = 82 * np.arange(1, 501)[:, None] - place.reshape(500, -1)
        p = (above + rng.random(above.shape)) / 83
        for name, calibrator in CALIBRATORS.items():
            wealth = np.cumsum(np.log(calibrator(p)), axis=1)
            alarms[name] += int(np.count_nonzero(wealth.max(axis=1) >= np.log(100)))
    return alarms


def test_products_of_conformal_evalues_with_shared_controls_break_their_bound() -> None:
    found = product_alarms(1_000, rows=6_000, seed=1)
    for name, alarms in found.items():
        assert alarms > most_hits(6_000, 0.01), f"{name}: {alarms / 6_000:.4f}"
    assert found["shifted"] > 10 * 6_000 * 0.01


@pytest.mark.slow
def test_products_break_their_bound_even_with_as_many_controls() -> None:
    for name, alarms in product_alarms(82, rows=20_000, seed=2).items():
        assert alarms > most_hits(20_000, 0.01), f"{name}: {alarms / 20_000:.4f}"


def test_label_betting_with_the_same_shared_controls_keeps_it() -> None:
    rng = np.random.default_rng(2)
    alarms, rows = 0, 500  # the full 20,000 at 82 + 82 are in test_label_betting.py
    for _ in range(rows // 50):
        suspects = labels(rng, 50, 500, 41)
        paths = label_betting_many(rng.random(suspects.shape), suspects)
        alarms += int(np.count_nonzero(paths.max(axis=1) >= np.log(100)))
    assert alarms <= most_hits(rows, 0.01)


def test_averaging_maxima_breaks_the_bound_and_current_values_keep_it() -> None:
    # Twenty fair games: each step multiplies by 1.1 with probability 1/1.1, else all is lost.
    rng = np.random.default_rng(3)
    rows, games = 20_000, 20
    survived = rng.geometric(1 - 1 / 1.1, size=(rows, games)) - 1
    wrong = np.count_nonzero((1.1**survived).mean(axis=1) >= 10)
    best = np.zeros(rows)
    for step in range(200):
        best = np.maximum(best, 1.1**step * (survived >= step).mean(axis=1))
    right = np.count_nonzero(best >= 10)
    assert wrong > most_hits(rows, 0.12), f"maxima: {wrong / rows:.3f}"
    assert right <= most_hits(rows, 0.1), f"current: {right / rows:.3f}"


def refusal_runs(*, drop: bool, rows: int) -> Array:
    """Log wealth when low-scoring suspects are mostly refused, although nothing leaked."""
    rng = np.random.default_rng(4)
    ends = []
    for _ in range(rows // 500):
        scores, suspects = rng.standard_normal((500, 120)), labels(rng, 500, 60, 60)
        refused = suspects & (scores < 0) & (rng.random(scores.shape) < 0.7)
        if not drop:
            ends.append(label_betting_many(np.where(refused, -np.inf, scores), suspects))
            continue
        kept = [~row for row in refused]
        ends.extend(
            label_betting_many(s[None, k], y[None, k])[:, -1:]
            for s, y, k in zip(scores, suspects, kept, strict=True)
        )
    return np.concatenate([end.max(axis=1) for end in ends])


def test_dropping_refusals_breaks_the_bound_and_a_fixed_worst_score_keeps_it() -> None:
    wrong = np.count_nonzero(refusal_runs(drop=True, rows=500) >= np.log(100))
    # Of 2,000 at .01, 34 may pass: a rate of .025, a quarter of the other, would be seen.
    right = np.count_nonzero(refusal_runs(drop=False, rows=2_000) >= np.log(100))
    assert wrong > 2 * most_hits(500, 0.01), f"dropped: {wrong / 500:.3f}"
    assert right <= most_hits(2_000, 0.01), f"worst score: {right / 2_000:.3f}"


def test_refusals_that_follow_the_label_are_noticed() -> None:
    rng = np.random.default_rng(5)
    noticed = 0
    for _ in range(200):
        missing = int(np.count_nonzero((rng.standard_normal(60) < 0) & (rng.random(60) < 0.5)))
        noticed += missingness([[60 - missing, missing], [60, 0]]) < 0.01
    assert noticed >= 190


def ranks(rng: np.random.Generator, *, redraw: bool, rho: float, rows: int) -> NDArray[np.int64]:
    """Ranks of the published among 20 variants of 164 items by a model that never saw any."""
    nature = rng.standard_normal((rows, 164, 20))
    score = rho * nature + np.sqrt(1 - rho**2) * rng.standard_normal(nature.shape)
    order = np.argsort(np.argsort(nature, axis=2), axis=2)
    drawn = rng.integers(0, 20, (rows, 164, 1))
    if redraw:  # whoever looks at the draw and takes another when it is among the 4 ugliest
        ugly = np.take_along_axis(order, drawn, axis=2) < 4
        handsome = np.argmax(order == rng.integers(4, 20, drawn.shape), axis=2)[:, :, None]
        drawn = np.where(ugly, handsome, drawn)
    published = np.take_along_axis(score, drawn, axis=2)
    return np.asarray(1 + np.count_nonzero(score > published, axis=2))


def rank_mean_alarms(*, redraw: bool, rows: int) -> int:
    """Test the mean rank of 164 items at .01 (its law is normal enough at that many items)."""
    drawn = ranks(np.random.default_rng(6), redraw=redraw, rho=0.6, rows=rows)
    spread = np.sqrt((20**2 - 1) / 12 / 164)
    z = (10.5 - drawn.mean(axis=1)) / spread
    return int(np.count_nonzero(z >= stats.norm.ppf(0.99)))


def test_redrawing_ugly_siblings_breaks_the_level_and_a_committed_draw_keeps_it() -> None:
    wrong, right = (rank_mean_alarms(redraw=flag, rows=400) for flag in (True, False))
    assert wrong > 3 * most_hits(400, 0.01), f"redrawn: {wrong / 400:.3f}"
    assert right <= most_hits(400, 0.01), f"committed: {right / 400:.3f}"


@pytest.mark.slow
def test_the_product_over_committed_siblings_keeps_its_bound() -> None:
    rng = np.random.default_rng(6)
    gains = np.log([rank_e(r, 20) for r in range(1, 21)])
    alarms = 0
    for _ in range(100):
        wealth = np.cumsum(gains[ranks(rng, redraw=False, rho=0.6, rows=200) - 1], axis=1)
        alarms += int(np.count_nonzero(wealth.max(axis=1) >= np.log(100)))
    assert alarms <= most_hits(20_000, 0.01)


def abstaining_alarms(*, reweigh: bool, rows: int) -> int:
    """Two instruments; the first abstains where the second shines, on 20 units in a row."""
    rng = np.random.default_rng(7)
    alarms = 0
    for _ in range(rows):
        first, second = rng.choice([0.2, 1.8], (2, 20))
        abstains = second > 1
        weights = [[float(not (reweigh and a)), 1.0] for a in abstains]
        steps = [
            average([1.0 if a else e, f], w)
            for e, f, a, w in zip(first, second, abstains, weights, strict=True)
        ]
        alarms += bool(np.cumprod(steps).max() >= 20)
    return alarms


def test_reweighing_abstentions_breaks_the_bound_and_counting_one_keeps_it() -> None:
    wrong, right = (abstaining_alarms(reweigh=flag, rows=600) for flag in (True, False))
    assert wrong > most_hits(600, 0.05), f"reweighed: {wrong / 600:.3f}"
    assert right <= most_hits(600, 0.05), f"counted as one: {right / 600:.3f}"


def shard_p_values(rows: int) -> tuple[Array, Array]:
    """P-values of ten dependent shards: a t-test over shards, and one joint rank."""
    rng = np.random.default_rng(8)
    # The observed order and 99 shuffles are exchangeable, but each moves all shards together.
    shared = rng.standard_normal((rows, 1, 100))
    table = shared + rng.standard_normal((rows, 10, 100))
    gaps = table[:, :, 0] - table[:, :, 1:].mean(axis=2)
    t_test = stats.ttest_1samp(gaps, 0.0, axis=1, alternative="greater").pvalue
    joint = np.array([joint_rank(run[:, 0], run[:, 1:]) for run in table])
    return np.asarray(t_test), joint


def test_a_t_test_over_dependent_shards_breaks_its_level_and_a_joint_rank_keeps_it() -> None:
    t_test, joint = shard_p_values(3_000)
    wrong, right = np.count_nonzero(t_test <= 0.01), np.count_nonzero(joint <= 0.01)
    assert wrong > 3 * most_hits(3_000, 0.01), f"t-test: {wrong / 3_000:.3f}"
    assert right <= most_hits(3_000, 0.01), f"joint rank: {right / 3_000:.3f}"
