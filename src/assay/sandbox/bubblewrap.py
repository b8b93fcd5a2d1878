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
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from assay.core.errors import SandboxError, boundary
from assay.core.running import Level, Limits, Ran
from assay.sandbox.cgroups import Group, Home
from assay.sandbox.files import fetch, put
from assay.sandbox.gauges import DiskGauge, Gauge, GroupGauge, TreeGauge
from assay.sandbox.layout import Layout, arguments, checked_reads, environment
from assay.sandbox.seccomp import assemble
from assay.sandbox.starting import Order, Started, check_argv, start
from assay.sandbox.watching import Outcome, watch

__all__ = ["Bubblewrap", "BubblewrapBox"]

WORK = "/work"
NOT_FOUND, NOT_ALLOWED = 127, 126
COULD_NOT_RUN = b"bwrap: execvp "


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubblewrap:
    """Opens boxes made by bubblewrap."""

    binary: Path
    home: Home | None
    """Where control groups may be made; None for rlimits and a watchdog."""

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
        held = checked_reads(reads or {})
        return BubblewrapBox(self, tree, held, limits or Limits(), network=network)


class BubblewrapBox:
    """A work tree to run in; one run at a time."""

    def __init__(
        self,
        sandbox: Bubblewrap,
        tree: Path,
        reads: Mapping[str, Path],
        limits: Limits,
        *,
        network: bool = False,
    ) -> None:
        self._sandbox, self._limits = sandbox, limits
        self._lock = threading.Lock()
        self._held = ExitStack()
        folder = self._held.enter_context(tempfile.TemporaryDirectory(prefix="assay-box-"))
        self._layout = Layout(
            folder=Path(folder), tree=tree.resolve(), reads=reads, network=network
        )
        self._layout.prepare()
        self._filter = assemble(hidden_memory=sandbox.home is not None)

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
        return self._run(argv, stdin, chosen, environ=environment(env), cwd=f"{WORK}/{cwd}")

    def read(self, path: str, *, most: int = 16 << 20) -> bytes:
        """Return a file of the work tree; a link out of it is refused; see `assay.sandbox.files`."""
        return fetch(self._quickly, path, beneath=WORK, most=most)

    def write(self, path: str, content: bytes) -> None:
        """Write a file of the work tree, and its folders; see `assay.sandbox.files`."""
        allowed = self._limits.disk_bytes
        put(self._quickly, path, content, beneath=WORK, disk_bytes=allowed)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def _quickly(self, argv: Sequence[str], stdin: bytes, limits: Limits) -> Ran:
        return self._run(argv, stdin, limits, environ=environment(None), cwd=WORK)

    def _run(
        self, argv: Sequence[str], stdin: bytes, limits: Limits, *,
        environ: Mapping[str, str], cwd: str,
    ) -> Ran:  # fmt: skip
        check_argv(argv)
        with self._lock, boundary(SandboxError, f"running {argv[0]} in a box"), ExitStack() as held:
            home = self._sandbox.home
            group = home.make(limits) if home else None
            if group:
                held.callback(group.remove)
            order = Order(
                binary=self._sandbox.binary, argv=argv, filter=self._filter, limits=limits,
                arguments=[*arguments(self._layout, environ=environ, cwd=cwd)],
                group=group, identity=None, stdin=bool(stdin),
            )  # fmt: skip
            started = start(order)
            held.callback(started.close)
            held.callback(started.kill)
            gauges = self._gauges(started.first, group, limits)
            outcome = watch(
                started.process, stdin=stdin, limits=limits, gauges=gauges, kill=started.kill
            )
            return _told(outcome, started, self._sandbox.level)

    def _gauges(self, first: int, group: Group | None, limits: Limits) -> list[Gauge]:
        disk = DiskGauge(self._layout.written(), first, limits.disk_bytes, 0)
        if group is not None:
            return [GroupGauge(group=group, limits=limits), disk]
        return [TreeGauge(first=first, limits=limits), disk]


def _told(outcome: Outcome, started: Started, level: Level) -> Ran:
    code = started.code()
    told = {"stdout": outcome.stdout, "stderr": outcome.stderr,
            "seconds": outcome.seconds, "level": level}  # fmt: skip
    if outcome.reached is not None:
        ended, note = outcome.reached
        return Ran(code=None, ended=ended, note=note, **told)
    if code is None:
        return Ran(code=_refused(outcome.stderr), ended="exit", note="it never ran", **told)
    number = code - 128
    if number in {*signal.Signals}:
        name = signal.Signals(number).name
        return Ran(code=None, ended="signal", note=f"signal {number} ({name})", **told)
    return Ran(code=code, ended="exit", **told)


def _refused(stderr: bytes) -> int:
    # Nothing of the program ran, so these words are bwrap's own.
    if not stderr.startswith(COULD_NOT_RUN):
        msg = f"the box could not be built: {stderr.decode('utf-8', 'replace').strip()}"
        raise SandboxError(msg)
    return NOT_FOUND if stderr.rstrip().endswith(b"No such file or directory") else NOT_ALLOWED
