"""Where control groups may be made: found in what the kernel says of a process."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from assay.core.running import Limits
from assay.sandbox.cgroups import V2, Group, Home, find_home


def told(folder: Path, cgroup: str, mountinfo: str) -> Path:
    """Write the two files that the kernel shows of a process."""
    (folder / "cgroup").write_text(cgroup, encoding="ascii")
    (folder / "mountinfo").write_text(mountinfo, encoding="ascii")
    return folder


def test_no_controllers_no_home(tmp_path: Path) -> None:
    assert find_home(told(tmp_path, "0::/\n", "")) is None
    assert find_home(tmp_path / "not there") is None


def test_a_tree_that_hands_nothing_down_is_no_home(tmp_path: Path) -> None:
    tree = tmp_path / "groups"
    (tree / "user" / "us").mkdir(parents=True)
    (tree / "user" / "cgroup.subtree_control").write_text("cpu\n", encoding="ascii")
    line = f"30 20 0:26 / {tree} rw,nosuid - cgroup2 cgroup2 rw\n"
    assert find_home(told(tmp_path, "0::/user/us\n", line)) is None


def test_a_tree_that_hands_both_down_is_a_home_beside_us(tmp_path: Path) -> None:
    tree = tmp_path / "groups"
    (tree / "user" / "us").mkdir(parents=True)
    (tree / "user" / "cgroup.subtree_control").write_text("memory pids\n", encoding="ascii")
    line = f"30 20 0:26 / {tree} rw,nosuid - cgroup2 cgroup2 rw\n"
    found = find_home(told(tmp_path, "0::/user/us\n", line))
    assert found is not None
    assert set(found.folders.values()) == {tree / "user"}


def test_the_second_version_s_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "memory.events").write_text("low 0\noom 3\noom_kill 2\n", encoding="ascii")
    (tmp_path / "pids.events").write_text("max 7\n", encoding="ascii")
    (tmp_path / "cpu.stat").write_text("usage_usec 1500000\nuser_usec 1\n", encoding="ascii")
    group = Group(folders=dict.fromkeys(("memory", "pids", "cpuacct"), tmp_path), files=V2)
    assert (group.killed(), group.refused(), group.cpu_seconds()) == (2, 7, 1.5)


def test_the_second_version_s_limits_are_written(tmp_path: Path) -> None:
    home = Home(folders=dict.fromkeys(("memory", "pids", "cpuacct"), tmp_path), files=V2)
    group = home.make(Limits(memory_bytes=1 << 20, processes=9))
    (folder,) = set(group.folders.values())
    written = {file.name: file.read_text(encoding="ascii") for file in folder.iterdir()}
    assert written == {"memory.max": "1048576", "memory.oom.group": "1", "pids.max": "11"}


def test_a_real_group_counts_a_real_process() -> None:
    home = find_home()
    if home is None:
        pytest.skip("no control group may be made here")
    group = home.make(Limits())
    try:
        assert (group.killed(), group.refused(), group.cpu_seconds()) == (0, 0, 0.0)
        assert all(str(os.getpid()) in folder.name for folder in group.folders.values())
    finally:
        group.remove()
    assert not [folder for folder in group.folders.values() if folder.exists()]
