"""One score from many signals: how unlike honest accounts, in the directions that harvesting takes?

Each signal becomes the normal score of its rank among honest accounts, and what is below their
median counts as the median. Weights are learned on simulated accounts and never negative. So a
score only rises by a signal that was measured and is higher than usual: a column that is missing
adds nothing, and never raises a score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict
from scipy.special import ndtri
from sklearn.linear_model import LogisticRegression

from assay.stats.standing import below

__all__ = ["LEAST", "Usual", "Weights", "learn", "score"]

Floats = NDArray[np.float64]

LEAST = 20
"""Honest accounts that a signal must have measured: of fewer no rank is worth its name."""


class Weights(BaseModel):
    """What each signal is worth, and what it was learned on."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    weight: Mapping[str, float]
    """Never negative; signals that are not named count nothing."""
    version: Mapping[str, int]
    """Of every signal; those of another version are not what was learned."""
    dropped: tuple[str, ...] = ()
    """Signals whose weight would have been negative: higher was less like harvesting, there."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual: every signal's values of the accounts that say so."""

    ordered: Mapping[str, Floats]

    @classmethod
    def of(cls, signals: Sequence[str], value: Floats) -> Usual:
        """Take the reference's values, shape (..., signals); NaN is left out.

        Examples
        --------
        >>> Usual.of(["a"], np.array([[2.0], [np.nan], [1.0]])).ordered["a"].tolist()
        [1.0, 2.0]
        """
        flat = value.reshape(-1, len(signals))
        columns = (column[~np.isnan(column)] for column in flat.T)
        return cls({name: np.sort(column) for name, column in zip(signals, columns, strict=True)})

    def normal(self, signals: Sequence[str], value: Floats) -> Floats:
        """Return normal scores of ranks, of the shape of `value`; NaN where nothing can be said.

        Examples
        --------
        >>> usual = Usual.of(["a"], np.arange(99.0)[:, None])
        >>> usual.normal(["a"], np.array([[49.0], [98.0], [np.nan]])).round(2).ravel().tolist()
        [0.0, 2.33, nan]
        """
        found = np.full(value.shape, np.nan)
        for at, name in enumerate(signals):
            ordered = self.ordered.get(name, np.empty(0))
            if ordered.size >= LEAST:
                found[..., at] = _normal(value[..., at], ordered)
        return found

    def silent(self, signals: Sequence[str]) -> tuple[str, ...]:
        """Which signals count nothing here, since too few honest accounts have them?"""
        none = np.empty(0)
        return tuple(name for name in signals if self.ordered.get(name, none).size < LEAST)


def _normal(value: Floats, ordered: Floats) -> Floats:
    rank = (below(value, ordered) * ordered.size + 0.5) / (ordered.size + 1)
    return np.asarray(np.where(np.isnan(value), np.nan, ndtri(rank)), dtype=np.float64)


def score(weights: Weights, signals: Sequence[str], normal: Floats) -> Floats:
    """How much like harvesting is each unit, by all signals together?

    Parameters
    ----------
    weights
        Learned ones.
    signals
        Names of the last axis.
    normal
        From `Usual.normal`, shape (..., signals).

    Returns
    -------
    Shape (...), 0 where nothing is above the honest median, and where every signal abstains.

    Examples
    --------
    >>> weights = Weights(weight={"a": 2.0}, version={"a": 1})
    >>> score(weights, ["a", "b"], np.array([[1.5, 9.0], [-1.0, 0.0], [np.nan, 0.0]])).tolist()
    [3.0, 0.0, 0.0]
    """
    each = np.array([weights.weight.get(name, 0.0) for name in signals])
    return np.asarray(_above(normal) @ each, dtype=np.float64)


def _above(normal: Floats) -> Floats:
    return np.maximum(np.nan_to_num(normal, nan=0.0, posinf=0.0, neginf=0.0), 0.0)


def learn(
    signals: Mapping[str, int], normal: Floats, harvests: ArrayLike, *, penalty: float = 1.0
) -> Weights:
    """What is each signal worth, to tell harvesting accounts from honest ones?

    Logistic regression with an L2 penalty, both classes weighed alike. A signal whose weight comes
    out negative is dropped and the rest is learned again, until none is: that higher is more like
    harvesting was said before, and what a simulation knows better is not believed.

    Parameters
    ----------
    signals
        Name and version of each column.
    normal
        From `Usual.normal`, shape (accounts, signals).
    harvests
        Which accounts do, shape (accounts,).
    penalty
        Larger is more.

    Raises
    ------
    ValueError
        All accounts are of one kind.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> does = np.arange(400) < 200
    >>> told = rng.standard_normal((400, 2)) + np.outer(does, [2.0, -2.0])
    >>> found = learn({"up": 1, "down": 1}, told, does)
    >>> found.weight["up"] > 0.5, found.weight["down"], found.dropped
    (True, 0.0, ('down',))
    """
    label = np.asarray(harvests, dtype=bool)
    if label.all() or not label.any():
        msg = "accounts of both kinds are needed"
        raise ValueError(msg)
    names, above = list(signals), _above(normal)
    kept = [at for at in range(len(names)) if above[:, at].any()]
    worth: dict[int, float] = {}
    while kept:
        model = LogisticRegression(C=1 / penalty, class_weight="balanced", max_iter=1000)
        model.fit(above[:, kept], label)
        worth = dict(zip(kept, model.coef_[0].tolist(), strict=True))
        if min(worth.values()) >= 0:
            break
        kept = [at for at in kept if worth[at] >= 0]
        worth = {}
    return Weights(
        weight={name: worth.get(at, 0.0) for at, name in enumerate(names)},
        version=dict(signals),
        dropped=tuple(name for at, name in enumerate(names) if at not in worth),
    )
