"""Item flags by competition with a decoy: the definition, the error rate, the power."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.oracles import decoys as oracle

from assay.stats.decoys import decoy_flags

Row = NDArray[np.float64]


def world(
    seed: int, *, known: int, items: int = 500, odds: float = 1.0
) -> tuple[Row, Row, list[str], NDArray[np.bool_]]:
    """Draw fits of items in pairs, of which some are known; others match either text by luck.

    `odds` is how much oftener luck falls on the own text.
    """
    rng = np.random.default_rng(seed)
    truth = rng.permutation(items) < known
    lucky = rng.random(items) < 0.3
    size = 1 + rng.geometric(0.1, size=items)
    wins = rng.random(items) < odds / (1 + odds)
    own = np.where(truth, rng.integers(5, 50, items), np.where(lucky & wins, size, 0))
    decoy = np.where(~truth & lucky & ~wins, size, 0)
    return own.astype(float), decoy.astype(float), [str(i // 2) for i in range(items)], truth


def test_the_definition() -> None:
    for seed in range(60):
        own, decoy, pairs, _ = world(seed, known=5 + seed % 20, items=60)
        pairs[seed % 60] = ""
        for q, gamma in ((0.1, 1.0), (0.3, 1.0), (0.3, 1.5)):
            found = decoy_flags(own, decoy, pairs, q=q, gamma=gamma)
            assert found.tolist() == oracle.decoy_flags(
                own.tolist(), decoy.tolist(), pairs, q, gamma
            )


@pytest.mark.parametrize(("odds", "gamma"), [(1.0, 1.0), (1.5, 1.5)])
@pytest.mark.parametrize("known", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in (25, 50))])
def test_false_discoveries_stay_below_the_level(known: int, odds: float, gamma: float) -> None:
    shares = []
    for seed in range(1000):
        own, decoy, pairs, truth = world(seed, known=known, odds=odds)
        flags = decoy_flags(own, decoy, pairs, q=0.1, gamma=gamma)
        shares.append((flags & ~truth).sum() / max(1, flags.sum()))
    # Three standard errors of the mean above the level; the seeds are fixed.
    assert np.mean(shares) <= 0.1 + 3.1 * np.std(shares) / 1000**0.5


def test_bias_that_is_not_allowed_for_breaks_the_level() -> None:
    """The allowance is no decoration."""
    shares = []
    for seed in range(300):
        own, decoy, pairs, truth = world(seed, known=50, odds=3.0)
        flags = decoy_flags(own, decoy, pairs, q=0.1, gamma=1.0)
        shares.append((flags & ~truth).sum() / max(1, flags.sum()))
    assert np.mean(shares) > 0.15


def test_one_in_ten_is_found() -> None:
    found = []
    for seed in range(200):
        own, decoy, pairs, truth = world(seed, known=50)
        own[~truth] = decoy[~truth] = 0  # long rare n-grams are not met by luck
        flags = decoy_flags(own, decoy, pairs, q=0.1, gamma=1.5)
        assert not (flags & ~truth).any()
        found.append((flags & truth).sum() / 50)
    # A tenth of the known items share their pair with another one, and one of a pair is tested.
    assert np.mean(found) > 0.9


def test_too_few_to_flag() -> None:
    names = [str(i) for i in range(9)]
    assert not decoy_flags([9.0] * 9, [0.0] * 9, names, q=0.1).any()
    assert decoy_flags([9.0] * 10, [0.0] * 10, [*names, "9"], q=0.1).all()
    assert not decoy_flags([9.0] * 10, [0.0] * 10, [*names, "9"], q=0.1, gamma=1.5).any()


def test_one_of_a_pair_is_tested() -> None:
    own = [9.0, 5.0] * 12
    flags = decoy_flags(own, [0.0] * 24, [str(i // 2) for i in range(24)], q=0.1)
    assert flags.tolist() == [True, False] * 12


def test_nothing_to_test() -> None:
    assert decoy_flags([], [], [], q=0.1).tolist() == []
    assert decoy_flags([9.0] * 3, [0.0] * 3, [""] * 3, q=0.5).tolist() == [False] * 3


@pytest.mark.parametrize(
    ("own", "decoy", "pairs", "q", "gamma"),
    [
        ([1.0], [1.0], ["a", "b"], 0.1, 1.0),
        ([1.0] * 3, [1.0] * 3, ["a"] * 3, 0.1, 1.0),
        ([-1.0], [1.0], ["a"], 0.1, 1.0),
        ([np.nan], [1.0], ["a"], 0.1, 1.0),
        ([1.0], [1.0], ["a"], 0.0, 1.0),
        ([1.0], [1.0], ["a"], 0.1, 0.5),
    ],
)
def test_what_does_not_fit(
    own: list[float], decoy: list[float], pairs: list[str], q: float, gamma: float
) -> None:
    with pytest.raises(ValueError, match=r"pair|least 0|need"):
        decoy_flags(own, decoy, pairs, q=q, gamma=gamma)
