"""Boxes made by bubblewrap: no daemon, no root, nothing to install but one small program.

Covered: all namespaces are new (processes, network, mounts, users, host name, System V), no
capability is left, calls are filtered, the system is read-only and reduced to what programs
need, writes go to a layer above the work tree, limits hold from the first instruction, and
everything that a run started is dead when it returns.

Not covered: faults of the kernel; what the hardware leaks between processes; readable files of
/usr. Exit statuses from 129 on cannot be told from signals, as in a shell.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Self

from assay.core.errors import SandboxError, boundary
from assay.core.running import Level, Limits, Ran
from assay.sandbox.cgroups import Group, Home
from assay.sandbox.files import fetch, put
from assay.sandbox.gauges import DiskGauge, Gauge, GroupGauge, TreeGauge
from assay.sandbox.layout import Layout, arguments, checked_reads, environment, setting
from assay.sandbox.places import make_place
from assay.sandbox.seccomp import assemble
from assay.sandbox.starting import Order, Started, check_argv, start
from assay.sandbox.watching import Outcome, watch

__all__ = ["NEVER_RAN", "Bubblewrap", "BubblewrapBox"]

WORK = "/work"
NEVER_RAN = "it never ran"
"""The note of a run whose program could not be found or may not be run."""
NOT_FOUND, NOT_ALLOWED = 127, 126
NO_PROGRAM, NO_FOLDER = b"bwrap: execvp ", b"bwrap: Can't chdir to "


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubblewrap:
    """Opens boxes made by bubblewrap."""

    binary: Path
    home: Home | None
    """Where control groups may be made; None for rlimits and a watchdog."""
    identity: int | None = None
    """The id to run as, seen from outside; None for our own, which must not be root's."""
    overlays: bool = True
    """Whether overlays can be had; else work trees are copied."""

    @property
    def level(self) -> Level:
        """What holds its limits here: control groups are `full`, all else is `reduced`."""
        return "reduced" if self.home is None else "full"

    def open(
        self,
        tree: Path,
        *,
        reads: Mapping[str, Path] | None = None,
        limits: Limits | None = None,
        network: bool = False,
    ) -> BubblewrapBox:
        """Open a box over a work tree; see `assay.core.running.Sandbox`.

        Raises
        ------
        BadConfig
            The tree or a folder to read is not there.
        SandboxError
            The box's own folder cannot be made.
        """
        layout = Layout(tree=tree.resolve(), reads=checked_reads(reads or {}), network=network)
        return BubblewrapBox(self, layout, limits or Limits())


class BubblewrapBox:
    """A work tree to run in; one run at a time."""

    def __init__(self, sandbox: Bubblewrap, layout: Layout, limits: Limits) -> None:
        self._sandbox, self._limits = sandbox, limits
        self._lock = threading.Lock()
        self._running: Started | None = None
        self._closed = False
        self._ending, self._groups = ExitStack(), ExitStack()
        self._filter = assemble(hidden_memory=sandbox.home is not None)
        with boundary(SandboxError, f"opening a box over {layout.tree}"), ExitStack() as held:
            self._place = make_place(
                held, sandbox.binary, layout,
                identity=sandbox.identity, overlays=sandbox.overlays,
            )  # fmt: skip
            self._held = held.pop_all()
        self._arguments = (*arguments(self._place.layout),)

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        cwd: str = ".",
        limits: Limits | None = None,
    ) -> Ran:
        """Run one program, without a shell, and kill all it started.

        A program that cannot be found is exit status 127, one that may not be run 126.

        Raises
        ------
        SandboxError
            The box could not be built; what ran in it never raises.
        """
        chosen = limits or self._limits
        return self._run(
            argv, stdin, chosen, environ=environment(env), cwd=str(PurePosixPath(WORK, cwd))
        )

    def read(self, path: str, *, most: int = 16 << 20) -> bytes:
        """Return a file of the work tree; links out of it are refused: `assay.sandbox.files`."""
        return fetch(self._quickly, path, beneath=WORK, most=most)

    def write(self, path: str, content: bytes) -> None:
        """Write a file of the work tree, and its folders; see `assay.sandbox.files`."""
        allowed = self._limits.disk_bytes
        put(self._quickly, path, content, beneath=WORK, disk_bytes=allowed)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End what still runs, in whatever thread, and take the box away."""
        self._closed = True
        if self._running is not None:
            self._running.interrupt()
        with self._lock:
            self._ending.close()
            self._groups.close()
            self._held.close()

    def _quickly(self, argv: Sequence[str], stdin: bytes, limits: Limits) -> Ran:
        return self._run(argv, stdin, limits, environ=environment(None), cwd=WORK)

    def _run(
        self, argv: Sequence[str], stdin: bytes, limits: Limits, *,
        environ: Mapping[str, str], cwd: str,
    ) -> Ran:  # fmt: skip
        check_argv(argv)
        if self._closed:
            msg = "this box is closed"
            raise SandboxError(msg)
        with self._lock, boundary(SandboxError, f"running {argv[0]} in a box"), ExitStack() as held:
            self._ending.close()  # the last run's mounts are gone before new ones are made
            place = self._place
            order = Order(
                binary=place.binary, argv=argv, filter=self._filter, limits=limits,
                arguments=[*self._arguments, *setting(environ, cwd)],
                group=partial(self._group, limits), spawner=place.spawner, stdin=bool(stdin),
            )  # fmt: skip
            started = start(order)
            held.callback(self._forget, started)
            held.callback(started.settle)
            held.callback(started.kill)
            self._running = started
            gauges = self._gauges(started, limits)
            outcome = watch(
                started.process, stdin=stdin, limits=limits, gauges=gauges, kill=started.kill
            )
            ran = _told(outcome, started, self._sandbox.level)
            self._ending = held.pop_all()
            return ran

    def _group(self, limits: Limits) -> Group | None:
        self._groups.close()  # the last run's, which is empty
        group = self._sandbox.home.make(limits) if self._sandbox.home else None
        if group is not None:
            self._groups.callback(group.remove)
        return group

    def _forget(self, started: Started) -> None:
        self._running = None
        started.close()

    def _gauges(self, started: Started, limits: Limits) -> list[Gauge]:
        first, place = started.first, self._place
        disk = DiskGauge(place.written, first, limits.disk_bytes, place.before)
        if started.group is not None:
            return [GroupGauge(group=started.group, limits=limits), disk]
        return [TreeGauge(first=first, limits=limits), disk]


def _told(outcome: Outcome, started: Started, level: Level) -> Ran:
    code = started.code()
    told = {"stdout": outcome.stdout, "stderr": outcome.stderr,
            "seconds": outcome.seconds, "level": level}  # fmt: skip
    if outcome.reached is not None:
        ended, note = outcome.reached
        return Ran(code=None, ended=ended, note=note, **told)
    if code is None:
        return Ran(code=_refused(outcome.stderr), ended="exit", note=NEVER_RAN, **told)
    number = code - 128
    if number in {*signal.Signals}:
        name = signal.Signals(number).name
        return Ran(code=None, ended="signal", signal=number, note=f"it ended by {name}", **told)
    return Ran(code=code, ended="exit", **told)


def _refused(stderr: bytes) -> int:
    # Nothing of the program ran, so these words are bwrap's own.
    if not stderr.startswith((NO_PROGRAM, NO_FOLDER)):
        msg = f"the box could not be built: {stderr.decode('utf-8', 'replace').strip()}"
        raise SandboxError(msg)
    return NOT_FOUND if stderr.rstrip().endswith(b"No such file or directory") else NOT_ALLOWED
