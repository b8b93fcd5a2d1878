"""Which items are flagged by themselves, and if none were tested, why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from assay.core.evidence import Finding, Flag
from assay.core.instrument import Topic
from assay.core.trial import Trial
from assay.stats.conformal import bh, p_values
from assay.stats.decoys import decoy_flags
from assay.verdict.combine import Board, measured_units, missing_by_label
from assay.verdict.kinds import kinds, matched_columns

__all__ = ["Flagged", "item_flags"]

EARLY = "the run stopped early: items are tested after a full pass only (--full)"
BY_ID = "each item was tested against a neighbouring id: what is flagged is known by its id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flagged:
    """The items that are flagged, in the order of their evidence."""

    flags: tuple[Flag, ...] = ()
    why_not: str = ""
    """Why no item was tested; empty when items were."""
    remark: str = ""
    """What a flag means here, where it is not that the item was seen."""


def item_flags(trial: Trial, board: Board, *, comparable: bool, full: bool) -> Flagged:
    """Test single items: against controls where there are some, else against their neighbours' ids.

    Parameters
    ----------
    trial, board
        What was planned and what was found.
    comparable
        Whether scores may be compared with the controls'.
    full
        Whether every unit was measured: items are never tested after a stop (A4).
    """
    why = _no_comparison(trial, board, comparable=comparable, full=full)
    if not why:
        return _against_controls(trial, board)
    known = [ids for kind, ids in kinds(trial).items() if kind.own and kind.topic is Topic.IDS]
    if not known or (matched_columns(trial) and trial.controls_kind != "none"):
        return Flagged(why_not=why)
    return _against_neighbours(trial, board, known[0]) if full else Flagged(why_not=EARLY)


def _no_comparison(trial: Trial, board: Board, *, comparable: bool, full: bool) -> str:
    """Why may single items not be compared with controls? Empty when they may."""
    if trial.refusal is not None:
        return "the guard refused the controls"
    if not matched_columns(trial) or trial.controls_kind == "none":
        return "no controls to compare single items with"
    if not comparable:
        return "the controls may not support a flag"
    if not full:
        return EARLY
    return missing_by_label(trial, board, matched_columns(trial))


def _against_controls(trial: Trial, board: Board) -> Flagged:
    """Benjamini-Hochberg on conformal p-values of the columns' mean normal score (A3, A4).

    The score treats suspects and controls alike, so that they stay exchangeable.
    """
    columns = matched_columns(trial)
    units = measured_units(trial, board, columns)
    table = np.column_stack([board.scores(column, units) for column in columns])
    keep: NDArray[np.bool_] = np.isfinite(table.sum(axis=1))
    ranks = stats.rankdata(table[keep], axis=0) / (keep.sum() + 1)
    score = np.asarray(stats.norm.ppf(ranks)).mean(axis=1)
    ids = [unit for unit, kept in zip(units, keep, strict=True) if kept]
    labels = np.array([unit in trial.suspect_ids for unit in ids], dtype=np.bool_)
    if not labels.any() or labels.all():
        return Flagged(why_not="only one side could be measured")
    p = p_values(score[labels], score[~labels])
    rejected = bh(p, trial.plan.q)
    suspects = [unit for unit, label in zip(ids, labels, strict=True) if label]
    rows = sorted(zip(p, -score[labels], suspects, rejected, strict=True))
    found = (Flag(unit=u, p_value=float(a), score=float(-s)) for a, s, u, r in rows if r)
    return Flagged(flags=tuple(found))


def _against_neighbours(trial: Trial, board: Board, instruments: Sequence[str]) -> Flagged:
    """Let each item compete with the other of its pair of neighbouring ids (knockoff+).

    What an instrument says of a pair: the fit of the answer to the item's own text, and to the
    text of its neighbour.
    """
    findings = [f for i in instruments for f in board.of(i) if isinstance(f, Finding)]
    paired = sorted(
        (f for f in findings if f.detail.get("pair") and f.unit in trial.suspect_ids),
        key=lambda f: f.unit,
    )
    if not paired:
        return Flagged(why_not="no item has a neighbour to compete with")
    own, decoy = ([float(str(f.detail[key])) for f in paired] for key in ("own", "decoy"))
    gammas = [float(str(f.detail["gamma"])) for f in findings if f.detail.get("gamma")]
    rejected = decoy_flags(
        own,
        decoy,
        [str(f.detail["pair"]) for f in paired],
        q=trial.plan.q,
        gamma=max(gammas, default=1.0),
    )
    rows = zip(paired, own, decoy, rejected, strict=True)
    found = [Flag(unit=f.unit, score=a - b) for f, a, b, r in rows if r]
    return Flagged(flags=tuple(sorted(found, key=lambda flag: -flag.score)), remark=BY_ID)
