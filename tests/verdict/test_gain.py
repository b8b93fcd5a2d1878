"""Published minus siblings: an interval for a known inflation, exposure tied to ease included."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from assay.core.evidence import Finding
from assay.verdict.instruments import gain

LIKES = 3


def findings(right: np.ndarray) -> list[Finding]:
    """Turn right and wrong, shape (n, 1 + LIKES), the published one first, into findings."""
    return [
        Finding(
            instrument="gap", unit=str(n), score=row[0] - row[1:].mean(), detail={"likes": LIKES}
        )
        for n, row in enumerate(right.astype(float))
    ]


@pytest.mark.slow
@pytest.mark.parametrize("lift", [0.0, 0.3])
@pytest.mark.parametrize("tied", [False, True])
def test_the_interval_covers_the_known_inflation(*, lift: float, tied: bool) -> None:
    rng = np.random.default_rng(11)
    runs, items, covered = 200, 60, 0
    for _ in range(runs):
        ease = rng.beta(2, 2, size=items)
        # What was seen is solved with chance `lift` more; easy items were seen oftener, if tied.
        seen = rng.random(items) < (ease if tied else 0.5)
        chances = np.repeat(ease[:, None], 1 + LIKES, axis=1)
        chances[:, 0] += lift * seen * (1 - ease)
        estimate = gain(findings(rng.random(chances.shape) < chances))
        assert estimate is not None
        # The mean over such items of what having seen them adds: E[s(1 - s)] of Beta(2, 2) is 1/5.
        truth = lift * (0.2 if tied else 0.25)
        covered += estimate.low <= truth <= estimate.high
    # 95 % or more; below the .1 % quantile once in a thousand, and the seed is fixed.
    assert covered >= stats.binom.ppf(0.001, runs, 0.95)


def test_what_is_no_comparison_has_no_gain() -> None:
    assert gain([Finding(instrument="siblings", unit="a", score=1.0)]) is None
    assert gain([]) is None
