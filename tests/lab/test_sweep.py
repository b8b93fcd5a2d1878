"""Sweeps are done once, resume, and never overwrite another plan's results."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.lab.lab_work import double, fail_at_three, slow_double

from assay.core.errors import BadConfig, BadFormat, UsageError
from assay.core.settings import Progress
from assay.lab.sweep import sweep
from assay.lab.versions import rests_on

CELLS = {f"c{n}": n for n in range(6)}
DONE = {f"c{n}": {"twice": 2 * n} for n in range(6)}
ROOT = Path(__file__).parents[2]


def test_every_cell_is_done_in_order(tmp_path: Path) -> None:
    assert list(sweep(tmp_path, CELLS, double).items()) == list(DONE.items())


def test_what_is_done_is_not_done_again(tmp_path: Path) -> None:
    sweep(tmp_path, CELLS, double)
    before = (tmp_path / "results.jsonl").read_bytes()
    assert sweep(tmp_path, CELLS, double) == DONE
    assert (tmp_path / "results.jsonl").read_bytes() == before


def test_progress_counts_what_was_there(tmp_path: Path) -> None:
    told = list[Progress]()
    sweep(tmp_path, CELLS, double, on_progress=told.append)
    assert [(p.done, p.total) for p in told] == [(n, 6) for n in range(7)]
    sweep(tmp_path, CELLS, double, on_progress=told.append)
    assert told[-1].done == 6
    assert len(told) == 8


@pytest.mark.slow
def test_a_sweep_killed_at_any_moment_goes_on(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path\nfrom assay.lab.sweep import sweep\n"
        "from tests.lab.lab_work import slow_double\nif __name__ == '__main__':\n"
        f"    sweep(Path({str(tmp_path)!r}), {CELLS!r}, slow_double, workers=2)\n"
    )
    script = tmp_path / "run.py"
    script.write_text(code, encoding="utf-8")
    results = tmp_path / "results.jsonl"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, script], env=environment, start_new_session=True) as run:
        for _ in range(2_400):  # two workers start slowly where much else runs
            if results.exists() and results.read_bytes().count(b"\n") >= 2:
                break
            time.sleep(0.05)
        run.send_signal(signal.SIGKILL)
        run.wait()
    assert 2 <= results.read_bytes().count(b"\n") < 6
    with results.open("a", encoding="utf-8") as file:  # as a kill within a write leaves it
        file.write('{"cell": "c5", "resu')
    assert sweep(tmp_path, CELLS, slow_double) == DONE
    assert _ended(run.pid), "a worker outlived the process that began it"


def _ended(group: int) -> bool:
    """Are all processes of the group gone?"""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def test_another_plan_is_refused_and_nothing_is_overwritten(tmp_path: Path) -> None:
    sweep(tmp_path, CELLS, double)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(BadConfig, match="another plan"):
        sweep(tmp_path, {"c0": 1}, double)
    with pytest.raises(BadConfig, match="another work"):
        sweep(tmp_path, CELLS, slow_double)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_another_version_of_the_code_is_refused(tmp_path: Path) -> None:
    sweep(tmp_path, CELLS, double)
    plan = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    (tmp_path / "plan.json").write_text(json.dumps(plan | {"code": "older"}), encoding="utf-8")
    with pytest.raises(BadConfig, match="another version of the code"):
        sweep(tmp_path, CELLS, double)


def test_a_version_covers_what_a_module_rests_on() -> None:
    rests = rests_on("assay.lab.pretrained")
    assert {"assay.lab.world", "assay.lab.wording", "assay.nn.train"} <= rests
    assert "assay.lab.sweep" not in rests


@pytest.mark.parametrize("line", ["nonsense", "[1]", '{"cell": "c0"}', '{"result": {}}'])
def test_a_damaged_line_is_named(tmp_path: Path, line: str) -> None:
    sweep(tmp_path, {"c0": 0}, double)
    path = tmp_path / "results.jsonl"
    path.write_text(f"{path.read_text(encoding='utf-8')}{line}\n", encoding="utf-8")
    with pytest.raises(BadFormat, match=r"results\.jsonl:2"):
        sweep(tmp_path, {"c0": 0}, double)


@pytest.mark.parametrize("plan", ["nonsense", "[]"])
def test_a_damaged_plan_is_refused(tmp_path: Path, plan: str) -> None:
    sweep(tmp_path, CELLS, double)
    (tmp_path / "plan.json").write_text(plan, encoding="utf-8")
    with pytest.raises(BadFormat, match=r"plan\.json"):
        sweep(tmp_path, CELLS, double)


def test_results_without_a_plan_are_nobodys(tmp_path: Path) -> None:
    sweep(tmp_path, CELLS, double)
    (tmp_path / "plan.json").unlink()
    with pytest.raises(BadConfig, match="whose they are"):
        sweep(tmp_path, CELLS, double)


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_failure_keeps_what_was_found(tmp_path: Path, workers: int) -> None:
    with pytest.raises(UsageError, match="three"):
        sweep(tmp_path, CELLS, fail_at_three, workers=workers)
    kept = (tmp_path / "results.jsonl").read_text(encoding="utf-8").splitlines()
    assert "c3" not in {json.loads(line)["cell"] for line in kept}


def test_no_workers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="0 workers"):
        sweep(tmp_path, CELLS, double, workers=0)
