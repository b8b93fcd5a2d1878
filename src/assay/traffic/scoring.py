"""One score from many signals: how unlike honest accounts, in the directions that harvesting takes?

Each signal becomes the normal score of its rank among honest accounts, and what is below their
median counts as the median. A signal counts by itself, and again with each other: two count
together what both of them reach. (Honest batches run around the clock, honest programs share a
template; who does both is rarer.) Weights are learned on simulated accounts and never negative. So
a score only rises by a signal that was measured and is higher than usual: a column that is missing
adds nothing, and never raises a score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict, Field
from scipy.optimize import minimize
from scipy.special import expit, ndtri

from assay.stats.standing import below

__all__ = ["LEAST", "Usual", "Weights", "adds", "learn", "score"]

Floats = NDArray[np.float64]

LEAST = 20
"""Honest accounts that a signal must have measured: of fewer no rank is worth its name."""


class Weights(BaseModel):
    """What each signal is worth, and what it was learned on."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    weight: Mapping[str, float]
    """Never negative; signals that are not named count nothing."""
    both: Mapping[str, Mapping[str, float]] = Field(default_factory=dict)
    """Of two signals together, never negative: by the one that comes first, then by the other."""
    version: Mapping[str, int]
    """Of every signal; those of another version are not what was learned."""
    dropped: tuple[str, ...] = ()
    """Signals that count nothing, alone or with another: higher was no more like harvesting."""


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
    >>> weights = Weights(weight={"a": 2.0}, both={"a": {"b": 1.0}}, version={"a": 1})
    >>> score(weights, ["a", "b"], np.array([[1.5, 9.0], [-1.0, 2.0], [np.nan, 0.0]])).tolist()
    [4.5, 0.0, 0.0]
    """
    return np.asarray(adds(weights, signals, normal).sum(axis=-1), dtype=np.float64)


def adds(weights: Weights, signals: Sequence[str], normal: Floats) -> Floats:
    """What does each signal add to the score? Two share what they add together.

    Parameters
    ----------
    weights, signals, normal
        As of `score`.

    Returns
    -------
    Of the shape of `normal`.

    Examples
    --------
    >>> weights = Weights(weight={"a": 2.0}, both={"a": {"b": 1.0}}, version={"a": 1})
    >>> adds(weights, ["a", "b"], np.array([[1.5, 9.0]])).tolist()
    [[3.75, 0.75]]
    """
    above = _above(normal)
    found = above * np.array([weights.weight.get(name, 0.0) for name in signals])
    for one, other in combinations(range(len(signals)), 2):
        if each := weights.both.get(signals[one], {}).get(signals[other], 0.0):
            shared = each * np.minimum(above[..., one], above[..., other]) / 2
            found[..., one] += shared
            found[..., other] += shared
    return np.asarray(found, dtype=np.float64)


def _above(normal: Floats) -> Floats:
    return np.maximum(np.nan_to_num(normal, nan=0.0, posinf=0.0, neginf=0.0), 0.0)


def learn(
    signals: Mapping[str, int], normal: Floats, harvests: ArrayLike, *, penalty: float = 1.0
) -> Weights:
    """What is each signal worth, alone and with another, to tell harvesting from honest?

    Logistic regression with weights of 0 or more, an L2 penalty, and both classes weighed alike.
    That higher is more like harvesting was said before; what a simulation knows better is not
    believed.

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
    pairs = list(combinations(range(len(names)), 2))
    together = [np.minimum(above[:, one], above[:, other]) for one, other in pairs]
    worth = _positive(np.column_stack([above, *together]), label, penalty)
    alone, shared = worth[: len(names)], worth[len(names) :]
    both: dict[str, dict[str, float]] = {}
    for (one, other), value in zip(pairs, shared.tolist(), strict=True):
        if value:
            both.setdefault(names[one], {})[names[other]] = value
    used = {*both, *(other for each in both.values() for other in each)}
    return Weights(
        weight=dict(zip(names, alone.tolist(), strict=True)),
        both=both,
        version=dict(signals),
        dropped=tuple(
            n for n, value in zip(names, alone, strict=True) if not value and n not in used
        ),
    )


def _positive(table: Floats, label: NDArray[np.bool_], penalty: float) -> Floats:
    """Return weights of columns, shape (columns,), none negative: a convex problem, one answer."""
    weigh = np.where(label, 0.5 / label.mean(), 0.5 / (1 - label.mean()))

    def loss(at: Floats) -> tuple[float, Floats]:
        logit = at[0] + table @ at[1:]
        off = weigh * (expit(logit) - label)
        lost = weigh @ np.logaddexp(0, np.where(label, -logit, logit))
        slope = np.concatenate([[off.sum()], off @ table + penalty * at[1:]])
        return float(lost + penalty / 2 * at[1:] @ at[1:]), slope

    columns = table.shape[1]
    bounds = [(None, None), *((0.0, None),) * columns]
    found = minimize(
        loss, np.zeros(columns + 1), jac=True, method="L-BFGS-B", bounds=bounds,
        options={"maxiter": 2_000},
    )  # fmt: skip
    worth: Floats = found.x[1:]
    # What is this small moves no score by a hundredth, and is an end of the search, not a finding.
    return np.where(worth < 1e-3, 0.0, worth)
