"""How often would Assay flag a model that saw nothing? On real scores, and with planted shifts.

    python bench/false_alarms.py resplits SCORES.npz [REPLICATIONS]
    python bench/false_alarms.py shifts [REPLICATIONS]

`resplits` takes one real scoring pass (bench/score_items.py) of an untouched model and
deals the items at random into suspects and controls, again and again: every flag is a false alarm.
The total is the loop's own: label betting on all columns, with the worst stopping moment.

`shifts` asks what the guard lets through where controls were *not* drawn at random: a shift that
shows in text and score alike, of a given AUC, and no memory at all. Gaussian scores and features.
"""

from __future__ import annotations

import sys

import numpy as np
from scipy import stats

from assay.stats.betting import label_betting_many
from assay.stats.conformal import bh, p_values
from assay.stats.guard import guard
from assay.stats.permutation import mann_whitney

BATCH = 250
LEVELS = (0.05, 0.01)


def resplits(path: str, replications: int) -> None:
    """Deal real scores again and again; print the share flagged beside its bound."""
    table = np.load(path)["scores"]
    table = table[np.isfinite(table).all(axis=1)]
    n = len(table)
    base = np.arange(n) < (n + 1) // 2
    rng = np.random.default_rng(2026)
    worst: list[float] = []
    ends: list[float] = []
    items_flagged = 0
    for start in range(0, replications, BATCH):
        rows = min(BATCH, replications - start)
        labels = rng.permuted(np.tile(base, (rows, 1)), axis=1)
        order = np.array([rng.permutation(n) for _ in range(rows)])
        paths = label_betting_many(table[order], labels)
        worst += paths.max(axis=1).tolist()
        ends += paths[:, -1].tolist()
        for row in range(rows):
            score = stats.rankdata(table, axis=0).mean(axis=1)[order[row]]
            p = p_values(score[labels[row]], score[~labels[row]])
            items_flagged += bool(bh(p, 0.10).any())
    print(f"{path}: {n} items, {replications} re-splits, {table.shape[1]} columns")
    for alpha in LEVELS:
        at_worst = float(np.mean(np.array(worst) >= np.log(1 / alpha)))
        at_end = float(np.mean(np.array(ends) >= np.log(1 / alpha)))
        bound = stats.binom.ppf(0.999, replications, alpha) / replications
        ok = "holds" if at_worst <= bound else "BROKEN"
        print(
            f"  alpha {alpha}: worst moment {at_worst:.4f}, end {at_end:.4f}, "
            f"99.9 % bound {bound:.4f}: {ok}"
        )
    bound = stats.binom.ppf(0.999, replications, 0.10) / replications
    share = items_flagged / replications
    print(f"  runs with any item flagged by BH at q .10: {share:.4f} (bound {bound:.4f})")


def shifts(replications: int) -> None:
    """Plant shifts without memory; print what passes the guard and flags, beside a plain test."""
    print("shift AUC | n + n | blind bound ok | passes guard & flags | rank test at .01 alone")
    for n in (82, 250, 659):
        for auc in (0.50, 0.55, 0.60, 0.65, 0.70):
            shift = float(np.sqrt(2) * stats.norm.ppf(auc))
            blind, passed, plain = 0, 0, 0
            for seed in range(replications):
                rng = np.random.default_rng([n, round(auc * 100), seed])
                labels = rng.permutation(np.arange(2 * n) < n)
                # One feature carries the shift, as length or date would; four are noise.
                features = rng.normal(size=(2 * n, 5))
                features[:, 0] += shift * labels
                scores = rng.normal(size=2 * n) + shift * labels
                found = guard(scores, features, labels, alpha=0.01, seed=seed)
                blind += found.blind_upper <= 0.55
                passed += found.passed
                plain += mann_whitney(scores[labels], scores[~labels]) <= 0.01
            shares = [f"{x / replications:.3f}" for x in (blind, passed, plain)]
            print(f"{auc:.2f} | {n} | {' | '.join(shares)}", flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "resplits":
        resplits(sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 10_000)
    else:
        shifts(int(sys.argv[2]) if len(sys.argv) > 2 else 200)
