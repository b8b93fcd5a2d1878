"""Is a kind of campaign found that nothing was learned of?

    python bench/traffic_unseen.py [--weeks 3] [--accounts 6000]

Weeks with campaigns of all kinds are simulated and measured once. For each kind, weights of signals
are learned on some of the weeks without its accounts and clusters, and tried on the others, beside
weights that knew it: how many of its accounts, and of its clusters' days, are above the line that
one honest one in a hundred, or in a thousand, is above. The lines are of the honest ones of the
weeks that are tried, so this shows what ranking is worth, not what a verdict finds.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np
from numpy.typing import NDArray

from assay.traffic.scoring import learn, score
from assay.traffic.signals.roster import FOR_ACCOUNTS, FOR_CLUSTERS
from assay.traffic.training import Plan, examples, joined, versions

Floats = NDArray[np.float64]
Names = NDArray[np.str_]
LEVELS = (1e-2, 1e-3)
UNITS = {"accounts": FOR_ACCOUNTS, "cluster-days": FOR_CLUSTERS}


def kind(campaign: str) -> str:
    """Return the kind of a campaign, which its name begins with."""
    return campaign.rpartition("-")[0]


def compared(learned: tuple[Floats, Names], tried: tuple[Floats, Names], unit: str) -> None:
    """Print, for each kind, what is found of it with and without examples of it."""
    signals = UNITS[unit]
    names = [one.id for one in signals]
    (table, known), (other, truth) = learned, tried
    print(f"\n{unit}: {(known != '').sum():,} of campaigns among {known.size:,} to learn on;"
          f" {(truth != '').sum():,} among {truth.size:,} tried")  # fmt: skip
    print(
        "kind | n | " + " | ".join(f"{how} at {x:g}" for x in LEVELS for how in ("known", "unseen"))
    )
    for one in sorted(set(truth.tolist()) - {""}):
        shares = []
        for rows in (np.ones(known.size, dtype=bool), known != one):
            weights = learn(versions(signals), table[rows], known[rows] != "")
            found = score(weights, names, other)
            lines = np.quantile(found[truth == ""], [1 - level for level in LEVELS])
            shares.append([(found[truth == one] > line).mean() for line in lines])
        cells = [f"{shares[how][at]:.2f}" for at in range(len(LEVELS)) for how in (0, 1)]
        print(f"{one} | {(truth == one).sum()} | " + " | ".join(cells), flush=True)


def main() -> int:
    """Print two tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--weeks", type=int, default=3)
    parser.add_argument("--accounts", type=int, default=6_000)
    asked = parser.parse_args()
    plan = Plan(weeks=asked.weeks, accounts=asked.accounts)
    halves = [joined([examples(plan, seed) for seed in range(first, first + asked.weeks)])
              for first in (7_000, 8_000)]  # fmt: skip
    for unit in UNITS:
        table = [(half.accounts, half.campaign) if unit == "accounts"
                 else (half.clusters, half.cluster_campaign) for half in halves]  # fmt: skip
        (one, of_one), (other, of_other) = table
        learned = (one, np.array([kind(name) for name in of_one]))
        compared(learned, (other, np.array([kind(name) for name in of_other])), unit)
    return 0


if __name__ == "__main__":
    sys.exit(main())
