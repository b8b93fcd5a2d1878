"""Controls that chance did not pick: what must hold before they may support a flag."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from assay.core.evidence import GuardReport
from assay.core.item import Item
from assay.core.trial import Trial
from assay.stats.guard import BLIND_CEILING, guard, typical_bound
from assay.text.blind import blind_features
from assay.verdict.combine import Board, measured_units, missing_by_label
from assay.verdict.kinds import population

__all__ = ["blind_check", "full_guard"]


def blind_check(suspects: Sequence[Item], controls: Sequence[Item], *, seed: int) -> GuardReport:
    """Can suspects be told from controls without asking the model? (design 3.5 a)

    Asked before anything is spent: where text alone tells them apart, no score can.

    Parameters
    ----------
    suspects, controls
        Items of both kinds.
    seed
        Of the cross-fitting folds.

    Returns
    -------
    GuardReport
        Passed so far, or why not.
    """
    items = [*suspects, *controls]
    labels = np.arange(len(items)) < len(suspects)
    features = _features(items)
    found = guard(np.zeros(len(items)), features, labels, alpha=0.05, seed=_folds_seed(seed))
    if math.isnan(found.blind_auc):
        return GuardReport(passed=False, blind_auc=0.5, blind_upper=1.0, reason=found.reason)
    least = typical_bound(len(suspects), len(controls))
    passed = max(found.blind_upper, least) <= BLIND_CEILING
    told = (
        f"a classifier that never asks the model tells items from controls with an AUC of "
        f"{found.blind_auc:.2f} (95 % bound {found.blind_upper:.2f}, allowed {BLIND_CEILING})"
    )
    return GuardReport(
        passed=passed,
        blind_auc=found.blind_auc,
        blind_upper=found.blind_upper,
        reason=told if passed else f"{told}: {_why_refused(found.blind_upper, least)}",
    )


def _why_refused(upper: float, least: float) -> str:
    if upper > BLIND_CEILING:
        return "a difference in scores would prove nothing"
    return f"too few items to show it, for alike groups of this size typically reach {least:.2f}"


def full_guard(trial: Trial, board: Board, columns: Sequence[str]) -> GuardReport | None:
    """Do all three conditions hold after the full pass? None when there is nothing to judge."""
    units = measured_units(trial, board, columns)
    short = len(units) < len(population(trial, columns))
    if not columns or short or missing_by_label(trial, board, columns):
        return None
    items = {unit.id: unit.item for unit in trial.dealt}
    features = _features([items[unit] for unit in units])
    found = guard(
        np.column_stack([board.scores(column, units) for column in columns]),
        features,
        np.array([unit in trial.suspect_ids for unit in units]),
        alpha=trial.plan.alpha,
        seed=_folds_seed(trial.seed),
    )
    return GuardReport(
        passed=found.passed,
        blind_auc=found.blind_auc,
        blind_upper=found.blind_upper,
        beats_p=found.beats_p,
        gamma=found.gamma_star,
        reason=found.reason,
    )


def _features(items: Sequence[Item]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return what can be known of items without a model; dates where every item has one."""
    dates = [item.published for item in items if item.published is not None]
    days = [d.toordinal() for d in dates] if len(dates) == len(items) else None
    return blind_features([item.text for item in items], dates=days)


def _folds_seed(seed: int) -> int:
    return seed % 2**32  # what NumPy takes
