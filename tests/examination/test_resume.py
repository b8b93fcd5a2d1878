"""Killed at any moment, a run goes on where it was and ends as if nothing had happened."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conformance.world import build
from tests.examination.runs import LOG, asked, plan, process, recorded, scripted, world, written

from assay.core.errors import UsageError
from assay.core.settings import Plan
from assay.examination import run
from assay.formats.writing import write_items
from assay.store import Ledger

KILLS = 10
TOGETHER = 3
PATIENCE = 60.0  # seconds; a loaded machine starts processes slowly


def moments(pick: random.Random, folder: Path) -> Iterator[None]:
    """Wait for a random moment: after some more replies, or after some time."""
    if pick.random() < 0.7:
        goal, until = len(asked(folder)) + pick.randint(1, 15), time.monotonic() + PATIENCE
        while len(asked(folder)) < goal and time.monotonic() < until:
            yield
        return
    until = time.monotonic() + pick.uniform(0, 0.3)
    while time.monotonic() < until:
        yield


def killed(given: Plan, folder: Path, pick: random.Random) -> bool:
    """Start the run and kill it at a random moment; was it still at work?"""
    one = process(given, folder)
    for _ in moments(pick, folder):
        if one.exitcode is not None:
            break
        time.sleep(0.001)
    one.kill()
    one.join(PATIENCE)
    return one.exitcode == -signal.SIGKILL


def finished(given: Plan, folder: Path, *, weights: bool = False) -> None:
    """Run to the end."""
    one = process(given, folder, weights=weights)
    one.join(20 * PATIENCE)
    assert one.exitcode == 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0])
def test_killed_ten_times_it_finds_the_same(tmp_path: Path, seed: int) -> None:
    folders = tmp_path / "disturbed", tmp_path / "undisturbed"
    for folder in folders:
        world(folder)
    given = plan(
        Path("world.jsonl"),
        model=scripted(log=LOG, delay=0.004, together=TOGETHER),
        out="run",
        split=1,
        reference="scripted:seed=9",
        full=True,
        chunk=3,
        parameters={"order.shuffles": "9", "canary.alternatives": "9"},
    )
    pick = random.Random(seed)  # noqa: S311 - repeatable, not secret
    lost, hit = 0, 0
    for _ in range(KILLS):
        kept, before = recorded(folders[0] / "run"), len(asked(folders[0]))
        hit += killed(given, folders[0], pick)
        new = asked(folders[0])[before:]
        assert not kept & set(new), "a request was repeated whose reply was recorded"
        lost += len(set(new) - recorded(folders[0] / "run"))
    assert hit > KILLS // 3  # the others came when all was done
    finished(given, folders[0])
    finished(given, folders[1])
    assert written(folders[0] / "run") == written(folders[1] / "run")
    assert set(written(folders[0] / "run")) == {"evidence.jsonl", "verdict.json"}
    # One batch is in flight when a process dies: what is asked twice was in it.
    repeated = sum(count - 1 for count in Counter(asked(folders[0])).values())
    assert repeated <= lost <= KILLS * TOGETHER
    assert set(asked(folders[0])) == set(asked(folders[1]))


def test_a_batch_is_recorded_before_the_next_one_begins(tmp_path: Path) -> None:
    path, _ = world(tmp_path)
    model = scripted(log=tmp_path / LOG, together=TOGETHER, fail_after=10)
    verdict = run(plan(path, model=model, instruments=("siblings",)))
    # Three batches of three were answered; the tenth reply died with its batch.
    assert (verdict.cost.calls, len(asked(tmp_path))) == (9, 10)
    assert recorded(tmp_path / "run") == set(asked(tmp_path)[:9])


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    path, _ = world(tmp_path)
    given = plan(path, model=scripted(log=LOG, delay=0.05), instruments=("siblings",))
    one = process(given, tmp_path)
    until = time.monotonic() + PATIENCE
    while not asked(tmp_path) and time.monotonic() < until:
        time.sleep(0.005)
    try:
        with pytest.raises(UsageError, match="in use by another run"):
            run(given)
    finally:
        one.kill()
        one.join(PATIENCE)
    # The lock went with the process; nothing has to be cleaned up by hand.
    with Ledger(tmp_path / "run") as ledger:
        assert ledger.path.exists()


@pytest.mark.slow
@pytest.mark.weights
def test_killed_with_real_weights_it_finds_the_same(tmp_path: Path) -> None:
    benchmark = build(3, items=24, siblings=19, options=3)
    given = plan(
        Path("items.jsonl"),
        model="smollm2",
        out="run",
        split=1,
        full=True,
        chunk=4,
        instruments=("logprob",),  # one call an item: loading the weights is most of the time
    )
    pick = random.Random(0)  # noqa: S311 - repeatable, not secret
    folders = tmp_path / "disturbed", tmp_path / "undisturbed"
    for folder in folders:
        folder.mkdir()
        write_items(folder / "items.jsonl", benchmark.items)
    finished(given, folders[1], weights=True)
    journal = folders[0] / "run" / "ledger.sqlite-wal"
    for _ in range(3):
        kept = recorded(folders[0] / "run")
        one = process(given, folders[0], weights=True)
        sizes, goal = set[int](), pick.randint(2, 4)
        # The ledger is locked while it is written; its journal grows with every batch.
        while one.exitcode is None and len(sizes) < goal:
            sizes.add(journal.stat().st_size if journal.exists() else 0)
            time.sleep(0.005)
        one.kill()
        one.join(PATIENCE)
        assert one.exitcode == -signal.SIGKILL
        assert kept <= recorded(folders[0] / "run")
    finished(given, folders[0], weights=True)
    assert written(folders[0] / "run") == written(folders[1] / "run")
