"""Control groups: the kernel's own account of a whole tree of processes, and its limits.

A group is made below the one that this process is in, so no limit from outside is left. With
version 1 each controller has a tree of its own; with version 2 there is one tree, in which a
group with processes may have no limited child, so the new one may stand beside us instead.
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from assay.core.errors import SandboxError
from assay.core.running import Limits

__all__ = ["Group", "Home", "find_home"]

PREFIX = "assay-"
OVERHEAD = 2
"""bwrap and the first process of its namespace are in the group, too."""
NUMBERS = itertools.count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """How one version of the interface names what we use: controller, file, and key in it."""

    memory: str
    swap: str
    killed: tuple[str, str]
    refused: tuple[str, str]
    used: tuple[str, str]
    ticks: float
    """Units of CPU time in a second."""


V1 = Files(
    memory="memory.limit_in_bytes", swap="memory.memsw.limit_in_bytes",
    killed=("memory.oom_control", "oom_kill"), refused=("pids.events", "max"),
    used=("cpuacct.usage", ""), ticks=1e9,
)  # fmt: skip
V2 = Files(
    memory="memory.max", swap="memory.swap.max",
    killed=("memory.events", "oom_kill"), refused=("pids.events", "max"),
    used=("cpu.stat", "usage_usec"), ticks=1e6,
)  # fmt: skip
CONTROLLERS_V1 = ("memory", "pids", "cpuacct")
CONTROLLERS_V2 = ("memory", "pids")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One group for one run: made with its limits, read while it runs, removed after it."""

    folders: Mapping[str, Path]
    files: Files

    def add(self, pid: int) -> None:
        """Put a process here; all that it starts later is here, too."""
        for folder in set(self.folders.values()):
            (folder / "cgroup.procs").write_text(str(pid), encoding="ascii")

    def killed(self) -> int:
        """How many processes did the kernel kill for want of memory?"""
        return self._read("memory", *self.files.killed)

    def refused(self) -> int:
        """How many new processes did the kernel refuse?"""
        return self._read("pids", *self.files.refused)

    def cpu_seconds(self) -> float:
        """How much CPU time was used, by the dead as by the living?"""
        return self._read("cpuacct", *self.files.used) / self.files.ticks

    def remove(self) -> None:
        """Take the group away; its processes are dead."""
        for folder in set(self.folders.values()):
            _remove(folder)

    def _read(self, controller: str, name: str, key: str) -> int:
        text = (self.folders[controller] / name).read_text(encoding="ascii")
        for line in text.splitlines():
            first, _, rest = line.rpartition(" ")
            if first == key:
                return int(rest)
        msg = f"{name} of the control group says nothing of {key}"
        raise SandboxError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where groups may be made: a folder for each controller."""

    folders: Mapping[str, Path]
    files: Files

    def make(self, limits: Limits) -> Group:
        """Make an empty group with these limits."""
        name = f"{PREFIX}{os.getpid()}-{next(NUMBERS)}"
        folders = {controller: folder / name for controller, folder in self.folders.items()}
        group = Group(folders=MappingProxyType(folders), files=self.files)
        try:
            for folder in set(folders.values()):
                folder.mkdir()
            self._limit(folders, limits)
        except OSError:
            group.remove()
            raise
        return group

    def _limit(self, folders: Mapping[str, Path], limits: Limits) -> None:
        memory = folders["memory"]
        _write(memory / self.files.memory, limits.memory_bytes)
        if (memory / self.files.swap).exists():  # in version 1 this is memory and swap together
            _write(memory / self.files.swap, limits.memory_bytes if self.files is V1 else 0)
        if self.files is V2:
            _write(memory / "memory.oom.group", 1)
        _write(folders["pids"] / "pids.max", limits.processes + OVERHEAD)


def find_home(processes: Path = Path("/proc/self")) -> Home | None:
    """Where may we make groups that limit memory and processes? None where we may not.

    Parameters
    ----------
    processes
        What the kernel says of this process: the files `cgroup` and `mountinfo` are read.
    """
    mounts = dict(_mounts(processes / "mountinfo"))
    places = [line.split(":", 2) for line in _lines(processes / "cgroup")]
    one = {
        controller: mounts[controller] / path.lstrip("/")
        for _, names, path in places
        for controller in names.split(",")
        if controller in CONTROLLERS_V1 and controller in mounts
    }
    if set(one) == set(CONTROLLERS_V1):
        return _usable(Home(folders=MappingProxyType(one), files=V1))
    own = next((path for _, names, path in places if not names), None)
    if own is None or "cgroup2" not in mounts:
        return None
    here = mounts["cgroup2"] / own.lstrip("/")
    for folder in (here, here.parent):
        if set(CONTROLLERS_V2) <= _handed_down(folder):
            folders = dict.fromkeys(CONTROLLERS_V1, folder)
            return _usable(Home(folders=MappingProxyType(folders), files=V2))
    return None


def _usable(home: Home) -> Home | None:
    # The only sure test of a right is its use; what a killed process left is taken away, too.
    try:
        for folder in set(home.folders.values()):
            _sweep(folder)
        home.make(Limits()).remove()
    except (OSError, SandboxError):
        return None
    return home


def _sweep(folder: Path) -> None:
    for left in folder.glob(f"{PREFIX}*-*"):
        owner = left.name.removeprefix(PREFIX).partition("-")[0]
        if owner.isdecimal() and not Path("/proc", owner).exists():
            _remove(left)


def _remove(folder: Path) -> None:
    # The kernel lets a group go a moment after its last process.
    for _ in range(200):
        try:
            folder.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(0.005)
        else:
            return


def _handed_down(folder: Path) -> set[str]:
    return set(" ".join(_lines(folder / "cgroup.subtree_control")).split())


def _mounts(file: Path) -> Iterator[tuple[str, Path]]:
    for line in _lines(file):
        ours, _, theirs = line.partition(" - ")
        kind, _, options = theirs.split(" ", 2)
        where = Path(ours.split(" ")[4])
        if kind == "cgroup2":
            yield "cgroup2", where
        elif kind == "cgroup":
            yield from ((option, where) for option in options.split(" ")[-1].split(","))


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _write(file: Path, value: int) -> None:
    file.write_text(str(value), encoding="ascii")
