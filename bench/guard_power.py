"""Controls that chance did not pick: what the guard lets through on real scores, and what it costs.

    python bench/guard_power.py make FOLDER                  (trains and scores; minutes)
    python bench/guard_power.py clean FOLDER [RUNS]          (false alarms; 1,000 runs a cell)
    python bench/guard_power.py leaked FOLDER [RUNS]         (power with and without the guard)

`make` trains a small base, clean branches of it and one that read half of some items, and scores
every item once by the instruments' own code, alone and against the base. `clean` and `leaked` ask
no model: suspects and controls are drawn from the scored items again and again, with a share of
the suspects from another source or from another range of dates, whose items were easier. A run is
judged as `judge` does where controls were not drawn at random: label betting over the columns, then
the guard with its blind classifier, paired comparison and odds of 1.5.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import stats

from assay.catalog import load
from assay.core.evidence import Finding
from assay.core.item import Benchmark, Item
from assay.core.subject import Model, Subject, Unit
from assay.lab.plant import Leak
from assay.lab.pretrained import branch, pretrained, small
from assay.lab.remembering import remembering
from assay.lab.world import benchmark
from assay.models.names import open_model
from assay.nn.save import save
from assay.nn.train import Recipe
from assay.stats.betting import label_betting_many
from assay.stats.guard import BLIND_CEILING, GAMMA_FLOOR, Guard, guard
from assay.text.blind import blind_features

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

PLAIN = ("logprob.loss", "logprob.zlib", "logprob.mink", "logprob.minkpp")
AGAINST = ("logprob.loss.ref", "logprob.mink.ref", "logprob.minkpp.ref")
COLUMNS = {
    "alone": slice(0, len(PLAIN)),
    "against the base": slice(len(PLAIN), len(PLAIN) + len(AGAINST)),
}
ITEMS = {"facts": 1000, "sums": 1000}
ALPHA = 0.01
EACH = 250
SHARES = (0.0, 0.05, 0.20, 1.0)
STEPS, FURTHER, COPIES = 500, 250, 8
RATE = 2e-3
BATCH = 50


def items() -> list[Item]:
    """All items, in one order for every model."""
    made = [benchmark(kind, "guard", count, siblings=0) for kind, count in ITEMS.items()]
    return [item for one in made for item in one.items]


def make(folder: Path) -> None:
    """Train a base, two clean branches and one that read every second item; score all items."""
    torch.set_num_threads(1)
    base = pretrained(small("nano"), 0, folder / "base", steps=STEPS)
    every = items()
    older = remembering(open_model(f"local:{folder / 'base'}", threads=1))
    leaks = {"clean-1": [], "clean-2": [], "leaked": [Leak(every[::2], COPIES)]}
    for number, (name, planted) in enumerate(leaks.items(), start=1):
        if (folder / f"{name}.npz").exists():
            continue
        if not (folder / name).exists():  # it may have been killed while it was scored
            steps = FURTHER * (1 + bool(planted))  # half of what it reads is planted
            trained = branch(base, planted, Recipe(rate=RATE), steps, seed=number)
            save(trained, base[1], folder / name)
        table = scores(folder / name, older, every)
        np.savez(folder / f"{name}.npz", scores=table)
        print(f"{name}: {len(every)} items scored", flush=True)


def scores(model: Path, older: Model, every: list[Item]) -> Array:
    """Score every item by all columns, shape (n, 7)."""
    asked = remembering(open_model(f"local:{model}", threads=1))
    subject = Subject(
        model=asked, benchmark=Benchmark(name="guard", items=tuple(every)), reference=older
    )
    units = [Unit(id=item.id, item=item) for item in every]
    table = []
    for column in (*PLAIN, *AGAINST):
        found = load(column).measure(subject, units, seed=0)
        table.append([f.score if isinstance(f, Finding) else np.nan for f in found])
    return np.array(table, dtype=float).T


@dataclass(frozen=True, slots=True)
class Pools:
    """From which items are suspects and controls drawn?"""

    own: NDArray[np.int64]
    """Suspects, but for a share."""
    other: NDArray[np.int64]
    """That share."""
    controls: NDArray[np.int64]
    dates: Array | None = None


@dataclass(frozen=True, slots=True)
class Draw:
    """One run: rows of the table in order of revelation, and which of them are suspects."""

    rows: NDArray[np.int64]
    labels: Mask


def draws(pools: Pools, share: float, runs: int, each: int) -> Iterator[Draw]:
    """Draw suspects and controls without replacement, and shuffle them together."""
    for seed in range(runs):
        rng = np.random.default_rng([round(1000 * share), each, seed])
        # A share of the run's own, so that the mixture is a law and not a fixed count.
        foreign = int(rng.binomial(each, share))
        suspects = [
            rng.choice(pools.other, foreign, replace=False),
            rng.choice(pools.own, each - foreign, replace=False),
        ]
        taken = np.concatenate(suspects)
        left = np.setdiff1d(pools.controls, taken)
        rows = np.concatenate([taken, rng.choice(left, each, replace=False)])
        labels = np.arange(2 * each) < each
        order = rng.permutation(2 * each)
        yield Draw(rows[order], labels[order])


@dataclass(slots=True)
class Judge:
    """Judges the same draws by several tables; what text alone says of a draw it asks once."""

    texts: Array
    refused: set[int]
    """Draws whose blind classifier is above the ceiling: no score changes that."""

    def shares(self, tables: list[Array], found: list[Draw]) -> str:
        """Return the shares that flag unguarded, past odds of 1.5, and past the guard.

        Draws take turns between the tables: those of several models.
        """
        counts = np.zeros(3, dtype=int)
        for turn, table in enumerate(tables):
            mine = range(turn, len(found), len(tables))
            for start in range(0, len(mine), BATCH):
                counts += self._batch(table, {at: found[at] for at in mine[start : start + BATCH]})
        return " | ".join(f"{count / len(found):.3f}" for count in counts)

    def _batch(self, table: Array, found: dict[int, Draw]) -> NDArray[np.int64]:
        rows = np.array([draw.rows for draw in found.values()])
        labels = np.array([draw.labels for draw in found.values()])
        flagged = np.flatnonzero(_flags(table[rows], labels, gamma=1.0))
        survives = flagged
        if flagged.size:  # past the guard a verdict must survive these odds: no more is looked at
            survives = flagged[_flags(table[rows[flagged]], labels[flagged], gamma=GAMMA_FLOOR)]
        places = list(found)
        passed = sum(self._passes(table, places[at], found[places[at]]) for at in survives.tolist())
        return np.array([flagged.size, survives.size, passed])

    def _passes(self, table: Array, place: int, draw: Draw) -> bool:
        if place in self.refused:
            return False
        report: Guard = guard(
            table[draw.rows], self.texts[draw.rows], draw.labels, alpha=ALPHA, seed=place
        )
        if report.blind_upper > BLIND_CEILING:
            self.refused.add(place)
        return report.passed


def _flags(table: Array, labels: Mask, *, gamma: float) -> Mask:
    wealth = label_betting_many(table, labels, gamma=gamma)[:, -1]
    flags: Mask = wealth >= np.log(1 / ALPHA)
    return flags


def pools_of(every: list[Item]) -> dict[str, Pools]:
    """Two sources, and two ranges of dates of one source, the later one of harder items."""
    where = np.array([item.id.partition("-")[0] for item in every])
    level = np.array([int(item.stratum) for item in every])
    facts, sums = np.flatnonzero(where == "facts"), where == "sums"
    late, early = np.flatnonzero(sums & (level >= 2)), np.flatnonzero(sums & (level < 2))
    dates = np.where(level >= 2, 2.0, 1.0)
    return {
        "two sources": Pools(facts, np.flatnonzero(sums), facts),
        "two ranges, dates unknown": Pools(late, early, late),
        "two ranges, dates known": Pools(late, early, late, dates),
    }


def clean(folder: Path, runs: int) -> None:
    """Print, for models that saw nothing, how often each stage flags."""
    every = items()
    words = blind_features([item.text for item in every])
    tables = [np.load(folder / f"clean-{number}.npz")["scores"] for number in (1, 2)]
    limit = stats.binom.ppf(0.999, runs, ALPHA) / runs
    print(f"alpha {ALPHA}, {EACH} + {EACH} items, {runs} runs a cell, 99.9 % limit {limit:.3f}")
    print("shift | share | scores | flags unguarded | past odds of 1.5 | past the guard")
    for name, pools in pools_of(every).items():
        texts = words if pools.dates is None else np.column_stack([words, pools.dates])
        for share in SHARES:
            judge, found = Judge(texts, set()), list(draws(pools, share, runs, EACH))
            for label, columns in COLUMNS.items():
                shares = judge.shares([table[:, columns] for table in tables], found)
                print(f"{name} | {share} | {label} | {shares}", flush=True)


def leaked(folder: Path, runs: int) -> None:
    """Print how often a model that read the suspects is flagged, with and without the guard."""
    every = items()
    texts = blind_features([item.text for item in every])
    read = np.arange(len(every)) % 2 == 0
    table = np.load(folder / "leaked.npz")["scores"]
    print(f"every suspect read {COPIES} times, {runs} runs a cell, alpha {ALPHA}")
    print("items | share | n + n | scores | power unguarded | past odds of 1.5 | past the guard")
    for name, pools in list(pools_of(every).items())[:2]:
        mine = Pools(
            pools.own[read[pools.own]],
            pools.other[read[pools.other]],
            pools.controls[~read[pools.controls]],
        )
        most = min(len(mine.own), len(mine.controls))
        for share, each in product((0.0, 0.05), sorted({min(n, most) for n in (EACH, 600)})):
            judge, found = Judge(texts, set()), list(draws(mine, share, runs, each))
            for label, columns in COLUMNS.items():
                shares = judge.shares([table[:, columns]], found)
                print(f"{name} | {share} | {each} | {label} | {shares}", flush=True)


if __name__ == "__main__":
    verb, where = sys.argv[1], Path(sys.argv[2])
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
    if verb == "make":
        make(where)
    else:
        {"clean": clean, "leaked": leaked}[verb](where, count)
