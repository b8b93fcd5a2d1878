"""Runs on scripted models: their files, their processes, what they asked."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import sqlite3
import sys
from multiprocessing.context import ForkServerContext, ForkServerProcess, SpawnProcess
from pathlib import Path
from typing import Any

from tests.conformance.world import build, published_texts, write, write_known

from assay.core.errors import StoreError
from assay.core.item import Benchmark
from assay.core.settings import Plan
from assay.examination import run

LOG = "log.txt"
FILES = ("evidence.jsonl", "verdict.json")
DISK_FAILED = 4


def world(folder: Path, *, items: int = 10, siblings: int = 19) -> tuple[Path, Benchmark]:
    """Write a benchmark with everything planted; returns its file too."""
    benchmark = build(1, items=items, siblings=siblings, options=3)
    folder.mkdir(parents=True, exist_ok=True)
    return write(folder, benchmark), benchmark


def knowing(folder: Path, benchmark: Benchmark, **options: object) -> str:
    """Return the name of a model that has read the benchmark."""
    path = write_known(folder, published_texts(benchmark))
    return scripted(f"scripted:knows={path},strength=0.9", **options)


def scripted(start: str = "scripted:clean", **options: object) -> str:
    """Return a scripted model's name with its options."""
    return ",".join([start, *(f"{key}={value}" for key, value in options.items())])


def plan(benchmark: Path, **options: Any) -> Plan:
    """Return a plan whose run lies beside the benchmark."""
    given = {"model": scripted(log=benchmark.parent / LOG), "out": str(benchmark.parent / "run")}
    return Plan.model_validate({"benchmark": str(benchmark)} | given | options)


def asked(folder: Path) -> list[str]:
    """Return the digests of the requests that the model answered, in order."""
    log = folder / LOG
    return log.read_text().splitlines() if log.exists() else []


def recorded(out: Path) -> set[str]:
    """Return the digests of the requests whose replies are in the ledger."""
    if not (out / "ledger.sqlite").exists():
        return set()
    with sqlite3.connect(out / "ledger.sqlite") as db:
        made = db.execute("SELECT name FROM sqlite_master WHERE name = 'replies'").fetchone()
        rows = db.execute("SELECT request FROM replies").fetchall() if made else []
    db.close()
    return {request for (request,) in rows}


def written(out: Path) -> dict[str, bytes]:
    """Return what stands in a run's files, those that there are."""
    return {name: (out / name).read_bytes() for name in FILES if (out / name).exists()}


def context() -> ForkServerContext:
    """Return a maker of fresh processes that have the heavy imports behind them."""
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload(["tests.examination.runs"])
    return made


def process(
    given: Plan, folder: Path, *, room: int = 0, weights: bool = False
) -> ForkServerProcess | SpawnProcess:
    """Start a run in a process of its own, in a folder; `room` limits the size of its files."""
    # What computes with several threads may hang in a process that was forked.
    maker = multiprocessing.get_context("spawn") if weights else context()
    one = maker.Process(target=work, args=(given, str(folder), room))
    one.start()
    return one


def work(given: Plan, folder: str, room: int) -> None:
    """Run, and end with 4 where the disk failed."""
    os.chdir(folder)
    if room:
        # A write beyond the limit then fails like one on a full disk, instead of a signal.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    try:
        run(given)
    except StoreError:
        sys.exit(DISK_FAILED)
