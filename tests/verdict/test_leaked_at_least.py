"""The lower bound on the number of seen items, against closed testing spelt out."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from scipy import stats

from assay.core.evidence import Finding, Null
from assay.verdict.instruments import leaked_at_least

ALPHA = 0.05


def findings(firsts: list[bool], sizes: list[int]) -> list[Finding]:
    return [
        Finding(
            instrument="siblings",
            unit=f"u{k}",
            null=Null.EXACT,
            detail={"rank": 1 if first else 2, "of": of},
        )
        for k, (first, of) in enumerate(zip(firsts, sizes, strict=True))
    ]


def tail(chances: list[float], at_least: int) -> float:
    """Chance of at least so many successes, by going through all outcomes."""
    total = 0.0
    for outcome in product([False, True], repeat=len(chances)):
        if sum(outcome) >= at_least:
            total += float(
                np.prod([c if o else 1 - c for c, o in zip(chances, outcome, strict=True)])
            )
    return total


def by_closed_testing(firsts: list[bool], sizes: list[int], alpha: float) -> int:
    """Go through every set that might be the unseen items; the largest that stands is the rest."""
    n = len(firsts)
    for unseen in range(n, -1, -1):
        for chosen in combinations(range(n), unseen):
            chances = [1 / sizes[k] for k in chosen]
            if tail(chances, sum(firsts[k] for k in chosen)) > alpha:
                return n - unseen
    return n


@pytest.mark.parametrize("of", [2, 5, 20])
@pytest.mark.parametrize("n", [1, 3, 6])
def test_it_is_the_closed_test(n: int, of: int) -> None:
    for count in range(n + 1):
        firsts = [k < count for k in range(n)]
        expected = by_closed_testing(firsts, [of] * n, ALPHA)
        assert leaked_at_least(findings(firsts, [of] * n), ALPHA) == expected


def test_of_different_sizes_it_is_never_above_the_closed_test() -> None:
    sizes = [2, 20, 5, 20, 3]
    for firsts in product([False, True], repeat=5):
        bound = leaked_at_least(findings(list(firsts), sizes), ALPHA)
        assert bound <= by_closed_testing(list(firsts), sizes, ALPHA)


def test_it_is_rarely_too_high() -> None:
    rng = np.random.default_rng(3)
    n, of, seen, runs = 30, 10, 8, 400
    high = 0
    for _ in range(runs):
        firsts = [True] * seen + (rng.random(n - seen) < 1 / of).tolist()
        high += leaked_at_least(findings(firsts, [of] * n), ALPHA) > seen
    assert high <= stats.binom.ppf(0.999, runs, ALPHA)


def test_without_ranks_nothing_is_claimed() -> None:
    assert leaked_at_least([], ALPHA) == 0
    loose = [f.model_copy(update={"null": Null.NONE}) for f in findings([True] * 9, [20] * 9)]
    assert leaked_at_least(loose, ALPHA) == 0
