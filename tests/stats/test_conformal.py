"""Conformal tests against their oracles."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.oracles import conformal as oracle

from assay.stats import conformal
from assay.stats.evalues import e_bh

# Few distinct values, so that ties and thresholds hit exactly are common.
SAMPLE = st.lists(st.integers(0, 12).map(float), min_size=1, max_size=25)
LEVELS = st.sampled_from([Fraction(1, 20), Fraction(1, 10), Fraction(1, 4), Fraction(1, 2)])


@given(SAMPLE, SAMPLE, LEVELS)
def test_everything_equals_the_oracles(
    suspects: list[float], controls: list[float], q: Fraction
) -> None:
    exact = oracle.p_values(suspects, controls)
    np.testing.assert_allclose(conformal.p_values(suspects, controls), [float(p) for p in exact])
    expected = oracle.bh(exact, q)
    assert conformal.flags(suspects, controls, float(q)).tolist() == expected
    evalues = conformal.bashari_e(suspects, controls, float(q))
    np.testing.assert_allclose(evalues, oracle.bashari_e(suspects, controls, q))


@given(SAMPLE, SAMPLE, LEVELS)
def test_e_bh_on_bashari_equals_bh_on_conformal(
    suspects: list[float], controls: list[float], q: Fraction
) -> None:
    evalues = conformal.bashari_e(suspects, controls, float(q))
    # e-BH compares floats where BH compares fractions: a hair of slack keeps exact ties equal.
    chosen = e_bh(evalues, float(q) * (1 + 1e-9))
    assert chosen.tolist() == conformal.flags(suspects, controls, float(q)).tolist()


@pytest.mark.parametrize("bad", [[], [float("nan")], [[1.0]]])
def test_impossible_samples_are_refused(bad: list[float]) -> None:
    for call in (conformal.p_values, lambda a, b: conformal.bashari_e(a, b, 0.1)):
        with pytest.raises(ValueError, match="non-empty"):
            call(bad, [1.0])
        with pytest.raises(ValueError, match="non-empty"):
            call([1.0], bad)


def test_impossible_levels_are_refused() -> None:
    with pytest.raises(ValueError, match="q must"):
        conformal.bh([0.5], 0.0)
    with pytest.raises(ValueError, match="q must"):
        conformal.bashari_e([1.0], [0.0], 1.0)
    with pytest.raises(ValueError, match="within"):
        conformal.bh([1.5], 0.1)
