"""Does a real model that was trained on the published variants rank them first?

    python bench/siblings_tuned.py FOLDER [--shares 1,.1] [--epochs 1,3] [--seeds 0,1,2] [--no-pots]

A benchmark of HumanEval's shortest items with 20 variants each is made by `assay bench siblings`
and frozen once. The model is SmolLM2-135M-Instruct, as it comes in a package, in float32.

*Siblings*: for each seed one variant of each item is drawn by the command, a share of the published
ones (by lot) is trained on, one text a step, and after each epoch that was named the real `examine`
runs with the instrument `siblings`, once alone and once with the untouched model as `--reference`.
It stops when it is decided. Ranks are of the measured items.
How often the untouched model is flagged is the question of `siblings_redrawn.py`.

*Secret honeypots*: planted by `assay bench honeypots` in the shorter half of the items. The sealed
golds of half of them leak: the model is trained on these alone, each ten times an epoch, and is
asked by the instrument `honeypot`.

Everything lies in FOLDER; what is finished is not run again, so that a killed run goes on, and
several runs with other seeds may work on one folder once `made` is there.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch

from assay.core.draws import VARIANTS, ranked
from assay.core.evidence import Finding
from assay.core.settings import Plan
from assay.core.subject import Model
from assay.examination import examine, load_run
from assay.examination.loop import carry_out
from assay.examination.prepare import prepare
from assay.formats.benchmarks import open_benchmark, rows_of
from assay.formats.humaneval import humaneval_file
from assay.lab.remembering import remembering
from assay.lab.tuning import Tuning, tune
from assay.models.local import LocalModel
from assay.models.names import open_model
from assay.stats.evalues import rank_e, staked
from assay.store import Ledger

ALPHA = 0.01
DAY = "2026-11-22"
LINE = np.log(1 / ALPHA)
WAYS = ("plain", "reference")
HEAD = (
    "share | seed | epochs | against | first, trained | first, others | median rank, trained"
    " | items measured | log10 e | verdict"
)
POT_EPOCHS, POT_TIMES, POT_RATE = (1, 3, 10), 10, 1e-4
"""The rate is five times the lab's: 32 signs that chance drew take many readings."""
Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Study:
    """What is run."""

    folder: Path
    items: int
    epochs: tuple[int, ...]
    base: Path
    """The untouched weights, as a folder: a GGUF file takes far longer to open."""


def shortest(path: Path, count: int) -> None:
    """Write HumanEval's shortest items, in its own form and order."""
    rows = [dict(row.values) for row in rows_of(humaneval_file())]
    kept = sorted(rows, key=lambda r: len(str(r["prompt"]) + str(r["canonical_solution"])))[:count]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows if row in kept))


def command(*words: str) -> None:
    """Run `assay` as a user does."""
    subprocess.run([sys.executable, "-m", "assay", *words], check=True)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """After which epochs is a model measured, and by what?"""

    epochs: tuple[int, ...]
    by: Callable[[Path, Path, int], Row]
    """Of the model's folder, the folder of what is written, and the epoch."""


def make(study: Study) -> None:
    """Freeze the variants, plant the honeypots, keep the weights."""
    if (study.folder / "made").exists():
        return
    study.folder.mkdir(parents=True, exist_ok=True)
    few, fewer = study.folder / "short.jsonl", study.folder / "shorter.jsonl"
    shortest(few, study.items)
    shortest(fewer, study.items // 2)
    command("bench", "siblings", str(few), "--out", str(study.folder / "frozen"))
    vault = ("--out", str(study.folder / "vault"), "--share", "0.4", "--seed", "study", "--anyway")
    command("bench", "honeypots", str(fewer), *vault)
    local("smollm2").save(study.base)
    (study.folder / "made").touch()


def drawn(study: Study, seed: int) -> Path:
    """Draw and publish, by the command, in a copy of what was frozen; return the sealed file."""
    place = study.folder / f"draw-{seed}"
    if not place.exists():
        part = study.folder / f".draw-{seed}"
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(study.folder / "frozen", part)
        source, told = str(study.folder / "short.jsonl"), f"study {seed}"
        words = ("--out", str(part), "--seed", told, "--committed", DAY)
        command("bench", "siblings", source, *words)
        part.rename(place)
    return place / "private" / "short.jsonl"


def local(name: str) -> LocalModel:
    """Open a model on one thread."""
    return cast("LocalModel", open_model(name, threads=1, device="cpu"))


def kept(path: Path, work: Callable[[], Row]) -> Row:
    """Return what a file holds, or do the work and write it."""
    if not path.is_file():
        done = work()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".part").write_text(json.dumps(done))
        path.with_suffix(".part").replace(path)
    held: Row = json.loads(path.read_bytes())
    return held


def trained(
    study: Study, place: Path, texts: Sequence[str], tuning: Tuning, measured: Measured
) -> dict[int, Row]:
    """Train, and measure after the epochs that are named and not known yet."""
    files = {epoch: place / f"{epoch}.json" for epoch in measured.epochs}
    known = {e: json.loads(file.read_bytes()) for e, file in files.items() if file.is_file()}
    missing = set(measured.epochs) - set(known)
    if not missing:
        return known
    place.mkdir(parents=True, exist_ok=True)
    model, saved = local(f"local:{study.base}"), place / "model"
    for epoch in tune(model, texts, place, tuning, epochs=max(missing)):
        if epoch in missing:
            model.save(saved)
            known[epoch] = kept(files[epoch], partial(measured.by, saved, place, epoch))
            shutil.rmtree(saved)
    (place / "state.safetensors").unlink()
    return known


def leaked(study: Study, beside: Model, share: float, seed: int) -> Iterator[Row]:
    """Train on a share of the published variants; yield what each way gives after each epoch."""
    sealed = drawn(study, seed)
    items = open_benchmark(str(sealed)).items
    names = ranked([item.id for item in items], f"trained {seed}")[: round(share * len(items))]
    texts = [item.text for item in items if item.id in names]
    place = study.folder / f"share-{share:g}-seed-{seed}"
    measured = Measured(epochs=study.epochs, by=partial(both, sealed, beside))
    rows = trained(study, place, texts, Tuning(seed=seed), measured)
    for (epoch, row), way in product(sorted(rows.items()), WAYS):
        one = {**row[way], "share": share, "seed": seed, "epoch": epoch, "way": way}
        one |= {side: list[int]() for side in ("trained", "others")}
        for name, rank in row[way]["ranks"].items():
            one["trained" if name in names else "others"].append(rank)
        yield one


def both(sealed: Path, beside: Model, model: Path, place: Path, epoch: int) -> Row:
    """Examine by siblings, without and with the untouched model as reference; ask each once."""
    asked = remembering(local(f"local:{model}"))
    given = {"benchmark": str(sealed), "model": asked.name, "instruments": ["siblings"]}
    plans = {
        way: Plan.model_validate(
            {**given, "reference": name, "alpha": ALPHA, "out": str(place / f"run-{epoch}-{way}")}
        )
        for way, name in zip(WAYS, (None, beside.name), strict=True)
    }
    return {way: ranks(plan, asked, beside) for way, plan in plans.items()}


def ranks(plan: Plan, model: Model, beside: Model) -> Row:
    """Run the one loop of `examine`: the verdict, and the published variant's rank by item."""
    out = Path(str(plan.out))
    with Ledger(out) as ledger:
        trial = prepare(plan, model=model, reference=beside if plan.reference else None)
        verdict = carry_out(trial, ledger, out, lambda _: None)
    found = [one for one in load_run(out)[1] if isinstance(one, Finding)]
    return {
        "status": verdict.status.value,
        "log10_e": verdict.totals[0].path[-1] / np.log(10),
        "measured": len(found),
        "ranks": {one.unit: one.detail["rank"] for one in found},
    }


def passes(vault: Path, model: Path, place: Path, epoch: int) -> Row:
    """Examine by honeypots: how many secrets were given?"""
    out = place / f"run-{epoch}"
    given = {"model": f"local:{model}", "alpha": ALPHA, "out": str(out)}
    verdict = examine(str(vault), instruments=("honeypot",), **given)  # type: ignore[arg-type]
    found = [one for one in load_run(out)[1] if isinstance(one, Finding)]
    return {"status": verdict.status.value, **{k: found[0].detail[k] for k in ("hits", "asked")}}


def pots(study: Study) -> None:
    """Train on the golds of half of the honeypots; ask for the secrets of all."""
    vault = study.folder / "vault" / "private" / "shorter.jsonl"
    names = [one.id for one in open_benchmark(str(vault)).honeypots]
    read = ranked(names, "leaked")[: len(names) // 2]
    rows = [row.values for row in rows_of(vault)]  # as items are read, honeypots are none
    golds = [f"{r['prompt']}{r['canonical_solution']}" for r in rows if r["task_id"] in read]
    place, by = study.folder / "pots", partial(passes, vault)
    found = {0: kept(place / "0.json", partial(by, study.base, place, 0))}
    measured = Measured(epochs=POT_EPOCHS, by=by)
    found |= trained(study, place, golds * POT_TIMES, Tuning(rate=POT_RATE), measured)
    print(f"secret honeypots, {len(read)} leaked: readings | passed | verdict")
    for epoch, row in sorted(found.items()):
        print(f"  {POT_TIMES * epoch} | {row['hits']} of {row['asked']} | {row['status']}")


def shown(row: Row) -> str:
    """Return a line of the table."""
    first = (f"{row[side].count(1)} of {len(row[side])}" for side in ("trained", "others"))
    cells = [*(row[key] for key in ("share", "seed", "epoch", "way")), *first]
    cells += [f"{np.median(row['trained'] or [0]):g}", row["measured"], f"{row['log10_e']:.2f}"]
    return " | ".join(map(str, [*cells, row["status"]]))


def projected(found: Sequence[int], runs: int = 1000) -> str:
    """How often would a benchmark of 162 items be flagged, a tenth of them with ranks like these?

    The others' ranks are uniform, as those of what was not trained on are.
    """
    rng = np.random.default_rng(7)
    worth = np.array([rank_e(rank, VARIANTS) for rank in range(1, VARIANTS + 1)])
    flagged = 0
    for _ in range(runs):
        drawn_ranks = rng.integers(1, VARIANTS + 1, size=162)
        drawn_ranks[:16] = rng.choice(found, size=16)
        flagged += bool((staked(worth[rng.permutation(drawn_ranks) - 1]) >= LINE).any())
    return f"{flagged} of {runs}"


def tables(study: Study, shares: Sequence[float], seeds: Sequence[int]) -> None:
    """Print what the trained models show, and what that would do in a larger benchmark."""
    print(HEAD)
    beside = remembering(local(f"local:{study.base}"))
    pooled: dict[tuple[float, int, str], list[int]] = {}
    for share, seed in product(shares, seeds):
        for row in leaked(study, beside, share, seed):
            print(shown(row), flush=True)
            pooled.setdefault((share, row["epoch"], row["way"]), []).extend(row["trained"])
    for (share, epoch, way), found in pooled.items():
        rate = f"{found.count(1)} of {len(found)} first"
        print(f"ranks as at share {share:g}, epoch {epoch}, {way} ({rate}), in 16 of 162: ", end="")
        print(f"flagged {projected(found)}")


def floats(text: str) -> list[float]:
    """Read numbers with commas; none in an empty text."""
    return [float(one) for one in text.split(",") if one]


def main(words: Sequence[str]) -> None:
    """Run what is missing, and print all."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--items", type=int, default=40)
    asked.add_argument("--epochs", type=floats, default=[1, 3])
    asked.add_argument("--shares", type=floats, default=[1, 0.1])
    asked.add_argument("--seeds", type=floats, default=[0, 1, 2])
    asked.add_argument("--no-pots", action="store_true")
    given = asked.parse_args(words)
    torch.set_num_threads(1)
    folder, epochs = given.folder, tuple(sorted(map(int, given.epochs)))
    study = Study(folder=folder, items=given.items, epochs=epochs, base=folder / "base")
    make(study)
    if given.seeds:
        tables(study, given.shares, [int(seed) for seed in given.seeds])
    if not given.no_pots:
        pots(study)


if __name__ == "__main__":
    main(sys.argv[1:])
