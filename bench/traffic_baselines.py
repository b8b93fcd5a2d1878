"""How many harvesting accounts are found at a false-alarm rate of 1e-3 and 1e-4, and by what?

    python bench/traffic_baselines.py FOLDER [--accounts 20000] [--workers 1] [--traces FOLDER]

The same simulated weeks for all: two to learn on, six without an attacker to set the lines by, six
without one to count false alarms in, two with campaigns to be found in. The line of a level is
the lowest that promises it with 95 % confidence: the rank among n honest accounts beyond which the
share of honest ones is at most the level in all but 5 % of draws (a tolerance limit). Beside it
what a line at the plain quantile does. Accounts of one customer score alike, and a limit that
counts them as many promises too much; so the two best have a second row, whose unit is the
customer: the mean score of its accounts, and a line set on customers. With `--traces`, three weeks
more whose honest accounts have the rhythms and lengths of real clients, which nothing here was
fitted to: their false alarms, with an interval by bootstrap over source clients. And of evaluation
harnesses: how many would be called distillation and nothing else, were they flagged. Weeks are kept
in FOLDER, so that a stopped run goes on.

Peers, on numbers of the same requests and no linkage: volume; the agencies' rules (active around
the clock, new and at its limit at once, five times the day before); an isolation forest (PyOD); a
logistic model of metadata, which is told who harvests in the weeks it learns on.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyod.models.iforest import IForest
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from assay.stats.intervals import clopper_pearson
from assay.traffic.accounts import Looked, Roll, look
from assay.traffic.classes import Class
from assay.traffic.load import read
from assay.traffic.scoring import Usual
from assay.traffic.simulate.mixture import preset, smaller
from assay.traffic.simulate.traces import read_traces
from assay.traffic.simulate.week import Week, simulate
from assay.traffic.simulate.writing import write_parquet
from assay.traffic.warehouse import derive, limit
from assay.traffic.weights import packaged

Floats = NDArray[np.float64]
Kept = dict[str, NDArray[Any]]
Way = Callable[[Kept], Floats]
OURS, CUSTOMERS = "assay, accounts", "assay, customers"
PEER, PEERS = "logistic, metadata", "logistic, metadata, customers"
USES = {"learn": (2001, 2002), "line": (3001, 3002, 3003, 3004, 3005, 3006),
        "honest": (4001, 4002, 4003, 4004, 4005, 4006), "found": (5001, 5002),
        "traces": (6001, 6002, 6003)}  # fmt: skip
WITH = ("learn", "found")
LEVELS = (1e-3, 1e-4)
SURE = 0.95
USUAL = 20_000

METADATA = """
SELECT account,
  first(a.requests) / count(*) AS daily, max(d.requests) AS most, min(d.requests) AS least,
  count(*) AS days, avg(d.hours) AS hours, min(d.hours) AS hours_least,
  sum(d.input_tokens) / sum(d.requests) AS input, sum(d.output_tokens) / sum(d.requests) AS output,
  sum(d.reasoning_tokens) / greatest(sum(d.output_tokens), 1) AS reasoning,
  sum(d.cached_tokens) / greatest(sum(d.input_tokens), 1) AS cached,
  sum(d.errors + d.throttled) / sum(d.requests) AS failed, avg(d.log_output_std) AS spread,
  avg(d.gap_cv) AS gap_cv, avg(d.models) AS models, avg(d.streamed) AS streamed,
  avg(d.top_template / d.requests) AS template, avg(d.templates) AS templates,
  avg(d.tool_sets) AS tools, avg(d.sessions / d.requests) AS sessions,
  max(j.jump) AS jump, max(d.requests / nullif(a.quota, 0)) AS full,
  max(d.requests / nullif(a.quota, 0)) FILTER (d.day <= a.begun + 1) AS full_at_once,
  first(date_diff('day', a.created, a.first_time)) AS age
FROM (SELECT *, epoch_us(date_trunc('day', first_time)) // 86400000000 AS begun
      FROM feature_accounts) a
JOIN feature_days d USING (account)
JOIN (SELECT account, day, requests / lag(requests) OVER (PARTITION BY account ORDER BY day) AS jump
      FROM feature_days) j USING (account, day)
GROUP BY account ORDER BY account
"""


def week(use: str, seed: int, accounts: int, folder: Path, traces: Path | None) -> Path:
    """Simulate and measure one week, once."""
    kept = folder / f"{use}-{seed}-{accounts}.npz"
    if kept.exists():
        return kept
    campaigns = smaller(preset("week"), accounts / USUAL) if use in WITH else ()
    with TemporaryDirectory() as place:
        file = Path(place) / "week.parquet"
        shapes = read_traces(traces) if use == "traces" and traces else None
        made = simulate(Week(accounts=accounts, seed=seed, campaigns=campaigns), shapes)
        write_parquet(made, file)
        logs = read([str(file)])
        limit(logs.requests, threads=1)
        tables = derive(logs.requests)
        found = look(tables, present=logs.present)
        everybody = found.roll
        sets = _sets(everybody, found)
        plain = logs.requests.sql(METADATA).fetchnumpy()
        logs.requests.close()
    truth = {row["account"]: row for row in made.truth.to_pylist()}
    who = [truth[name] for name in everybody.names]
    if list(plain.pop("account")) != list(everybody.names):
        sys.exit("accounts of the two ways of measuring are not the same")
    draft = kept.with_suffix(".part.npz")
    np.savez_compressed(
        draft,
        score=found.score,
        group=np.array(everybody.group),
        campaign=np.array([row["campaign"] for row in who]),
        hard=np.array([row["hard"] for row in who]),
        kind=np.array([row["class"] for row in who]),
        origin=np.array([row["origin"] for row in who]),
        alone=np.array([one == {"distillation"} for one in sets]),
        names=np.array(list(plain)),
        table=np.column_stack(
            [np.ma.filled(v.astype(float), np.nan) for v in map(np.ma.asarray, plain.values())]
        ),
    )
    draft.rename(kept)
    return kept


def _sets(everybody: Roll, found: Looked) -> list[frozenset[Class]]:
    """Return the class set that each account would have, were it flagged."""
    classes, said = packaged().classes, found.measured
    usual = Usual.of(said.signals, said.value[everybody.of("fit")])
    columns = [said.signals.index(name) for name in classes.signals]
    return classes.sets(usual.normal(said.signals, said.value)[:, columns])


def scores_of(learned: Sequence[Kept]) -> dict[str, Way]:
    """Return each method: from a week to one number an account, higher is more suspicious."""
    names = learned[0]["names"].tolist()
    table = np.concatenate([_clean(one["table"]) for one in learned])
    guilty = np.concatenate([one["campaign"] != "" for one in learned])
    forest = IForest(n_estimators=200, random_state=1).fit(table)
    model = make_pipeline(
        StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=3000)
    ).fit(table, guilty)

    def rules(one: Kept) -> Floats:
        of = dict(zip(names, one["table"].T, strict=True))
        clock = (of["hours_least"] >= 20) & (of["daily"] >= 1000)
        at_once = (of["age"] <= 7) & (of["full_at_once"] >= 0.5 * of["full"])
        jump = of["jump"] >= 5
        return np.asarray(clock.astype(float) + (at_once & (of["full"] >= 0.5)) + jump)

    return {
        "volume": lambda one: np.asarray(one["table"][:, names.index("most")]),
        "agencies' rules": rules,
        "isolation forest": lambda one: np.asarray(forest.decision_function(_clean(one["table"]))),
        PEER: lambda one: np.asarray(model.decision_function(_clean(one["table"]))),
        PEERS: lambda one: by_customer(one, model.decision_function(_clean(one["table"]))),
        OURS: lambda one: np.asarray(one["score"]),
        CUSTOMERS: lambda one: by_customer(one, one["score"]),
    }  # fmt: skip


def by_customer(one: Kept, score: Floats) -> Floats:
    """Return the mean score of each account's customer."""
    _, row = np.unique(one["group"], return_inverse=True)
    mean = np.bincount(row, score) / np.bincount(row)
    return np.asarray(mean[row])


def apart(name: str, way: Way, one: Kept) -> Floats:
    """Return the scores that a line is set by: one of each customer, where it is the unit."""
    found = way(one)
    return (
        found[np.unique(one["group"], return_index=True)[1]]
        if name in {PEERS, CUSTOMERS}
        else found
    )


def _clean(table: NDArray[np.generic]) -> Floats:
    return np.asarray(np.log1p(np.maximum(np.nan_to_num(table.astype(float)), 0.0)))


def line(honest: Floats, level: float, *, sure: bool) -> float:
    """Return the score above which an account is an alarm; infinite where n says too little."""
    n = honest.size
    rank = int(np.floor(level * (n + 1)))
    if sure:  # the r-th largest leaves a Beta(r, n + 1 - r) share of honest accounts above it
        ranks = np.arange(1, max(rank, 1) + 1)
        good = stats.beta.sf(level, ranks, n + 1 - ranks) <= 1 - SURE
        rank = int(ranks[good].max()) if good.any() else 0
    return float(np.sort(honest)[-rank]) if rank else float("inf")


def resampled(alarms: NDArray[np.bool_], origin: NDArray[np.int64]) -> tuple[float, float]:
    """Return the 95 % interval of the rate of alarms, by bootstrap over source clients.

    Without an alarm no draw has one either: then what no alarm in so many clients leaves possible.
    """
    names, code = np.unique(origin, return_inverse=True)
    if not alarms.any():
        return clopper_pearson(0, names.size)
    hits, sizes = np.bincount(code, alarms), np.bincount(code)
    drawn = np.random.default_rng(1).integers(0, names.size, (2_000, names.size))
    low, high = np.quantile(hits[drawn].sum(axis=1) / sizes[drawn].sum(axis=1), [0.025, 0.975])
    return float(low), float(high)


def real(way: Way, cut: float, weeks: Sequence[Kept]) -> str:
    """Say how many accounts with the rhythm of a real client are alarms."""
    if not weeks:
        return ""
    alarms = np.concatenate([way(one) > cut for one in weeks])
    origin = np.concatenate([one["origin"] for one in weeks])
    theirs = origin >= 0
    low, high = resampled(alarms[theirs], origin[theirs])
    return f"{alarms[theirs].sum()} of {theirs.sum():,} ({low:.1e} to {high:.1e})"


def level_of(level: float, ways: Mapping[str, Way], weeks: Mapping[str, list[Kept]]) -> None:
    """Print what each method finds at one level."""
    kinds = np.concatenate([one["campaign"][one["campaign"] != ""] for one in weeks["found"]])
    print(f"\nlevel {level:g}\nmethod | found | false alarms | rate (95 %) | found, plain quantile"
          " | its false alarms | alarms on real rhythms (95 % over clients)")  # fmt: skip
    for name, way in ways.items():
        known = np.concatenate([apart(name, way, one) for one in weeks["line"]])
        honest = np.concatenate([way(one) for one in weeks["honest"]])
        caught = np.concatenate([way(one)[one["campaign"] != ""] for one in weeks["found"]])
        cut, plain = (line(known, level, sure=sure) for sure in (True, False))
        wrong = int((honest > cut).sum())
        low, high = clopper_pearson(wrong, honest.size)
        print(f"{name} | {(caught > cut).mean():.3f} | {wrong} | {low:.1e} to {high:.1e} | "
              f"{(caught > plain).mean():.3f} | {int((honest > plain).sum())} | "
              f"{real(way, cut, weeks['traces'])}")  # fmt: skip
        if name in {OURS, CUSTOMERS}:
            by = {str(k): round(float((caught[kinds == k] > cut).mean()), 2) for k in set(kinds)}
            print("   by campaign:", dict(sorted(by.items())))
            hard = np.concatenate([one["hard"] for one in weeks["honest"]])[honest > cut]
            print("   false alarms by kind:", {str(k): int((hard == k).sum()) for k in set(hard)})


def main() -> int:
    """Print one table a level, and what classes say of evaluation harnesses."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--accounts", type=int, default=USUAL)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--traces", type=Path)
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    jobs = [
        (use, seed, asked.accounts, asked.folder, asked.traces)
        for use, seeds in USES.items()
        for seed in seeds
        if use != "traces" or asked.traces
    ]
    with ProcessPoolExecutor(asked.workers) as pool:
        paths = list(pool.map(week, *zip(*jobs, strict=True)))
    weeks: dict[str, list[Kept]] = {use: [] for use in USES}
    for (use, *_), path in zip(jobs, paths, strict=True):
        with np.load(path) as data:
            weeks[use].append({name: data[name] for name in data.files})
    counts = [sum(len(one["score"]) for one in weeks[use]) for use in ("line", "honest")]
    print(f"lines from {counts[0]:,} honest accounts; {counts[1]:,} others")
    units = sum(np.unique(one["group"]).size for one in weeks["line"])
    print(f"the former are of {units:,} customers")
    ways = scores_of(weeks["learn"])
    for level in LEVELS:
        level_of(level, ways, weeks)
    kind, alone = (
        np.concatenate([one[name] for use in ("honest", "found") for one in weeks[use]])
        for name in ("kind", "alone")
    )
    print("\nwould be called distillation alone:", {
        str(name): f"{alone[kind == name].sum()} of {(kind == name).sum()}" for name in set(kind)
    })  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
