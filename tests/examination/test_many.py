"""Many examinations: resumed, tried again, compared; none lost to another's failure."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.examination.runs import asked, knowing, scripted, world

from assay.core.comparison import Comparison
from assay.core.errors import IntegrityError, UsageError
from assay.examination.many import Done, Watcher, check_all, compare_runs, run_all
from assay.examination.plans import Family, read_plan
from assay.store import Ledger

LOSS = "[defaults]\nsplit = 7\ninstruments = ['logprob.loss']\n"


def family(folder: Path, models: list[str], *, benchmark: Path, top: str = "q = 0.05") -> Family:
    path = folder / "plan.toml"
    listed = json.dumps(models)
    head = f"out = '{folder / 'runs'}'\n{top}\n{LOSS}"
    path.write_text(f"{head}[matrix]\nbenchmarks = ['{benchmark}']\nmodels = {listed}\n")
    return read_plan(path)


def carried(given: Family) -> tuple[Comparison, list[Done]]:
    """Carry a plan out; returns what is told of each claim."""
    told: list[Done] = []
    return run_all(given, Watcher(done=told.append)), told


def test_finished_claims_are_not_run_again(tmp_path: Path) -> None:
    benchmark, _ = world(tmp_path, items=24)
    log = tmp_path / "log.txt"
    models = [scripted(seed=n, log=log) for n in (1, 2)]
    first, told = carried(family(tmp_path, models[:1], benchmark=benchmark))
    assert [one.kept for one in told] == [False]
    calls = len(asked(tmp_path))
    both, told = carried(family(tmp_path, models, benchmark=benchmark))
    assert [one.kept for one in told] == [True, False]
    assert len(asked(tmp_path)) == 2 * calls
    again, told = carried(family(tmp_path, models, benchmark=benchmark))
    assert [one.kept for one in told] == [True, True]
    assert (again, len(first.claims)) == (both, 1)
    assert len(asked(tmp_path)) == 2 * calls
    written = (tmp_path / "runs" / "comparison.json").read_text()
    assert Comparison.model_validate_json(written) == again


def test_a_claim_goes_on_where_more_is_asked_of_it(tmp_path: Path) -> None:
    benchmark, whole = world(tmp_path, items=80)
    knows = knowing(tmp_path, whole)  # the held-back half too: nothing to flag, but never mind
    models = [knows, *(scripted(seed=n) for n in range(3))]
    few, _ = carried(family(tmp_path, models[:1], benchmark=benchmark, top="q = 0.2"))
    many, told = carried(family(tmp_path, models, benchmark=benchmark, top="q = 0.2"))
    assert (few.needed_alone, many.needed_alone) == (5.0, 20.0)
    newest = told[0].verdict
    assert newest is not None
    assert told[0].kept == (newest.stop.reason == "full pass")


def test_items_that_changed_are_examined_again(tmp_path: Path) -> None:
    benchmark, _ = world(tmp_path, items=24)
    given = family(tmp_path, [scripted()], benchmark=benchmark)
    carried(given)
    lines = benchmark.read_text().splitlines()
    (tmp_path / "world.assay.json").unlink()  # the recorded draws were of the other items
    benchmark.write_text("\n".join(lines[:-1]) + "\n")
    _, told = carried(given)
    assert [one.kept for one in told] == [False]
    assert told[0].verdict is not None


def test_one_failure_leaves_the_others_alone(tmp_path: Path) -> None:
    benchmark, _ = world(tmp_path, items=24)
    models = [scripted(seed=1, fail_after=0), scripted(seed=2)]
    given = family(tmp_path, models, benchmark=benchmark)
    folder = Path(str(given.claims[1].out))
    with Ledger(folder):  # another process is at work on the second claim
        found, told = carried(given)
    assert told[0].verdict is not None  # a model that fails is an abstention
    assert told[0].verdict.stop.reason == "answers missing"
    assert told[1].verdict is None
    assert "in use by another run" in told[1].problem
    assert found.claims[-1].problem == told[1].problem
    _, told = carried(given)
    assert [one.kept for one in told] == [False, False]  # both are tried again
    assert told[1].verdict is not None


def test_a_ledger_that_was_edited_stops_everything(tmp_path: Path) -> None:
    benchmark, _ = world(tmp_path, items=24)
    given = family(tmp_path, [scripted(seed=1), scripted(seed=2)], benchmark=benchmark)
    carried(given)
    folder = Path(str(given.claims[0].out))
    (folder / "ledger.sqlite").write_bytes(b"no ledger" * 100)
    (folder / "verdict.json").unlink()
    with pytest.raises(IntegrityError):
        carried(given)


@pytest.mark.slow
def test_a_killed_plan_asks_nothing_twice(tmp_path: Path) -> None:
    benchmark, _ = world(tmp_path, items=24)
    log = tmp_path / "log.txt"
    models = [scripted(seed=n, log=log, delay=0.01) for n in (1, 2, 3)]
    given = family(tmp_path, models, benchmark=benchmark)
    command = [sys.executable, "-m", "assay", "examine", "--plan", str(tmp_path / "plan.toml")]
    for wanted in (5, 40):  # in the first claim, and in the second
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while len(asked(tmp_path)) < wanted and time.monotonic() < until:
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    killed = len(asked(tmp_path))
    found, _ = carried(given)
    # What was answered but not yet recorded when the process died is asked again: one a kill.
    assert len(asked(tmp_path)) <= 72 + 2
    assert killed >= 40
    (tmp_path / "undisturbed").mkdir()
    again, _ = carried(family(tmp_path / "undisturbed", models, benchmark=benchmark))
    assert [c.e_value for c in again.claims] == [c.e_value for c in found.claims]


def two_hundred(folder: Path) -> Family:
    """Return a plan of 200 claims about one small benchmark."""
    benchmark, _ = world(folder, items=8)
    return family(folder, [scripted(seed=n) for n in range(200)], benchmark=benchmark)


def test_two_hundred_claims_are_checked_before_the_first(tmp_path: Path) -> None:
    given = two_hundred(tmp_path)
    assert len(check_all(given)) == 200
    assert given.claims[0].stop_at == pytest.approx(4000)


@pytest.mark.slow
def test_two_hundred_claims(tmp_path: Path) -> None:
    given = two_hundred(tmp_path)
    found, _ = carried(given)
    assert len(found.claims) == 200
    assert not found.flagged
    begun = time.monotonic()
    _, told = carried(given)
    assert all(one.kept for one in told)
    assert time.monotonic() - begun < 20


def test_runs_about_different_benchmarks(tmp_path: Path) -> None:
    folders = []
    for name, items in (("a", 24), ("b", 26)):
        benchmark, _ = world(tmp_path / name, items=items)
        given = family(tmp_path / name, [scripted()], benchmark=benchmark)
        carried(given)
        folders.append(Path(str(given.claims[0].out)))
    with pytest.raises(UsageError, match="--mixed"):
        compare_runs(folders, q=0.01, mixed=False, name="c")
    assert len(compare_runs(folders, q=0.01, mixed=True, name="c").claims) == 2
    same = compare_runs([folders[0], folders[0]], q=0.01, mixed=False, name="c")
    assert len(same.claims) == 1
    with pytest.raises(UsageError, match="no finished run"):
        compare_runs([tmp_path / "nowhere"], q=0.01, mixed=False, name="c")
