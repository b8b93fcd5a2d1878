"""Sum up planted runs: totals, and the realised false-discovery rate of item flags.

    python bench/planted_items.py RUN [RUN ...]        (folders written by examples/planted.py)

In a planted run every suspect was trained on, so no item flag can be false. To see false ones the
recorded scores are dealt again, 2,000 times a run: all planted items and a random half of the
held-back ones are called suspects, the other held-back half are the controls. The flags are those
of the loop: Benjamini-Hochberg at q = .10 on conformal p-values of the mean normal score.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from scipy import stats

from assay.core.evidence import Finding
from assay.examination import load_run
from assay.stats.conformal import bh, p_values

DEALS = 2_000
Q = 0.10


def scores_of(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the combined score of every item, shape (n,), and whether it was planted."""
    verdict, records, _ = load_run(folder)
    columns = verdict.totals[0].instruments
    rows: dict[str, dict[str, float]] = {}
    planted: dict[str, bool] = {}
    for one in records:
        if isinstance(one, Finding) and one.instrument in columns and one.score is not None:
            rows.setdefault(one.unit, {})[one.instrument] = one.score
            planted[one.unit] = one.role == "suspect"
    table = np.array([[row[c] for c in columns] for row in rows.values()])
    ranks = stats.rankdata(table, axis=0) / (len(table) + 1)
    return stats.norm.ppf(ranks).mean(axis=1), np.array([planted[unit] for unit in rows])


def deal_again(score: np.ndarray, planted: np.ndarray, seed: int) -> tuple[float, float]:
    """Return the mean share of false flags among flags, and of planted items that are flagged."""
    rng = np.random.default_rng(seed)
    held = np.flatnonzero(~planted)
    false_share, power = [], []
    for _ in range(DEALS):
        extra = rng.choice(held, len(held) // 2, replace=False)
        suspects = np.concatenate([np.flatnonzero(planted), extra])
        flags = bh(p_values(score[suspects], score[np.setdiff1d(held, extra)]), Q)
        true = flags[: planted.sum()].sum()
        false_share.append((flags.sum() - true) / max(1, flags.sum()))
        power.append(true / planted.sum())
    return float(np.mean(false_share)), float(np.mean(power))


def main(folders: list[str]) -> None:
    """Print a line a run, then the means."""
    print("run | verdict | log10 e | flags at | item flags | dealt again: FDR, power")
    rates = []
    for number, name in enumerate(folders):
        verdict = load_run(Path(name))[0]
        total = verdict.totals[0]
        line = np.log(total.needed)
        first = next((i + 1 for i, x in enumerate(total.path) if x >= line), None)
        rates.append(deal_again(*scores_of(Path(name)), seed=number))
        print(
            f"{name} | {verdict.status.value} | {total.path[-1] / np.log(10):.1f} | {first} | "
            f"{len(verdict.flags)} of {verdict.suspects} | {rates[-1][0]:.3f}, {rates[-1][1]:.3f}"
        )
    fdr, power = np.mean(rates, axis=0)
    print(f"mean over {len(rates)} runs: FDR {fdr:.3f} at q {Q}, power {power:.3f}")


if __name__ == "__main__":
    main(sys.argv[1:])
