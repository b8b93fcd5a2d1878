"""How many harvesting accounts are found at a false-alarm rate of 1e-3 and 1e-4, and by what?

    python bench/traffic_baselines.py FOLDER [--accounts 20000] [--workers 1]

The same simulated weeks for all: two to learn on, three without an attacker to set the lines by,
six without one to count false alarms in, two with campaigns to be found in. The line of a level is
the lowest that promises it with 95 % confidence: the rank among n honest accounts beyond which the
share of honest ones is at most the level in all but 5 % of draws (a tolerance limit). Beside it
what a line at the plain quantile does. Weeks are kept in FOLDER, so that a stopped run goes on.

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

import numpy as np
from numpy.typing import NDArray
from pyod.models.iforest import IForest
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from assay.stats.intervals import clopper_pearson
from assay.traffic.accounts import judged, measured, roll
from assay.traffic.load import read
from assay.traffic.simulate.mixture import preset, smaller
from assay.traffic.simulate.week import Week, simulate
from assay.traffic.simulate.writing import write_parquet
from assay.traffic.warehouse import derive, limit
from assay.traffic.weights import packaged

Floats = NDArray[np.float64]
USES = {"learn": (2001, 2002), "line": (3001, 3002, 3003),
        "honest": (4001, 4002, 4003, 4004, 4005, 4006), "found": (5001, 5002)}  # fmt: skip
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


def week(use: str, seed: int, accounts: int, folder: Path) -> Path:
    """Simulate and measure one week, once."""
    kept = folder / f"{use}-{seed}-{accounts}.npz"
    if kept.exists():
        return kept
    campaigns = smaller(preset("week"), accounts / USUAL) if use in WITH else ()
    with TemporaryDirectory() as place:
        file = Path(place) / "week.parquet"
        made = simulate(Week(accounts=accounts, seed=seed, campaigns=campaigns))
        write_parquet(made, file)
        logs = read([str(file)])
        limit(logs.requests, threads=1)
        tables = derive(logs.requests)
        everybody = roll(tables, seed=0)
        found = judged(
            everybody, measured(tables, everybody, logs.present), packaged(), q=0.05, k=20
        )
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
        campaign=np.array([row["campaign"] for row in who]),
        hard=np.array([row["hard"] for row in who]),
        names=np.array(list(plain)),
        table=np.column_stack(
            [np.ma.filled(v.astype(float), np.nan) for v in map(np.ma.asarray, plain.values())]
        ),
    )
    draft.rename(kept)
    return kept


def scores_of(
    learned: Sequence[Mapping[str, NDArray[np.generic]]],
) -> dict[str, Callable[..., Floats]]:
    """Return each method: from a week to one number an account, higher is more suspicious."""
    names = learned[0]["names"].tolist()
    table = np.concatenate([_clean(one["table"]) for one in learned])
    guilty = np.concatenate([one["campaign"] != "" for one in learned])
    forest = IForest(n_estimators=200, random_state=1).fit(table)
    model = make_pipeline(
        StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=3000)
    ).fit(table, guilty)

    def rules(one: Mapping[str, Floats]) -> Floats:
        of = dict(zip(names, one["table"].T, strict=True))
        clock = (of["hours_least"] >= 20) & (of["daily"] >= 1000)
        at_once = (of["age"] <= 7) & (of["full_at_once"] >= 0.5 * of["full"])
        jump = of["jump"] >= 5
        return np.asarray(clock.astype(float) + (at_once & (of["full"] >= 0.5)) + jump)

    return {
        "volume": lambda one: np.asarray(one["table"][:, names.index("most")]),
        "agencies' rules": rules,
        "isolation forest": lambda one: np.asarray(forest.decision_function(_clean(one["table"]))),
        "logistic, metadata": lambda one: np.asarray(
            model.decision_function(_clean(one["table"]))
        ),
        "assay, accounts": lambda one: np.asarray(one["score"]),
    }  # fmt: skip


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


def main() -> int:
    """Print one table a level."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--accounts", type=int, default=USUAL)
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    jobs = [(use, seed, asked.accounts, asked.folder) for use, seeds in USES.items()
            for seed in seeds]  # fmt: skip
    with ProcessPoolExecutor(asked.workers) as pool:
        paths = list(pool.map(week, *zip(*jobs, strict=True)))
    weeks: dict[str, list[dict[str, NDArray[np.generic]]]] = {use: [] for use in USES}
    for (use, *_), path in zip(jobs, paths, strict=True):
        with np.load(path) as data:
            weeks[use].append({name: data[name] for name in data.files})
    ways = scores_of(weeks["learn"])
    guilty = [one["campaign"] != "" for one in weeks["found"]]
    kinds = np.concatenate(
        [one["campaign"][g] for one, g in zip(weeks["found"], guilty, strict=True)]
    )
    counts = [sum(len(one["score"]) for one in weeks[use]) for use in ("line", "honest")]
    print(f"lines from {counts[0]:,} honest accounts; {counts[1]:,} others; {len(kinds):,} harvest")
    for level in LEVELS:
        print(f"\nlevel {level:g}\nmethod | found | false alarms, sure | rate (95 %) | found at the"
              " plain quantile | its false alarms")  # fmt: skip
        for name, way in ways.items():
            apart = np.concatenate([way(one) for one in weeks["line"]])
            honest = np.concatenate([way(one) for one in weeks["honest"]])
            caught = np.concatenate(
                [way(one)[g] for one, g in zip(weeks["found"], guilty, strict=True)]
            )
            told = []
            for sure in (True, False):
                cut = line(apart, level, sure=sure)
                told.append((int((caught > cut).sum()), int((honest > cut).sum()), cut))
            (hits, alarms, cut), (more, wrong, _) = told
            low, high = clopper_pearson(alarms, honest.size)
            print(f"{name} | {hits / caught.size:.3f} | {alarms} | {low:.1e} to {high:.1e} | "
                  f"{more / caught.size:.3f} | {wrong}")  # fmt: skip
            if name.startswith("assay"):
                by = {k: round(float((caught[kinds == k] > cut).mean()), 2) for k in set(kinds)}
                print("   by campaign:", dict(sorted(by.items())))
                hard = np.concatenate([one["hard"] for one in weeks["honest"]])
                print("   false alarms by kind:", {
                    str(k): int((hard[honest > cut] == k).sum()) for k in set(hard[honest > cut])
                })  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
