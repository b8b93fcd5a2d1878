"""Does a real model that was trained on the published variants rank them first?

    python bench/siblings_tuned.py FOLDER [--shares 1,.1] [--epochs 1,3] [--seeds 0,1,2] [--no-pots]

A benchmark of HumanEval's shortest items with 20 variants each is made by `assay bench siblings`
and frozen once. The model is SmolLM2-135M-Instruct, as it comes in a package, in float32.

*Untouched*: it scores all variants once. Then the lot that `assay bench siblings` uses is drawn
again and again, and each draw goes through the instrument's own finding (rank, e-value) and
through what the verdict puts items together with. The model saw none of the draws, whatever it
thinks of the variants: so the share of flagged draws is what alpha promises, on real weights.

*Leaked*: for each seed one variant of each item is drawn by the command, a share of the published
ones (by lot) is trained on, one text a step, and after each epoch that was named the real `examine`
runs with the instrument `siblings`. It stops when it is decided. Ranks are of the measured items.

*Secret honeypots*: planted by `assay bench honeypots` in the shortest of the items. The model is
trained on the whole private half, and asked by the instrument `honeypot` after epochs.

Everything lies in FOLDER; what is finished is not run again, so that a killed run goes on, and
several runs with other seeds may work on one folder once `made` is there.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch

from assay.core.draws import drawn_text, ranked
from assay.core.evidence import Finding, Verdict
from assay.examination import examine, load_run
from assay.formats.benchmarks import open_benchmark, rows_of
from assay.formats.humaneval import humaneval_file
from assay.lab.tuning import Tuning, tune
from assay.models.local import LocalModel
from assay.models.names import open_model
from assay.probes.ranking import rank_finding, score_groups
from assay.stats.evalues import staked

ALPHA = 0.01
DAY = "2026-11-22"
LINE = np.log(1 / ALPHA)
POT_EPOCHS = (1, 5, 10, 20)
POT_RATE = 1e-4
"""Five times the lab's: at its own a string of 32 signs takes more epochs than are run here."""
Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Study:
    """What is run."""

    folder: Path
    items: int
    epochs: tuple[int, ...]
    redraws: int

    @property
    def base(self) -> Path:
        """The untouched weights, as a folder: a GGUF file takes far longer to open."""
        return self.folder / "base"


def shortest(path: Path, count: int) -> None:
    """Write HumanEval's shortest items, in its own form and order."""
    rows = [dict(row.values) for row in rows_of(humaneval_file())]
    kept = sorted(rows, key=lambda r: len(str(r["prompt"]) + str(r["canonical_solution"])))[:count]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows if row in kept))


def command(*words: str) -> None:
    """Run `assay` as a user does."""
    subprocess.run([sys.executable, "-m", "assay", *words], check=True)


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


def scored(study: Study) -> Row:
    """Score all variants of all items once with the untouched model."""
    items = open_benchmark(str(drawn(study, 0))).items
    groups = [(item.text, *item.siblings) for item in items]
    start = time.process_time()
    found = score_groups(local(f"local:{study.base}"), groups)
    told = [
        {"id": item.id, "texts": texts, "scores": scores}
        for item, texts, (scores, _) in zip(items, groups, found, strict=True)
    ]
    return {"items": told, "seconds": time.process_time() - start}


def redrawn(held: Row, draws: int) -> Iterator[np.ndarray]:
    """Yield for each draw of the published variants the e-value of each item."""
    tables = [dict(zip(one["texts"], e_values(one), strict=True)) for one in held["items"]]
    names = [one["id"] for one in held["items"]]
    for seed in range(draws):
        yield np.array(
            [
                table[drawn_text(list(table), name, f"redraw {seed}")]
                for name, table in zip(names, tables, strict=True)
            ]
        )


def e_values(one: Row) -> list[float]:
    """What would each variant's e-value be, if it were the published one?"""
    scores = one["scores"]
    turned = ([own, *scores[:i], *scores[i + 1 :]] for i, own in enumerate(scores))
    found = (rank_finding("siblings", one["id"], row, "") for row in turned)
    return [float(f.e_value or 0) for f in found if isinstance(f, Finding)]


def untouched(study: Study) -> None:
    """Print how often the untouched model is flagged over draws."""
    held = kept(study.folder / "scores.json", lambda: scored(study))
    table = np.array(list(redrawn(held, study.redraws)))
    paths = np.array([staked(row) for row in table])
    ever, end = (paths.max(axis=1) >= LINE).sum(), (paths[:, -1] >= LINE).sum()
    spread = np.median([np.ptp(one["scores"]) for one in held["items"]])
    print(f"untouched: {len(paths)} draws of {table.shape[1]} items, mean e {table.mean():.4f}")
    print(f"  flagged at any item {ever}, after the last {end}; {held['seconds']:.0f} s to score")
    print(f"  between an item's likeliest and unlikeliest variant: {spread:.3f} nats a byte")


def tuned(study: Study, share: float, seed: int) -> list[Row]:
    """Train on a share of the published variants; examine after the epochs that were named."""
    place = study.folder / f"share-{share:g}-seed-{seed}"
    sealed = drawn(study, seed)
    items = open_benchmark(str(sealed)).items
    names = ranked([item.id for item in items], f"trained {seed}")[: round(share * len(items))]
    texts = [item.text for item in items if item.id in names]
    found = []
    for epoch, model in epochs(study, place, texts, Tuning(seed=seed), study.epochs):
        row = kept(place / f"{epoch}.json", lambda m=model, e=epoch: ranks(m(), sealed, place, e))  # type: ignore[misc]
        trained = [rank for name, rank in row["ranks"].items() if name in names]
        others = [rank for name, rank in row["ranks"].items() if name not in names]
        found.append({**row, "epoch": epoch, "trained": trained, "others": others})
    return found


def epochs(
    study: Study, place: Path, texts: Sequence[str], tuning: Tuning, wanted: Sequence[int]
) -> Iterator[tuple[int, Callable[[], Path]]]:
    """Yield each wanted epoch, and what gives the folder of its model; nothing if all is known."""
    missing = [epoch for epoch in wanted if not (place / f"{epoch}.json").is_file()]
    yield from ((epoch, lambda: place) for epoch in wanted if epoch not in missing)
    if not missing:
        return
    place.mkdir(parents=True, exist_ok=True)
    model = local(f"local:{study.base}")
    for epoch in tune(model, texts, place, tuning, epochs=max(missing)):
        if epoch in missing:
            saved = place / f"model-{epoch}"
            model.save(saved)
            yield epoch, lambda: saved  # noqa: B023 - called before the next epoch
            shutil.rmtree(saved)
    (place / "state.safetensors").unlink()


def examined(model: Path, sealed: Path, place: Path, instrument: str, epoch: int) -> Verdict:
    """Run the examination that the command line runs."""
    start = time.process_time()
    verdict = examine(
        str(sealed),
        model=f"local:{model}",
        instruments=(instrument,),
        alpha=ALPHA,
        out=str(place / f"run-{epoch}"),
    )
    print(f"{place.name}, epoch {epoch}: {verdict.headline} {time.process_time() - start:.0f} s")
    return verdict


def ranks(model: Path, sealed: Path, place: Path, epoch: int) -> Row:
    """Examine by siblings: the verdict, and the published variant's rank for each item."""
    verdict = examined(model, sealed, place, "siblings", epoch)
    found = [one for one in load_run(place / f"run-{epoch}")[1] if isinstance(one, Finding)]
    total = verdict.totals[0]
    return {
        "status": verdict.status.value,
        "log10_e": total.path[-1] / np.log(10),
        "measured": len(found),
        "ranks": {one.unit: one.detail["rank"] for one in found},
    }


def pots(study: Study) -> None:
    """Train on the whole private half with its honeypots; ask for the secrets."""
    vault = study.folder / "vault" / "private" / "shorter.jsonl"
    texts = [item.text for item in open_benchmark(str(vault)).items]
    place = study.folder / "pots"
    rows = {0: kept(place / "0.json", lambda: passes(study.base, vault, place, 0))}
    tuning = Tuning(rate=POT_RATE)
    for epoch, model in epochs(study, place, texts, tuning, POT_EPOCHS):
        rows[epoch] = kept(
            place / f"{epoch}.json",
            lambda m=model, e=epoch: passes(m(), vault, place, e),  # type: ignore[misc]
        )
    print("honeypots | epochs | passed | verdict")
    for epoch, row in sorted(rows.items()):
        print(f"  {epoch} | {row['hits']} of {row['asked']} | {row['status']}")


def passes(model: Path, vault: Path, place: Path, epoch: int) -> Row:
    """Examine by honeypots: how many secrets were given?"""
    verdict = examined(model, vault, place, "honeypot", epoch)
    found = [one for one in load_run(place / f"run-{epoch}")[1] if isinstance(one, Finding)]
    return {"status": verdict.status.value, **{k: found[0].detail[k] for k in ("hits", "asked")}}


def told(row: Row) -> str:
    """Return a line of the table."""
    sides = []
    for side in ("trained", "others"):
        values = np.array(row[side])
        first = (
            f"{(values == 1).sum()} of {len(values)}, median {np.median(values):g}"
            if len(values)
            else "none"
        )
        sides.append(first)
    return f"{' | '.join(sides)} | {row['measured']} | {row['log10_e']:.2f} | {row['status']}"


def floats(text: str) -> list[float]:
    """Read numbers with commas; none in an empty text."""
    return [float(one) for one in text.split(",") if one]


def main(words: Sequence[str]) -> None:
    """Run what is missing, and print all."""
    told_of = argparse.ArgumentParser(description=__doc__)
    told_of.add_argument("folder", type=Path)
    told_of.add_argument("--items", type=int, default=40)
    told_of.add_argument("--epochs", type=floats, default=[1, 3])
    told_of.add_argument("--shares", type=floats, default=[1, 0.1])
    told_of.add_argument("--seeds", type=floats, default=[0, 1, 2])
    told_of.add_argument("--redraws", type=int, default=2000)
    told_of.add_argument("--no-pots", action="store_true")
    given = told_of.parse_args(words)
    torch.set_num_threads(1)
    study = Study(
        folder=given.folder,
        items=given.items,
        epochs=tuple(sorted(map(int, given.epochs))),
        redraws=given.redraws,
    )
    make(study)
    for share in given.shares:
        for seed in map(int, given.seeds):
            for row in tuned(study, share, seed):
                print(f"{share:g} | {seed} | {row['epoch']} | {told(row)}", flush=True)
    if given.redraws:
        untouched(study)
    if not given.no_pots:
        pots(study)


if __name__ == "__main__":
    main(sys.argv[1:])
