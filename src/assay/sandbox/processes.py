"""The processes of a sandbox, seen from outside: who they are and what they use.

Needed where no control group counts them. All are below the first process of their namespace,
orphans too, so a walk from there finds them; one that starts and ends between two walks is
missed, which the limits of the kernel on each process bound.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "Use",
    "childless",
    "deleted_bytes",
    "members",
    "members_by_parents",
    "proportional_bytes",
    "used",
]

PAGE = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")
BLOCK = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What a tree of processes uses now."""

    tasks: int
    """Processes and threads."""
    memory_bytes: int
    """Resident; pages that processes share are counted for each, so this is an upper bound."""
    cpu_seconds: float
    """Of the living, and of the dead that were waited for."""


def childless(pid: int) -> bool:
    """Has this process, of one thread, no other below it? False also where nobody can say."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children", "rb", buffering=0) as file:  # noqa: PTH123
            return not file.read(1)
    except OSError:
        return False


def members(first: int) -> Iterator[int]:
    """Yield the first process of a namespace and all that are below it."""
    if not Path("/proc/thread-self/children").exists():
        yield from members_by_parents(first)
        return
    waiting = [first]
    while waiting:
        pid = waiting.pop()
        yield pid
        for task in _names(Path("/proc", str(pid), "task")):
            text = _text(Path("/proc", str(pid), "task", task, "children"))
            waiting.extend(int(child) for child in text.split())


def members_by_parents(first: int) -> Iterator[int]:
    """Yield the same where the kernel lists no children: from every process's parent."""
    below: dict[int, list[int]] = {}
    for name in filter(str.isdecimal, _names(Path("/proc"))):
        fields = _text(Path("/proc", name, "stat")).rpartition(")")[2].split()
        if len(fields) > 1:
            below.setdefault(int(fields[1]), []).append(int(name))
    waiting = [first]
    while waiting:
        pid = waiting.pop()
        yield pid
        waiting.extend(below.get(pid, []))


def used(first: int) -> Use:
    """Count what the tree below this process uses."""
    tasks, pages, ticks = 0, 0, 0
    for pid in members(first):
        # The name in brackets may hold anything, so the fields are counted from its end.
        fields = _text(Path("/proc", str(pid), "stat")).rpartition(")")[2].split()
        if len(fields) > 21:
            tasks += int(fields[17])
            pages += int(fields[21])
            ticks += sum(map(int, fields[11:15]))
    return Use(tasks=tasks, memory_bytes=pages * PAGE, cpu_seconds=ticks / TICKS)


def proportional_bytes(first: int) -> int | None:
    """Count resident memory, shared pages divided; None where a process may not be looked into."""
    total = 0
    for pid in members(first):
        text = _text(Path("/proc", str(pid), "smaps_rollup"))
        sizes = [int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")]
        if not sizes and Path("/proc", str(pid)).exists():
            return None
        total += sum(sizes) * 1024
    return total


def deleted_bytes(first: int) -> int:
    """Count what the tree's open files hold on disk although they have no name any more."""
    found: dict[tuple[int, int], int] = {}
    for pid in members(first):
        folder = Path("/proc", str(pid), "fd")
        for name in _names(folder):
            try:
                status = (folder / name).stat()
            except OSError:
                continue
            if status.st_nlink == 0:
                found[status.st_dev, status.st_ino] = status.st_blocks * BLOCK
    return sum(found.values())


def _names(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in folder.iterdir()]
    except OSError:
        return []


def _text(file: Path) -> str:
    # A process may end at any moment; what it leaves is nothing.
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
