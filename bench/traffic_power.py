"""Which campaigns are found, by size, dilution, isolation, jitter and kind?

    python bench/traffic_power.py FOLDER                  makes references, then all cells
    python bench/traffic_power.py FOLDER --cells size,jitter --weeks 2

References are honest clusters of six simulated weeks of 20,000 accounts without an attacker. Each
cell is some weeks of 4,000 honest accounts and four campaigns that differ in nothing but their
draws, scanned with those references and the defaults. A campaign is *linked* where most accounts of
some candidate cluster are its own, *found* where such a cluster is flagged. The last line is a cell
without a campaign. Results are kept in FOLDER, so that a stopped run goes on.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from assay.traffic.campaigns import Judged
from assay.traffic.course import Course
from assay.traffic.load import Loaded, read
from assay.traffic.scan import Asked, stages
from assay.traffic.simulate.attack import Campaign
from assay.traffic.simulate.mixture import campaigns_of
from assay.traffic.simulate.week import Week, simulate
from assay.traffic.simulate.writing import write_parquet
from assay.traffic.weights import packaged

HONEST, TIMES = 4_000, 4
REFERENCES = (101, 102, 103, 104, 105, 106)
CELLS: dict[str, tuple[str, ...]] = {
    "size": tuple(
        f"{kind}:accounts={n}" for kind in ("template", "relay") for n in (10, 30, 100, 300)
    ),
    "dilution": tuple(
        f"{kind}:accounts=100,dilution={share}"
        for kind in ("template", "relay")
        for share in (0.05, 0.2, 0.5)
    ),
    "isolation": tuple(f"template:accounts=100,isolation={share}" for share in (0, 1)),
    "jitter": tuple(
        f"{kind}:accounts=100,jitter={minutes}"
        for kind in ("template", "relay")
        for minutes in (10, 120)
    ),
    "rate": tuple(f"template:accounts=100,rate={rate}" for rate in (5, 100, 850)),
    "bought": tuple(f"{kind}:accounts=100,bought=1" for kind in ("template", "relay", "harvest")),
    "kind": tuple(f"{kind}:accounts=100" for kind in ("mixed", "harvest", "pivot", "probing")),
    "none": ("none",),
}  # fmt: skip


def simulated(folder: Path, accounts: int, seed: int, campaigns: Sequence[Campaign]) -> tuple[
    Loaded, dict[str, str]
]:  # fmt: skip
    """Return a week's log, and the campaign of each account that is in one."""
    file = folder / "week.parquet"
    made = simulate(Week(accounts=accounts, seed=seed, campaigns=tuple(campaigns)))
    write_parquet(made, file)
    truth = {row["account"]: row["campaign"] for row in made.truth.to_pylist() if row["campaign"]}
    return read([str(file)]), truth


def references(path: Path) -> None:
    """Make the file of references, if it is not there."""
    draft = path.with_suffix(".part")
    if path.exists():
        return
    draft.unlink(missing_ok=True)
    for seed in REFERENCES:
        with TemporaryDirectory() as place:
            logs, _ = simulated(Path(place), 20_000, seed, ())
            stages(logs, Asked(references=draft), packaged(), Course())
            logs.requests.close()
        print(f"references of seed {seed} are kept", file=sys.stderr)
    draft.rename(path)


def owner(one: Judged, truth: dict[str, str]) -> str:
    """Return the campaign that most accounts of a cluster are of, or nothing."""
    count = Counter(truth.get(account, "") for account in one.cluster.accounts)
    return count.most_common(1)[0][0]


def week(said: str, seed: int, shelf: Path) -> dict[str, float]:
    """Scan one week: campaigns linked and found, honest clusters flagged."""
    campaigns = campaigns_of(said) * TIMES
    accounts = HONEST + sum(one.accounts for one in campaigns)
    with TemporaryDirectory() as place:
        mine = Path(place) / "references.json"
        shutil.copy(shelf, mine)
        logs, truth = simulated(Path(place), accounts, seed, campaigns)
        found = stages(logs, Asked(references=mine), packaged(), Course())
        logs.requests.close()
    judged = found.judged.candidates if found.judged else ()
    theirs = {one.cluster.id: owner(one, truth) for one in judged}
    best = {name: max((one.e_value for one in judged if theirs[one.cluster.id] == name), default=0)
            for name in set(theirs.values()) - {""}}  # fmt: skip
    hit = [one for one in judged if one.flagged]
    return {
        "campaigns": len(campaigns),
        "linked": len(best),
        "found": len({theirs[one.cluster.id] for one in hit} - {""}),
        "wrong": sum(not theirs[one.cluster.id] for one in hit),
        "candidates": len(judged),
        "references": len(found.honest),
        "median_e": sorted(best.values())[len(best) // 2] if best else 0.0,
        "reach": max((one.reachable for one in judged), default=1.0),
    }


def main() -> int:
    """Print one line a cell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cells", default=",".join(CELLS))
    parser.add_argument("--weeks", type=int, default=2)
    parser.add_argument("--first", type=int, default=7000, help="seed of the first week")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    shelf, kept = asked.folder / "references.json", asked.folder / "weeks.jsonl"
    references(shelf)
    done = {}
    if kept.exists():
        known = map(json.loads, kept.read_text().splitlines())
        done = {(row["cell"], row["seed"]): row for row in known}
    print("cell | linked | found | wrong | candidates | references | median e | e in reach")
    for name in asked.cells.split(","):
        for said in CELLS[name]:
            rows = []
            for seed in range(asked.first, asked.first + asked.weeks):
                if (said, seed) not in done:
                    row = {"cell": said, "seed": seed} | week(said, seed, shelf)
                    with kept.open("a") as file:
                        file.write(json.dumps(row) + "\n")
                    done[said, seed] = row
                rows.append(done[said, seed])
            total = Counter[str]()
            for row in rows:
                total.update({k: row[k] for k in ("campaigns", "linked", "found", "wrong")})
            last = rows[-1]
            print(f"{said} | {total['linked']} of {total['campaigns']} | {total['found']} | "
                  f"{total['wrong']} | {last['candidates']} | {last['references']} | "
                  f"{last['median_e']:.0f} | {last['reach']:.0f}", flush=True)  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
