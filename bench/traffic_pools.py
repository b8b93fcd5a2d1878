"""Which clusters does a scan ask about, and who are they?

    python bench/traffic_pools.py [--weeks 1]

Weeks of 4,000 honest accounts and four campaigns of one kind. A campaign is *asked about* where a
pool holds some of its accounts, its *share* is that of its accounts that pools hold. Pools of
honest accounts are counted by the class of most of their accounts. No pool is a verdict.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from assay.traffic.load import read
from assay.traffic.scan import Asked, scan
from assay.traffic.simulate.mixture import campaigns_of
from assay.traffic.simulate.week import Week, simulate
from assay.traffic.simulate.writing import write_parquet

HONEST, TIMES = 4_000, 4
CELLS = (
    *(f"relay:accounts={n}" for n in (10, 30, 100, 300)),
    *(f"relay:accounts=100,dilution={share}" for share in (0.05, 0.5)),
    "relay:accounts=100,jitter=120",
    "relay:accounts=100,bought=1",
    *(f"{kind}:accounts=100" for kind in ("mixed", "template", "harvest", "pivot", "probing")),
    "none",
)
HEAD = "cell | asked about | share of their accounts | pools of campaigns | of honest accounts"


def week(said: str, seed: int) -> str:
    """Scan one week, and say who its pools are."""
    campaigns = campaigns_of(said) * TIMES
    planned = sum(one.accounts for one in campaigns)
    made = simulate(Week(accounts=HONEST + planned, seed=seed, campaigns=campaigns))
    with TemporaryDirectory() as place:
        file = Path(place) / "week.parquet"
        write_parquet(made, file)
        logs = read([file])
        found = scan(logs, Asked())
        logs.requests.close()
    rows = {row["account"]: row for row in made.truth.to_pylist()}
    theirs, honest = Counter[str](), Counter[str]()
    pooled = 0
    for one in found.pools:
        names = (rows[name]["campaign"] or "" for name in one.accounts)
        owners = Counter(names)
        (owner, _), *_ = owners.most_common(1)
        pooled += owners.total() - owners[""]
        classes = Counter(rows[name]["class"] for name in one.accounts)
        (theirs if owner else honest)[owner or classes.most_common(1)[0][0]] += 1
    share = pooled / planned if planned else 0
    kinds = ", ".join(f"{count} {kind}" for kind, count in honest.most_common()) or "none"
    return f"{said} | {len(theirs)} of {len(campaigns)} | {share:.2f} | {theirs.total()} | {kinds}"


def main() -> None:
    """Print one line a week."""
    parser = argparse.ArgumentParser(description="who hands conversations on")
    parser.add_argument("--weeks", type=int, default=1)
    parser.add_argument("--first", type=int, default=7000, help="seed of the first week")
    asked = parser.parse_args()
    print(HEAD)
    for said in CELLS:
        for seed in range(asked.first, asked.first + asked.weeks):
            print(week(said, seed), flush=True)


if __name__ == "__main__":
    main()
