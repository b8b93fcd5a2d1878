"""Confidence sequences against the oracle and their laws."""

import numpy as np
import pytest
from tests.oracles import sequential as oracle

from assay.stats.sequential import mean_sequence, mean_sequence_without_replacement


@pytest.mark.parametrize("seed", range(3))
def test_both_sequences_equal_the_oracle(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = (rng.random(18) < 0.7) * 1.0 if seed else rng.random(18)
    for fast, slow in (
        (mean_sequence(values, alpha=0.1), oracle.bounds(values.tolist(), 0.1)),
        (
            mean_sequence_without_replacement(values, 25, alpha=0.1),
            oracle.bounds(values.tolist(), 0.1, 25),
        ),
    ):
        np.testing.assert_allclose(fast[0], slow[0], atol=1e-9)
        np.testing.assert_allclose(fast[1], slow[1], atol=1e-9)


def test_bounds_only_tighten_and_keep_the_mean() -> None:
    values = np.random.default_rng(3).beta(2, 5, size=300)
    low, high = mean_sequence(values, alpha=0.05)
    assert (np.diff(low) >= 0).all()
    assert (np.diff(high) <= 0).all()
    assert low[-1] < 2 / 7 < high[-1]
    assert high[-1] - low[-1] < 0.12


def test_a_whole_population_is_known_exactly() -> None:
    values = np.random.default_rng(4).random(40)
    low, high = mean_sequence_without_replacement(values, 40, alpha=0.05)
    assert low[-1] == pytest.approx(values.mean())
    assert high[-1] == pytest.approx(values.mean())


def test_sampling_without_replacement_is_never_much_wider() -> None:
    values = (np.random.default_rng(5).random(120) < 0.4) * 1.0
    with_low, with_high = mean_sequence(values, alpha=0.05)
    low, high = mean_sequence_without_replacement(values, 160, alpha=0.05)
    assert high[-1] - low[-1] < with_high[-1] - with_low[-1]


def test_another_range_is_the_same_problem_rescaled() -> None:
    values = np.random.default_rng(6).random(30)
    low, high = mean_sequence(values, alpha=0.05)
    wide = mean_sequence(values * 8 - 3, alpha=0.05, lower=-3, upper=5)
    np.testing.assert_allclose(wide[0], low * 8 - 3, atol=1e-9)
    np.testing.assert_allclose(wide[1], high * 8 - 3, atol=1e-9)


def test_impossible_input_is_refused() -> None:
    with pytest.raises(ValueError, match="between"):
        mean_sequence([2.0], alpha=0.05)
    with pytest.raises(ValueError, match="between"):
        mean_sequence([float("nan")], alpha=0.05)
    with pytest.raises(ValueError, match="non-empty"):
        mean_sequence([], alpha=0.05)
    with pytest.raises(ValueError, match="alpha"):
        mean_sequence([0.5], alpha=0.0)
    with pytest.raises(ValueError, match="without replacement"):
        mean_sequence_without_replacement([0.5, 0.5], 1, alpha=0.05)
