"""What is an account doing? A set of answers: one is an answer, several say what is not known.

Five classes. For each a p-value: how many of the accounts that are known to be of it fit it worse?
The set holds the classes that are not rejected at alpha. Whatever the true class, it is in the set
with probability at least 1 - alpha, *for accounts like those of the simulator*: no log has real
labels of distillation, so this coverage holds for the simulator only. A kind of account that the
simulator does not know gets whatever class it resembles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict
from sklearn.linear_model import LogisticRegression

from assay.stats.conformal import p_values

__all__ = ["CLASSES", "GRAY", "SETTLES", "Class", "Classifier", "fit", "gray"]

Floats = NDArray[np.float64]
Class = Literal["distillation", "evaluation", "application", "bulk", "ordinary"]
CLASSES: tuple[Class, ...] = get_args(Class)

GRAY = frozenset({"distillation", "evaluation"})
SETTLES = (
    "a declared evaluation programme: which benchmarks, from when to when, by whom?",
    "who the customer is, as the provider's own check of identity says",
    "one question to the customer: what are the outputs kept for?",
)
"""What would settle the gray zone."""
KEPT = 500
"""Calibration scores of a class that are kept: a p-value is no finer than that needs to be."""


class Classifier(BaseModel):
    """A multinomial logistic model of signals, and how well each class's own accounts fit it."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    signals: tuple[str, ...]
    weight: tuple[tuple[float, ...], ...]
    """Shape (classes, signals)."""
    bias: tuple[float, ...]
    calibration: Mapping[Class, tuple[float, ...]]
    """Log-probabilities of a class, of its own accounts that were held apart, in order."""

    def fits(self, normal: Floats) -> Floats:
        """Return log-probabilities of classes, shape (accounts, classes)."""
        logits = _filled(normal) @ np.array(self.weight).T + np.array(self.bias)
        top = logits.max(axis=1, keepdims=True)
        return np.asarray(logits - top - np.log(np.exp(logits - top).sum(axis=1, keepdims=True)))

    def p_values(self, normal: Floats) -> Floats:
        """How usual is each account among those of each class? Shape (accounts, classes)."""
        fits = self.fits(normal)
        found = np.ones(fits.shape)
        for at, name in enumerate(CLASSES):
            if len(fits) and (known := self.calibration.get(name, ())):
                found[:, at] = p_values(-fits[:, at], -np.array(known))
        return found

    def sets(self, normal: Floats, *, alpha: float = 0.1) -> list[frozenset[Class]]:
        """Which classes may each account be of? None at all where it fits none well.

        Parameters
        ----------
        normal
            From `Usual.normal`, shape (accounts, signals), in the order of `signals`.
        alpha
            How often the true class may be missing.
        """
        kept = self.p_values(normal) > alpha
        return [frozenset(c for c, k in zip(CLASSES, row, strict=True) if k) for row in kept]


def gray(found: frozenset[Class]) -> bool:
    """Is it the gray zone: distillation or evaluation, and only those?

    Examples
    --------
    >>> gray(frozenset({"distillation", "evaluation"})), gray(frozenset({"distillation"}))
    (True, False)
    """
    return found == GRAY


def fit(
    signals: Sequence[str], normal: Floats, labels: Sequence[Class], parts: ArrayLike
) -> Classifier:
    """Learn classes from labelled accounts.

    Parameters
    ----------
    signals
        Names of the columns.
    normal
        From `Usual.normal`, shape (accounts, signals).
    labels
        True class of each.
    parts
        Shape (accounts,): whether an account is held apart, to calibrate. Whole groups should be.

    Raises
    ------
    ValueError
        A class has no account on one of the sides.
    """
    apart, label = np.asarray(parts, dtype=bool), np.asarray(labels, dtype=np.str_)
    for name in CLASSES:
        if not (apart & (label == name)).any() or not (~apart & (label == name)).any():
            msg = f"{name}: accounts to learn from and to calibrate are needed"
            raise ValueError(msg)
    model = LogisticRegression(class_weight="balanced", max_iter=2000)
    model.fit(_filled(normal[~apart]), label[~apart])
    order = [model.classes_.tolist().index(name) for name in CLASSES]
    bare = Classifier(
        signals=tuple(signals),
        weight=tuple(tuple(row) for row in model.coef_[order].tolist()),
        bias=tuple(model.intercept_[order].tolist()),
        calibration={},
    )
    known: dict[Class, tuple[float, ...]] = {}
    for at, name in enumerate(CLASSES):
        known[name] = _thinned(bare.fits(normal[apart & (label == name)])[:, at])
    return bare.model_copy(update={"calibration": known})


def _thinned(fits: Floats) -> tuple[float, ...]:
    """Keep evenly spaced order statistics: the rank among them is as valid as among all.

    Below the j-th kept one lie at most j (n + 1)/(kept + 1) ranks of all n, which is what its
    p-value j/(kept + 1) promises.
    """
    ordered = np.sort(fits)
    kept = min(ordered.size, KEPT)
    ranks = np.arange(1, kept + 1) * (ordered.size + 1) // (kept + 1)
    return tuple(ordered[ranks - 1].round(6).tolist())


def _filled(normal: Floats) -> Floats:
    """Put the honest median where a signal abstains."""
    return np.nan_to_num(normal, nan=0.0)
