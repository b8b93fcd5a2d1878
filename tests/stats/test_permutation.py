"""Permutation tests against enumeration."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike
from tests.oracles import permutation as oracle

from assay.stats import permutation

SMALL = st.lists(st.integers(0, 5).map(float), min_size=1, max_size=4)


@given(st.integers(0, 5).map(float), SMALL)
def test_rank_p_equals_the_oracle(observed: float, draws: list[float]) -> None:
    assert permutation.rank_p(observed, draws) == oracle.rank_p(observed, draws)


@given(SMALL, SMALL)
@settings(max_examples=40, deadline=None)
def test_mann_whitney_equals_enumeration(suspects: list[float], controls: list[float]) -> None:
    # Samples this small have fewer labellings than shuffles, so ties are enumerated too.
    expected = oracle.mann_whitney(suspects, controls)
    assert permutation.mann_whitney(suspects, controls) == pytest.approx(expected)


def test_mann_whitney_with_ties_in_large_samples_keeps_its_floor() -> None:
    p = permutation.mann_whitney([1.0] * 60, [0.0] * 60)
    assert p == pytest.approx(1 / 10_000)
    assert p == permutation.mann_whitney([1.0] * 60, [0.0] * 60)


def test_a_joint_rank_over_shards_equals_the_rank_of_the_sums() -> None:
    rng = np.random.default_rng(1)
    observed, draws = rng.normal(size=5), rng.normal(size=(5, 99))
    expected = oracle.rank_p(observed.sum(), draws.sum(axis=0).tolist())
    assert permutation.joint_rank(observed, draws) == pytest.approx(expected)


def test_a_joint_rank_counts_equal_sums_as_ties() -> None:
    column = np.array([0.1, 0.2, 0.3])
    draws = np.tile(column[:, None], (1, 9))
    assert permutation.joint_rank(column, draws) == 1.0


def test_a_permutation_test_on_a_constant_is_one() -> None:
    def difference(a: np.ndarray, b: np.ndarray, axis: int = 0) -> ArrayLike:
        return np.asarray(a.mean(axis=axis) - b.mean(axis=axis))

    p = permutation.permutation_test(difference, [1.0] * 5, [1.0] * 5, permutations=99, seed=0)
    assert p == 1.0


def test_besag_clifford_is_exact_when_every_rank_is_equally_likely() -> None:
    # Under the null the chance u of a hit is uniform, so a sequence with k hits among n has the
    # probability of a Beta integral. Summing over all 2^6 sequences gives the exact law of p.
    limit, hits = 6, 2
    law: dict[float, float] = {}
    for sequence in product([True, False], repeat=limit):
        k = sum(sequence)
        weight = 1 / (7 * [1, 6, 15, 20, 15, 6, 1][k])
        p = permutation.besag_clifford(iter(sequence), hits=hits, limit=limit)
        law[p] = law.get(p, 0.0) + weight
    total = 0.0
    for p in sorted(law):
        total += law[p]
        assert total <= p + 1e-12
    assert total == pytest.approx(1.0)


def test_besag_clifford_draws_no_more_than_needed() -> None:
    draws = iter([True] * 3 + [False] * 7)
    assert permutation.besag_clifford(draws, hits=3, limit=10) == 1.0
    assert len(list(draws)) == 7


def test_besag_clifford_at_the_limit_is_a_rank() -> None:
    assert permutation.besag_clifford(iter([False] * 99), hits=10, limit=99) == 0.01


def test_missing_answers_are_compared_by_label() -> None:
    assert permutation.missingness([[82, 0], [82, 0]]) == 1.0
    assert permutation.missingness([[82, 0], [70, 12]]) < 0.001
    assert permutation.missingness([[5, 5], [5, 5]]) == 1.0


def test_impossible_input_is_refused() -> None:
    with pytest.raises(ValueError, match="draws"):
        permutation.rank_p(1.0, [])
    with pytest.raises(ValueError, match="missing"):
        permutation.rank_p(float("nan"), [1.0])
    with pytest.raises(ValueError, match="shards"):
        permutation.joint_rank([1.0], [[1.0], [2.0]])
    with pytest.raises(ValueError, match="at least one"):
        permutation.permutation_test(np.subtract, [1.0], [1.0], permutations=0, seed=0)
    with pytest.raises(ValueError, match="hits"):
        permutation.besag_clifford(iter([]), hits=5, limit=3)
    with pytest.raises(ValueError, match="ended after 1"):
        permutation.besag_clifford(iter([False]), hits=1, limit=3)
    with pytest.raises(ValueError, match="2 x 2"):
        permutation.missingness([[1, 2, 3], [1, 2, 3]])
