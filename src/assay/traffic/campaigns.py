"""Which clusters act together on days after they were formed, unlike honest clusters?

Clusters are formed by linkage fields on days up to t. Only later days count, and only evidence
fields: the data that made a cluster may not convict it. One e-value a cluster from its path against
those of honest clusters, and weighted e-BH over all candidates; of whom nothing can be said counts
e = 1.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import ArrayLike, NDArray

from assay.stats.conditional import FEWEST, HORIZON, evidence, reachable
from assay.stats.evalues import e_bh
from assay.traffic.clusters import Cluster

__all__ = ["Campaigns", "Days", "Judged", "Q", "apart", "convict", "needed"]

Q = 0.05
"""Of the clusters flagged, so many may be innocent on average."""
DECLARED = 0.1
"""Weight of a cluster that is one organisation and says so, against 1 of the others. It rests on
linkage alone and was fixed before any evidence: whoever signs up as one can be asked, and pools do
not. So most of the error budget goes where a campaign can hide."""
EPOCH = date(1970, 1, 1)
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Days:
    """Scores of clusters by day, from evidence fields alone; NaN where a cluster was not seen.

    `names` are the rows' clusters, `days` the columns, counted since 1970. `formed` is the last day
    that went into forming the clusters: columns up to it are cut off and never counted.
    """

    names: tuple[str, ...]
    days: tuple[int, ...]
    scores: Floats
    formed: int

    def after(self) -> Days:
        """Return what counts: days after the clusters were formed, at most `HORIZON` of them."""
        late = [i for i, day in enumerate(self.days) if day > self.formed][:HORIZON]
        kept = tuple(self.days[i] for i in late)
        return Days(self.names, kept, self.scores[:, late], self.formed)

    def path(self, cluster: Cluster) -> Floats:
        """Return a cluster's scores, NaN on every day where it is not in the table."""
        if cluster.id not in self.names:
            return np.full(len(self.days), np.nan)
        return np.asarray(self.scores[self.names.index(cluster.id)], dtype=np.float64)

    def paths(self, clusters: Sequence[Cluster]) -> Floats:
        """Return the scores of clusters, shape (clusters, days)."""
        rows = [self.path(one) for one in clusters]
        return np.array(rows, dtype=np.float64).reshape(len(rows), len(self.days))


@dataclass(frozen=True, slots=True)
class Judged:
    """One candidate: its scores and e-values by day, and whether it is flagged.

    `e_value` is of the last day; an earlier, larger one counts no more. `needed` is the e-value
    from which it would be flagged, the others being what they are; `reachable` the one that it
    would have, had it been the most extreme on every day on which it was seen. `abstains` says why
    nothing is said of it, and is empty otherwise; it then counts e = 1.
    """

    cluster: Cluster
    days: tuple[str, ...]
    scores: tuple[float | None, ...]
    evalues: tuple[float, ...]
    e_value: float
    flagged: bool
    needed: float
    reachable: float
    abstains: str


@dataclass(frozen=True, slots=True)
class Campaigns:
    """All candidates, the strongest evidence first; kind of null: matched.

    `formed` is the last day that went into forming the clusters. `alone` is the number of
    references with which a campaign could be flagged that is the only one.
    """

    q: float
    formed: str
    references: int
    alone: int
    candidates: tuple[Judged, ...]

    @property
    def flagged(self) -> tuple[Judged, ...]:
        """Return the candidates that are flagged."""
        return tuple(one for one in self.candidates if one.flagged)

    @property
    def line(self) -> float:
        """From which e-value would a campaign be flagged that is the only one?"""
        return _line([one.cluster for one in self.candidates], self.q)


def apart(
    found: Sequence[Cluster], honest: Collection[str], ordinary: Collection[str] = ()
) -> tuple[tuple[Cluster, ...], tuple[Cluster, ...]]:
    """Which clusters are tested, and which are honest ones to compare with?

    Parameters
    ----------
    honest
        Accounts that a person looked at and found honest.
    ordinary
        Further such accounts, that say what is usual.

    Returns
    -------
    Candidates, and references: clusters of which at least half the accounts were found honest. One
    of a campaign's that passed for honest makes the test weaker, never wrong. An honest cluster
    with an account that says what is usual is neither: it would look more usual than others.
    """
    known, usual = frozenset(honest), frozenset(ordinary)
    either = known | usual
    vetted = [2 * sum(a in either for a in one.accounts) >= len(one.accounts) for one in found]
    candidates = tuple(one for one, yes in zip(found, vetted, strict=True) if not yes)
    references = (one for one, yes in zip(found, vetted, strict=True) if yes)
    return candidates, tuple(one for one in references if usual.isdisjoint(one.accounts))


def needed(evalues: ArrayLike, q: float) -> Floats:
    """From which e-value would each be flagged by e-BH, the others being what they are?

    The least ``m / (q k)`` that k - 1 others reach.

    Examples
    --------
    >>> needed([1.0, 30.0, 1.0], q=0.05).tolist()
    [30.0, 60.0, 30.0]
    """
    values = np.asarray(evalues, dtype=np.float64)
    count = values.size
    steps = count / (q * np.arange(1, count + 1))
    ordered = np.sort(values)
    above = count - np.searchsorted(ordered, steps, side="left")  # at or above each step
    reached = above[None, :] - (values[:, None] >= steps) >= np.arange(count)
    return np.asarray(
        np.where(reached, steps, math.inf).min(axis=1, initial=math.inf), dtype=np.float64
    )


def convict(
    found: Days,
    candidates: Sequence[Cluster],
    honest: Floats,
    *,
    q: float = Q,
    seed: int,
) -> Campaigns:
    """Which candidates are campaigns, at false discovery rate q?

    Parameters
    ----------
    found
        Scores of candidates by day.
    candidates
        As `apart` finds them.
    honest
        Scores of references on the days that count, shape (references, days): of clusters formed
        together with the candidates, by the same linkage, on the same days, or like them.
    seed
        As of `assay.stats.conditional.evidence`.

    Notes
    -----
    On any one day fixed in advance at most q of those flagged are innocent on average, if honest
    candidates are exchangeable with the references. To look every day and act on the first flag is
    covered by simulation only. Fails when: honest candidates differ in size or trade from those
    that a person looked at; a campaign is one account, or its accounts share nothing.
    """
    late = found.after()
    honest = _seen(honest)
    weights = _weights(candidates)
    alone = max(math.ceil(_line(candidates, q)) - 1, FEWEST)
    why = [_why(late.path(one), len(honest), alone) for one in candidates]
    evalues = [
        np.ones(len(late.days)) if abstains else evidence(late.path(one), honest, seed=seed)
        for one, abstains in zip(candidates, why, strict=True)
    ]
    now = np.array([path[-1] if path.size else 1.0 for path in evalues])
    flags = e_bh(now * weights, q) if now.size else np.zeros(0, dtype=np.bool_)
    limits = needed(now * weights, q) / weights
    most = _most(late, candidates, honest, seed)
    judged = [
        Judged(
            cluster=one,
            days=tuple(map(_date, late.days)),
            scores=tuple(None if np.isnan(s) else float(s) for s in late.path(one)),
            evalues=tuple(evalues[i].tolist()),
            e_value=float(now[i]),
            flagged=bool(flags[i]),
            needed=limit,
            reachable=1.0 if why[i] else most[_pattern(late.path(one))],
            abstains=why[i],
        )
        for i, (one, limit) in enumerate(zip(candidates, limits.tolist(), strict=True))
    ]
    order = sorted(judged, key=lambda one: (-one.e_value, one.cluster.id))
    return Campaigns(
        q=q, formed=_date(found.formed), references=len(honest), alone=alone,
        candidates=tuple(order),
    )  # fmt: skip


def _date(day: int) -> str:
    return str(EPOCH + timedelta(days=day))


def _line(candidates: Sequence[Cluster], q: float) -> float:
    """From which e-value is the one with the largest weight flagged, where no other stands out?"""
    return len(candidates) / (q * float(_weights(candidates).max(initial=1.0)))


def _weights(candidates: Sequence[Cluster]) -> Floats:
    """Share the error budget out: weights with mean one, by linkage alone."""
    raw = np.array([DECLARED if one.declared else 1.0 for one in candidates])
    return raw * len(raw) / raw.sum() if raw.size else raw


def _seen(paths: Floats) -> Floats:
    """Leave out references that nobody saw: such a candidate abstains, so it has no such peers."""
    return np.asarray(paths[~np.isnan(paths).all(axis=1)], dtype=np.float64)


def _why(path: Floats, references: int, alone: int) -> str:
    """Say why nothing can be said of a candidate; empty where something can."""
    if not path.size:
        return "no day lies after those on which the clusters were formed"
    if np.isnan(path).all():
        return "it was not seen after the days on which it was formed"
    if references < FEWEST:
        return (
            f"{references} clusters known to be honest were seen on those days; {FEWEST} are "
            f"needed, and {alone} for a campaign that is the only one"
        )
    return ""


def _pattern(path: Floats) -> bytes:
    return np.packbits(~np.isnan(path)).tobytes()


def _most(
    late: Days, candidates: Sequence[Cluster], honest: Floats, seed: int
) -> dict[bytes, float]:
    """Return the largest e-value that can be reached, by the days on which a cluster was seen."""
    if len(honest) < FEWEST or not late.days:
        return {}
    seen = {_pattern(path): ~np.isnan(path) for path in map(late.path, candidates)}
    return {key: reachable(days, honest, seed=seed) for key, days in seen.items()}
