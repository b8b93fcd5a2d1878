"""Starts bwrap so that every limit holds before the program's first instruction."""

from __future__ import annotations

import json
import math
import os
import resource
import select
import signal
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, Protocol, TypeVar

from assay.core.errors import SandboxError
from assay.core.running import Limits
from assay.sandbox.cgroups import Group
from assay.sandbox.processes import childless

__all__ = ["Here", "Order", "Spawner", "Started", "check_argv", "start"]

P = ParamSpec("P")
T = TypeVar("T")

PATIENCE = 30.0
"""Seconds for bwrap to build a box, and for a killed tree to be gone."""
OPEN_FILES = 4096


class Spawner(Protocol):
    """Calls a function where its processes are of the right user and see the right mounts."""

    def call(self, function: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """Call it, and return what it returns."""
        ...


class Here:
    """Calls in this thread: boxes of our own user."""

    def call(self, function: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """Call it."""
        return function(*args, **named)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be started, and as whom."""

    binary: Path
    arguments: Sequence[str]
    argv: Sequence[str]
    filter: bytes
    limits: Limits
    group: Callable[[], Group | None]
    """Makes the control group; called while bwrap loads, which takes longer."""
    spawner: Spawner
    """Starts bwrap, as the user that the box runs as."""
    stdin: bool


class Started:
    """A running bwrap, and the first process of the namespace that it made."""

    def __init__(self, process: subprocess.Popen[bytes], status: int) -> None:
        self.process = process
        self._status = status
        self._said = ""
        self._first: int | None = None
        self.first = 0
        """Its process id, as seen from here."""
        self.group: Group | None = None

    def meet(self) -> bool:
        """Wait until bwrap has made the namespaces; did it?"""
        while "}" not in self._said:
            ready, _, _ = select.select([self._status], [], [], PATIENCE)
            more = os.read(self._status, 4096) if ready else b""
            if not more:
                return False
            self._said += more.decode("utf-8", "replace")
        self.first = int(self._documents()[0]["child-pid"])
        self._first = os.pidfd_open(self.first)
        return True

    def kill(self) -> None:
        """Kill every process of the namespace, and wait until they are dead.

        The kernel kills the others with the first, and lets that one end after all of them.
        Where it has no others, it is bwrap alone that has yet to end, and nobody need wait for
        the kernel to take its mounts down: `settle` does before the next run.
        """
        if self._first is None:
            self.process.kill()
        elif not select.select([self._first], [], [], 0)[0]:
            alone = childless(self.first)
            _signal(self._first)
            if not alone:
                self.settle()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def settle(self) -> None:
        """Wait until the first process and its mounts are gone, too."""
        if self._first is not None:
            select.select([self._first], [], [], PATIENCE)

    def interrupt(self) -> None:
        """Kill what runs, and leave the waiting to the thread that watches it."""
        if self._first is not None:
            _signal(self._first)

    def code(self) -> int | None:
        """Return what bwrap says of the program's end; None when it never ran or was killed."""
        while select.select([self._status], [], [], 0)[0]:
            more = os.read(self._status, 4096)
            if not more:
                break
            self._said += more.decode("utf-8", "replace")
        found = [said["exit-code"] for said in self._documents() if "exit-code" in said]
        return int(found[0]) if found else None

    def close(self) -> None:
        """Give the descriptors back."""
        os.close(self._status)
        first, self._first = self._first, None
        if first is not None:
            os.close(first)

    def _documents(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._said.splitlines() if line.strip()]


def start(order: Order) -> Started:
    """Start a program in a new box; it is held until its limits are set.

    Raises
    ------
    SandboxError
        bwrap could not be started or limited; what it had begun is dead.
    """
    ends = {name: os.pipe() for name in ("args", "block", "status")}
    filters = os.memfd_create("filter")
    os.write(filters, order.filter)
    os.lseek(filters, 0, os.SEEK_SET)
    passed = (ends["args"][0], ends["block"][0], ends["status"][1], filters)
    try:
        process = order.spawner.call(_popen, order, passed)
    except OSError:
        for descriptor in (ends["args"][1], ends["block"][1], ends["status"][0]):
            os.close(descriptor)
        raise
    finally:
        for descriptor in passed:
            os.close(descriptor)
    started = Started(process, ends["status"][0])
    try:
        _release(started, order, ends["args"][1], ends["block"][1])
    except BaseException:
        started.kill()
        started.close()
        raise
    return started


def _popen(order: Order, passed: tuple[int, int, int, int]) -> subprocess.Popen[bytes]:
    args, block, status, filters = map(str, passed)
    own = ("--args", args, "--block-fd", block, "--json-status-fd", status, "--seccomp", filters)
    pipe = subprocess.PIPE
    return subprocess.Popen(  # noqa: S603 - an argument vector, and what it runs is in a box
        [str(order.binary), *own, "--", *order.argv],
        stdin=pipe if order.stdin else subprocess.DEVNULL,
        stdout=pipe, stderr=pipe, pass_fds=passed, env={}, umask=0o022, cwd="/",
    )  # fmt: skip


def _release(started: Started, order: Order, args: int, block: int) -> None:
    try:
        with os.fdopen(args, "wb", closefd=False) as pipe:
            pipe.write(b"".join(one.encode("utf-8", "surrogateescape") + b"\0"
                                for one in order.arguments))  # fmt: skip
    except BrokenPipeError:
        pass  # it ended already, and says why on standard error
    finally:
        os.close(args)
    try:
        started.group = order.group()
        if started.group is not None:
            # Joining waits for the kernel, so it begins while bwrap loads, too; what bwrap had
            # started by then joins below, which is quick.
            started.group.add(started.process.pid)
        if started.meet():
            # While bwrap mounts; the program itself is born into the group, and limited.
            if started.group is not None:
                started.group.add(started.first)
            order.spawner.call(_limit, started, order.limits)
            os.write(block, b"1")
    finally:
        os.close(block)


def _limit(started: Started, limits: Limits) -> None:
    first = started.first
    cpu = math.ceil(limits.cpu_seconds) + 1
    wanted = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: cpu,
        resource.RLIMIT_FSIZE: limits.disk_bytes,
        resource.RLIMIT_NOFILE: OPEN_FILES,
    }
    if started.group is None:
        # Counted in the new user namespace only: our other processes are not in the sum. One
        # more than the watchdog's limit, and twice, so that it sees the limit passed and says so.
        # Data, not address space, of which V8, Go and Java reserve far more than they use.
        wanted[resource.RLIMIT_NPROC] = limits.processes + 2
        wanted[resource.RLIMIT_DATA] = 2 * limits.memory_bytes
    for kind, value in wanted.items():
        _, hard = resource.prlimit(first, kind)
        least = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.prlimit(first, kind, (least, least))


def _signal(descriptor: int) -> None:
    try:
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    except ProcessLookupError:
        return


def check_argv(argv: Sequence[str]) -> None:
    """Is this a command? Raises SandboxError where it is not."""
    if not argv or any("\0" in one for one in argv):
        msg = "a command is at least one word, and no word holds a NUL"
        raise SandboxError(msg)
