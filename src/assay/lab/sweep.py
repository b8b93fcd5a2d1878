"""Many trainings, each once: killed sweeps go on where they stopped, several run at a time."""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import IO, Any

import torch

from assay.core.errors import AssayError, BadConfig, BadFormat, BoundaryError, UsageError
from assay.core.item import digest_of
from assay.core.settings import Progress
from assay.core.subject import Cost
from assay.lab.experiment import OnProgress
from assay.lab.threads import alone
from assay.lab.versions import code_digest
from assay.store.files import write_whole

__all__ = ["sweep"]

Cell = Any
"""What JSON can say."""
Work = Callable[[Cell], dict[str, Any]]
PLAN, RESULTS = "plan.json", "results.jsonl"


def sweep(
    folder: Path,
    cells: Mapping[str, Cell],
    work: Work,
    *,
    workers: int = 1,
    on_progress: OnProgress | None = None,
) -> dict[str, dict[str, Any]]:
    """What does the work find in every cell? Those that the folder holds already are not redone.

    Parameters
    ----------
    folder
        Where the plan and every cell's result are kept, each as soon as it is there.
    cells
        What is to be done, by name; JSON values.
    work
        A function of a module, or a `partial` of one: cell to result, a JSON object. It decides
        all chance by the cell, and keeps larger things in files of its own.
    workers
        How many cells at a time, each in a process of one thread.
    on_progress
        Called after each cell.

    Returns
    -------
    dict
        Result by cell, in the order of the cells.

    Raises
    ------
    BadConfig
        The folder holds another plan, was made by another version of the code, or another process
        works in it. Nothing is overwritten.
    BadFormat
        A line of the results is damaged.
    UsageError, BoundaryError
        The work failed; what was found before is kept.
    """
    if workers < 1:
        msg = f"{workers} workers\n  next: --workers 1, or more"
        raise BadConfig(msg)
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        _agree(folder, cells, work)
        found = _kept(folder / RESULTS)
        left = {name: cell for name, cell in cells.items() if name not in found}
        report = _Reporter(on_progress, len(cells))
        report(len(found))
        with (folder / RESULTS).open("a", encoding="utf-8") as out:
            for name, result in _done(work, left, workers):
                _append(out, name, result)
                found[name] = result
                report(len(found))
    return {name: found[name] for name in cells}


@dataclass(frozen=True, slots=True)
class _Reporter:
    """Who is told how far the sweep has come?"""

    tell: OnProgress | None
    total: int

    def __call__(self, done: int) -> None:
        if self.tell is not None:
            self.tell(Progress(phase="cells", done=done, total=self.total, cost=Cost()))


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep every other process out of the folder; a killed one leaves no lock behind."""
    with (folder / ".lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            msg = f"{folder}: another process works here\n  next: wait for it, or --out elsewhere"
            raise BadConfig(msg) from error
        yield


def _agree(folder: Path, cells: Mapping[str, Cell], work: Work) -> None:
    """Is the folder of this plan and this code? A new one is marked so."""
    function = work.func if isinstance(work, partial) else work
    plan = {
        "work": f"{function.__module__}:{function.__qualname__}",
        "cells": digest_of(dict(cells)),
        "code": code_digest(function.__module__),
    }
    path = folder / PLAN
    if not path.exists():
        if (folder / RESULTS).exists():
            msg = f"{folder} holds results and no {PLAN}: whose they are cannot be told"
            raise BadConfig(f"{msg}\n  next: choose another folder with --out")
        write_whole(path, [json.dumps(plan, indent=1) + "\n"])
    before = _plan_of(path)
    for key, meaning in (("work", "work"), ("cells", "plan"), ("code", "version of the code")):
        if before.get(key) != plan[key]:
            msg = f"{folder} was made with another {meaning}; nothing was changed there"
            raise BadConfig(f"{msg}\n  next: choose another folder with --out, or remove that one")


def _plan_of(path: Path) -> dict[str, Any]:
    try:
        before = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:  # undecodable bytes are one too
        raise BadFormat(
            str(path), None, "is no JSON", "choose another folder with --out"
        ) from error
    if not isinstance(before, dict):
        raise BadFormat(str(path), None, "is no plan", "choose another folder with --out")
    return before


def _kept(path: Path) -> dict[str, dict[str, Any]]:
    """Read what was found before; a last line that was cut by a kill is cut off."""
    if not path.exists():
        return {}
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        with path.open("r+b") as file:
            file.truncate(whole)
    found = dict[str, dict[str, Any]]()
    for number, line in enumerate(content[:whole].splitlines(), 1):
        try:
            row = json.loads(line)
            found[row["cell"]] = dict(row["result"])
        except (ValueError, TypeError, KeyError) as error:
            fix = "remove the line: its cell is then done again"
            raise BadFormat(str(path), number, "is no result of a sweep", fix) from error
    return found


def _append(out: IO[str], name: str, result: dict[str, Any]) -> None:
    out.write(json.dumps({"cell": name, "result": result}, allow_nan=False) + "\n")
    out.flush()
    os.fsync(out.fileno())


def _done(
    work: Work, cells: Mapping[str, Cell], workers: int
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield results as they come."""
    if workers == 1 or len(cells) < 2:
        yield from _here(work, cells)
    else:
        yield from _elsewhere(work, cells, workers)


def _here(work: Work, cells: Mapping[str, Cell]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Work in this process."""
    for name, cell in cells.items():
        with alone():
            result = work(cell)
        yield name, result


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a cell in another process? Our errors travel as text: not all can be copied."""

    result: dict[str, Any]
    failed: str = ""
    outside: bool = False


def _safely(work: Work, cell: Cell) -> Outcome:
    try:
        return Outcome(work(cell))
    except AssayError as error:
        return Outcome({}, str(error), isinstance(error, BoundaryError))


def _begin() -> None:
    """Begin a worker: one thread, and no life after the process that began it."""
    torch.set_num_threads(1)
    threading.Thread(target=_outlive_nobody, daemon=True).start()


def _outlive_nobody() -> None:
    above = parent_process()
    if above is not None:
        above.join()
        os._exit(1)


def _elsewhere(
    work: Work, cells: Mapping[str, Cell], workers: int
) -> Iterator[tuple[str, dict[str, Any]]]:
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_begin) as pool:
        names = {pool.submit(_safely, work, cell): name for name, cell in cells.items()}
        try:
            yield from _as_they_come(names)
        finally:  # after a failure, or when nobody listens any more
            pool.shutdown(wait=False, cancel_futures=True)


def _as_they_come(
    names: dict[Future[Outcome], str],
) -> Iterator[tuple[str, dict[str, Any]]]:
    waiting = set(names)
    while waiting:
        ready, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        for one in ready:
            outcome = one.result()
            if outcome.failed:
                kind = BoundaryError if outcome.outside else UsageError
                msg = f"{names[one]}: {outcome.failed}"
                raise kind(msg)
            yield names[one], outcome.result
