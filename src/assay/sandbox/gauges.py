"""What watches a run: each gauge knows one kind of limit and says when it is reached."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from assay.core.running import Ended, Limits
from assay.sandbox import processes
from assay.sandbox.cgroups import Group
from assay.sandbox.disk import disk_bytes

__all__ = ["DiskGauge", "Gauge", "GroupGauge", "Reached", "TreeGauge"]

RESERVE = 1 << 30
"""Free space that no run may eat into, or half of what was free if that is less."""
IDLE = 20
"""Measuring the disk may take one part in this many of the time."""


class Reached(NamedTuple):
    """A limit that was reached."""

    ended: Ended
    note: str


class Gauge(Protocol):
    """Looks at a run."""

    def look(self, now: float) -> Reached | None:
        """Was a limit reached?

        Parameters
        ----------
        now
            Seconds on a clock that only goes forward; infinite for a last look.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupGauge:
    """Memory, processes and CPU time, as the kernel accounts for a control group."""

    group: Group
    limits: Limits

    def look(self, now: float) -> Reached | None:
        """Was one reached? The kernel's counters forget nothing, so neither does a last look."""
        del now
        if self.group.killed():
            return Reached("memory", f"over {self.limits.memory_bytes} bytes of memory")
        if self.group.refused():
            return Reached("processes", f"over {self.limits.processes} processes and threads")
        return _cpu(self.group.cpu_seconds(), self.limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeGauge:
    """Memory, processes and CPU time, summed over a tree of processes."""

    first: int
    limits: Limits

    def look(self, now: float) -> Reached | None:
        """Was one reached at this moment?"""
        del now
        use = processes.used(self.first)
        if use.tasks - 1 > self.limits.processes:  # bwrap's own first process is one
            return Reached("processes", f"over {self.limits.processes} processes and threads")
        if use.memory_bytes > self.limits.memory_bytes and self._much():
            return Reached("memory", f"over {self.limits.memory_bytes} bytes of memory")
        return _cpu(use.cpu_seconds, self.limits)

    def _much(self) -> bool:
        # Forked workers share pages: the sum over processes is too high, so it is looked up.
        exact = processes.proportional_bytes(self.first)
        return exact is None or exact > self.limits.memory_bytes


class DiskGauge:
    """What lies in the folders that a box writes to, and what its open files still hold.

    Parameters
    ----------
    folders
        Measured together; all on one file system.
    first
        The first process of the namespace.
    allowed
        Bytes.
    before
        Bytes that lie there and are not counted: a copied tree.
    """

    def __init__(self, folders: Sequence[Path], first: int, allowed: int, before: int) -> None:
        self._folders, self._first = folders, first
        self._allowed, self._before = allowed, before
        self._free = self._floor = _free(folders[0])
        self._floor = min(RESERVE, self._free // 2)
        self._next = 0.0

    def look(self, now: float) -> Reached | None:
        """Was the limit reached? Walks the folders, but not all of the time."""
        free = _free(self._folders[0])
        if free < self._floor:
            return Reached("disk", f"only {free} bytes are left on the disk")
        if now < self._next:
            return None
        begun = time.monotonic()
        used = sum(map(disk_bytes, self._folders)) - self._before
        if self._free - free > self._allowed // 2:
            used += processes.deleted_bytes(self._first)
        self._next = now + IDLE * (time.monotonic() - begun)
        if used < self._allowed:
            return None
        return Reached("disk", f"{used} bytes on disk, of {self._allowed}")


def _cpu(seconds: float, limits: Limits) -> Reached | None:
    if seconds < limits.cpu_seconds:
        return None
    return Reached("time", f"over {limits.cpu_seconds:g} s of CPU time")


def _free(folder: Path) -> int:
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize
