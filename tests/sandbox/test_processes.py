"""The tree of processes, seen from outside."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from assay.sandbox.processes import deleted_bytes, members, members_by_parents, used


def test_both_ways_find_the_same_tree() -> None:
    script = "sleep 30 & sleep 30 & echo ready; wait"
    command = ["/bin/sh", "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        found = set(members(process.pid))
        assert len(found) == 3
        assert found == set(members_by_parents(process.pid))
        assert used(process.pid).tasks == 3
        os.killpg(process.pid, 9)


def test_a_deleted_file_is_counted_while_it_is_open(tmp_path: Path) -> None:
    before = deleted_bytes(os.getpid())
    with (tmp_path / "gone").open("wb") as file:
        (tmp_path / "gone").unlink()
        file.write(bytes(1 << 20))
        file.flush()
        assert deleted_bytes(os.getpid()) >= before + (1 << 20)


def test_a_tree_that_is_gone_uses_nothing() -> None:
    process = subprocess.Popen(["/bin/true"])
    process.wait()
    assert (used(process.pid).tasks, deleted_bytes(process.pid)) == (0, 0)
