"""Weights of signals, learned on simulated weeks and tried on one that they were not learned on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.core.errors import BadConfig
from assay.core.settings import Progress
from assay.core.subject import Cost
from assay.stats.intervals import auc
from assay.traffic.accounts import measured, roll
from assay.traffic.classes import Class, Classifier, fit
from assay.traffic.cluster_days import days_measured, normalised
from assay.traffic.clusters import Cluster, clusters, members
from assay.traffic.early import linked
from assay.traffic.load import Loaded, read
from assay.traffic.scoring import Usual, Weights, learn, score
from assay.traffic.signals.roster import FOR_ACCOUNTS, FOR_CLUSTERS
from assay.traffic.signals.units import Signal
from assay.traffic.simulate.mixture import preset, smaller
from assay.traffic.simulate.week import Week, simulate
from assay.traffic.simulate.writing import write_parquet
from assay.traffic.splitting import splitting
from assay.traffic.triage import part
from assay.traffic.warehouse import derive, limit
from assay.traffic.weights import Learned, Provenance

__all__ = ["CLASS_OF", "Examples", "Plan", "examples", "joined", "train", "versions"]

Floats = NDArray[np.float64]

CLASS_OF: Mapping[str, Class] = {
    "distillation": "distillation",
    "evaluation": "evaluation",
    "application": "application",
    "chatbot": "application",
    "agents": "application",
    "reseller": "application",
    "batch": "bulk",
    "individual": "ordinary",
    "coding": "ordinary",
}
"""What the simulator's kinds of accounts are, in the five classes."""
LEFT_OUT = 9_000_000
"""Added to the seed: the week that nothing is learned on."""
ALPHA = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is learned on?"""

    weeks: int = 6
    accounts: int = 6_000
    scale: float = 0.5
    """Campaigns of the preset `week`, times this."""
    seed: int = 1_000

    def __post_init__(self) -> None:
        if self.weeks < 1 or self.accounts < 500:
            msg = (
                f"{self.weeks} weeks of {self.accounts} accounts are too few to learn from\n"
                "  next: --weeks 3 --accounts 3000"
            )
            raise BadConfig(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Accounts and cluster-days of known kind, as normal scores of signals.

    Clusters are formed as a scan forms them, and days are those that would judge them.
    """

    accounts: Floats
    classes: tuple[Class, ...]
    apart: NDArray[np.bool_]
    """Accounts that classes are calibrated on; whole groups."""
    clusters: Floats
    harvesting: NDArray[np.bool_]
    """Of cluster-days."""
    campaign: tuple[str, ...]
    """Of each account; empty: of none."""
    cluster_campaign: tuple[str, ...]
    """Of each cluster-day: that of most accounts."""

    @property
    def harvests(self) -> NDArray[np.bool_]:
        """Which accounts do?"""
        return np.array([one == "distillation" for one in self.classes])


def examples(plan: Plan, seed: int) -> Examples:
    """Simulate a week and measure everybody in it."""
    week = Week(accounts=plan.accounts, seed=seed, campaigns=smaller(preset("week"), plan.scale))
    with TemporaryDirectory() as folder:
        file, made = Path(folder) / "week.parquet", simulate(week)
        write_parquet(made, file)
        logs = read([str(file)])
        try:
            return _examples(logs, {row["account"]: row for row in made.truth.to_pylist()}, seed)
        finally:
            logs.requests.close()


def _examples(logs: Loaded, truth: Mapping[str, Mapping[str, Any]], seed: int) -> Examples:
    limit(logs.requests, threads=1)  # the same sums in the same order, so the same weights
    tables = derive(logs.requests)
    everybody = roll(tables, seed=seed)
    found = measured(tables, everybody, logs.present)
    usual = Usual.of(found.signals, found.value[everybody.of("fit")])
    who = [truth[name] for name in everybody.names]
    split = splitting(tables)
    linked(logs, split)
    formed = clusters(logs.requests)
    ordinary = zip(everybody.names, everybody.of("fit"), strict=True)
    days, everyday = days_measured(
        tables, members(formed), present=logs.present,
        ordinary=frozenset(name for name, yes in ordinary if yes),
    )  # fmt: skip
    together = normalised(days, everyday)
    known = ~np.isnan(together).all(axis=2) & (np.array(days.days) > split.day)
    whose = {one.id: _campaign(one, truth) for one in formed}
    theirs = np.array([whose[name] for name in days.units])
    theirs = np.broadcast_to(theirs[:, None], known.shape)[known]
    return Examples(
        accounts=usual.normal(found.signals, found.value),
        classes=tuple(CLASS_OF[row["class"]] for row in who),
        apart=np.array([part(_group(row), seed=seed) == "calibration" for row in who]),
        clusters=together[known],
        harvesting=theirs != "",
        campaign=tuple(row["campaign"] or "" for row in who),
        cluster_campaign=tuple(theirs.tolist()),
    )


def _group(row: Mapping[str, object]) -> str:
    """Return the campaign or group of an account; a single one's number is its own."""
    return str(row["campaign"] or f"group {row['group']}")


def _campaign(one: Cluster, truth: Mapping[str, Mapping[str, object]]) -> str:
    """Return the commonest campaign of a cluster's accounts, where most are of some campaign."""
    named = Counter(
        str(truth[name]["campaign"]) for name in one.accounts if truth[name]["campaign"]
    )
    return named.most_common(1)[0][0] if 2 * named.total() > len(one.accounts) else ""


def train(plan: Plan, on_progress: Callable[[Progress], None] | None = None) -> Learned:
    """What is each signal worth?

    Parameters
    ----------
    plan
        Weeks to learn on; one more is simulated to try the weights on.
    on_progress
        Told how many weeks are measured.
    """
    seeds = [*range(plan.seed, plan.seed + plan.weeks), plan.seed + LEFT_OUT]
    weeks = []
    for seed in seeds:
        weeks.append(examples(plan, seed))
        if on_progress is not None:
            on_progress(Progress(phase="weeks", done=len(weeks), total=len(seeds), cost=Cost()))
    *learned, left = weeks
    whole = joined(learned)
    account = _rounded(learn(versions(FOR_ACCOUNTS), whole.accounts, whole.harvests))
    cluster = _rounded(learn(versions(FOR_CLUSTERS), whole.clusters, whole.harvesting))
    shown = [at for at, one in enumerate(FOR_ACCOUNTS) if not one.linkage]
    names = [FOR_ACCOUNTS[at].id for at in shown]
    classes = fit(names, whole.accounts[:, shown], whole.classes, whole.apart)
    return Learned(
        account=account,
        cluster=cluster,
        classes=classes,
        provenance=Provenance(
            command=f"assay traffic train --weeks {plan.weeks} --accounts {plan.accounts}"
            f" --scale {plan.scale:g} --seed {plan.seed}",
            weeks=plan.weeks,
            accounts=len(whole.classes),
            harvesting=int(whole.harvests.sum()),
            clusters=len(whole.clusters),
            left_out_auc=_auc(account, FOR_ACCOUNTS, left.accounts, left.harvests),
            left_out_auc_clusters=_auc(cluster, FOR_CLUSTERS, left.clusters, left.harvesting),
            left_out_coverage=_coverage(classes, left.accounts[:, shown], left.classes),
            versions={name: version(name) for name in ("assay", "numpy", "scikit-learn")},
        ),
    )


def joined(weeks: Sequence[Examples]) -> Examples:
    """Put weeks together."""
    return Examples(
        accounts=np.concatenate([week.accounts for week in weeks]),
        classes=tuple(one for week in weeks for one in week.classes),
        apart=np.concatenate([week.apart for week in weeks]),
        clusters=np.concatenate([week.clusters for week in weeks]),
        harvesting=np.concatenate([week.harvesting for week in weeks]),
        campaign=tuple(one for week in weeks for one in week.campaign),
        cluster_campaign=tuple(one for week in weeks for one in week.cluster_campaign),
    )


def versions(signals: Sequence[Signal]) -> dict[str, int]:
    """Return the version of each signal, in order."""
    return {signal.id: signal.version for signal in signals}


def _rounded(weights: Weights) -> Weights:
    """Keep as many digits as mean something, and as other machines find again."""
    each = {name: round(value, 3) for name, value in weights.weight.items()}
    both = {
        one: {other: round(value, 3) for other, value in others.items()}
        for one, others in weights.both.items()
    }
    return weights.model_copy(update={"weight": each, "both": both})


def _auc(
    weights: Weights, signals: Sequence[Signal], normal: Floats, harvests: NDArray[np.bool_]
) -> float:
    found = score(weights, [signal.id for signal in signals], normal)
    return round(auc(found[harvests], found[~harvests]), 4)


def _coverage(classes: Classifier, normal: Floats, known: Sequence[Class]) -> float:
    sets = classes.sets(normal, alpha=ALPHA)
    return round(float(np.mean([one in found for one, found in zip(known, sets, strict=True)])), 4)
