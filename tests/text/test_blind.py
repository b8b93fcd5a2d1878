"""Blind features: what a judge can know without asking a model."""

import numpy as np
import pytest

from assay.text.blind import blind_features

TEXTS = [f"def f{i}(x):\n    return x + {i}" for i in range(30)] + [
    f"How many apples has {name}? There are {i} more than in June."
    for i, name in enumerate(["Ann", "Bob", "Cy", "Dee", "Eve"] * 6)
]


def test_few_columns_all_finite_and_the_same_every_time() -> None:
    features = blind_features(TEXTS, dates=np.arange(60))
    assert features.shape[0] == 60
    assert features.shape[1] <= 40
    assert np.isfinite(features).all()
    np.testing.assert_array_equal(features, blind_features(TEXTS, dates=np.arange(60)))


def test_kinds_of_text_lie_apart_in_some_column() -> None:
    features = blind_features(TEXTS)
    code, prose = features[:30], features[30:]
    gaps = np.abs(code.mean(axis=0) - prose.mean(axis=0)) / (features.std(axis=0) + 1e-12)
    assert gaps.max() > 1.9


def test_dates_are_the_last_column() -> None:
    dates = np.linspace(2020, 2024, 60)
    np.testing.assert_array_equal(blind_features(TEXTS, dates=dates)[:, -1], dates)


@pytest.mark.parametrize(
    "texts", [["", ""], ["same", "same", "same"], ["!!", "??"], ["a b", "c d"]]
)
def test_texts_with_little_to_say_are_no_error(texts: list[str]) -> None:
    features = blind_features(texts)
    assert features.shape[0] == len(texts)
    assert np.isfinite(features).all()


def test_impossible_input_is_refused() -> None:
    with pytest.raises(ValueError, match="at least two"):
        blind_features(["one"])
    with pytest.raises(ValueError, match="date"):
        blind_features(["one", "two"], dates=[1.0])
    with pytest.raises(ValueError, match="date"):
        blind_features(["one", "two"], dates=[1.0, float("nan")])
