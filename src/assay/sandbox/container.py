"""Boxes in a container engine, for tasks that name an image. Untested until it has run.

No engine was at hand when this was written: only its refusals have been seen. By the engines'
documentation it covers: no network, no capabilities, no new privileges, a read-only image, the
engine's own filter of system calls, limits of memory, processes and time, a user without rights,
and a copy of the work tree. Not covered: the engine itself runs as root unless it was set up
otherwise, and a task's image is trusted as far as its programs are.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Self

from assay.core.errors import SandboxError, boundary
from assay.core.running import Level, Limits, Ran
from assay.sandbox.files import fetch, put
from assay.sandbox.gauges import DiskGauge, Reached
from assay.sandbox.layout import WORK, Layout, checked_reads, environment
from assay.sandbox.places import make_place
from assay.sandbox.starting import check_argv
from assay.sandbox.watching import Outcome, watch

__all__ = ["Container", "ContainerBox", "Engine", "find_engine"]

ENGINES = {
    "docker": ("version", "--format", "{{.Server.Version}}"),
    "podman": ("version", "--format", "{{.Client.Version}}"),
}
"""How each is asked whether it works; docker's client works without its daemon, to no end."""
NOBODY = 65534
ENGINE_FAILED = 125
QUESTION_SECONDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """A container engine, or why there is none."""

    binary: Path | None
    why: str


def find_engine() -> Engine:
    """Which engine answers here, docker or podman?"""
    reasons = []
    for name, question in ENGINES.items():
        found = shutil.which(name)
        if found is None:
            reasons.append(f"{name} is not installed")
            continue
        try:
            said = _ask(found, *question)
        except (OSError, subprocess.TimeoutExpired) as error:
            reasons.append(f"{name}: {error}")
            continue
        if said.returncode == 0:
            return Engine(binary=Path(found), why=f"{name} answers")
        last = (said.stderr.decode("utf-8", "replace").strip().splitlines() or ["no answer"])[-1]
        reasons.append(f"{name}: {last}")
    return Engine(binary=None, why="; ".join(reasons))


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """Opens boxes of one image."""

    engine: Path
    image: str

    @property
    def level(self) -> Level:
        """The engine holds the limits."""
        return "container"

    def open(
        self, tree: Path, *, reads: Mapping[str, Path] | None = None, limits: Limits | None = None
    ) -> ContainerBox:
        """Open a box over a copy of a work tree; see `assay.core.running.Sandbox`."""
        return ContainerBox(self, tree, checked_reads(reads or {}), limits or Limits())


class ContainerBox:
    """A copied work tree, and a new container for each run."""

    def __init__(
        self, sandbox: Container, tree: Path, reads: Mapping[str, Path], limits: Limits
    ) -> None:
        self._sandbox, self._limits, self._reads = sandbox, limits, reads
        self._lock = threading.Lock()
        self._user = os.geteuid() or NOBODY
        with boundary(SandboxError, f"opening a box over {tree}"), ExitStack() as held:
            layout = Layout(tree=tree.resolve(), reads={})
            self._place = make_place(held, sandbox.engine, layout, identity=None, overlays=False)
            if os.geteuid() == 0:
                owner = f"{NOBODY}:{NOBODY}"
                command = ("chown", "-hR", owner, "--", *map(str, self._place.written))
                subprocess.run(command, check=True, capture_output=True)  # noqa: S603
            self._held = held.pop_all()

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        cwd: str = ".",
        limits: Limits | None = None,
    ) -> Ran:
        """Run one program in a new container, and remove it with all that it started."""
        place = str(PurePosixPath(WORK, cwd))
        return self._run(argv, stdin, limits or self._limits, env=environment(env), cwd=place)

    def read(self, path: str, *, most: int = 16 << 20) -> bytes:
        """Return a file of the work tree; links out of it are refused."""
        return fetch(self._quickly, path, beneath=WORK, most=most)

    def write(self, path: str, content: bytes) -> None:
        """Write a file of the work tree, and its folders."""
        allowed = self._limits.disk_bytes
        put(self._quickly, path, content, beneath=WORK, disk_bytes=allowed)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def _quickly(self, argv: Sequence[str], stdin: bytes, limits: Limits) -> Ran:
        return self._run(argv, stdin, limits, env=environment(None), cwd=WORK)

    def _run(
        self, argv: Sequence[str], stdin: bytes, limits: Limits, *, env: Mapping[str, str], cwd: str
    ) -> Ran:
        check_argv(argv)
        name = f"assay-{secrets.token_hex(8)}"
        engine, pipe = str(self._sandbox.engine), subprocess.PIPE
        command = [engine, *self._arguments(name, limits, env, cwd), self._sandbox.image, *argv]
        with self._lock, boundary(SandboxError, f"running {argv[0]} in a container"):
            process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe)  # noqa: S603
            disk = DiskGauge(
                self._place.written, process.pid, limits.disk_bytes, self._place.before
            )
            try:
                outcome = watch(process, stdin=stdin, limits=limits, gauges=[disk],
                                kill=lambda: self._end(process, name))  # fmt: skip
                starved = _ask(engine, "inspect", "-f", "{{.State.OOMKilled}}", name).stdout
            finally:
                _ask(engine, "rm", "-f", name)
            return _told(outcome, process.returncode, starved.strip() == b"true", limits)

    def _arguments(self, name: str, limits: Limits, env: Mapping[str, str], cwd: str) -> list[str]:
        tree, tmp = self._place.written
        mounts = [f"type=bind,source={tree},target={WORK}", f"type=bind,source={tmp},target=/tmp"]
        mounts += [f"type=bind,source={lies},target={seen},readonly"
                   for seen, lies in self._reads.items()]  # fmt: skip
        memory, files = str(limits.memory_bytes), str(limits.disk_bytes)
        return [
            "run", "--interactive", "--name", name, "--network", "none", "--cap-drop", "ALL",
            "--security-opt", "no-new-privileges", "--read-only", "--init", "--entrypoint", "",
            "--user", f"{self._user}:{self._user}", "--pids-limit", str(limits.processes + 1),
            "--memory", memory, "--memory-swap", memory, "--ulimit", "core=0",
            "--ulimit", f"fsize={files}", "--ulimit", f"cpu={int(limits.cpu_seconds) + 1}",
            "--pull", "never", "--workdir", cwd,
            *(word for mount in mounts for word in ("--mount", mount)),
            *(word for pair in env.items() for word in ("--env", "=".join(pair))),
        ]  # fmt: skip

    def _end(self, process: subprocess.Popen[bytes], name: str) -> None:
        if process.poll() is None:
            _ask(str(self._sandbox.engine), "kill", name)
        process.kill()
        process.wait()


def _told(outcome: Outcome, code: int, starved: bool, limits: Limits) -> Ran:  # noqa: FBT001
    if starved and outcome.reached is None:
        over = f"over {limits.memory_bytes} bytes of memory"
        outcome = replace(outcome, reached=Reached("memory", over))
    told = {"stdout": outcome.stdout, "stderr": outcome.stderr,
            "seconds": outcome.seconds, "level": "container"}  # fmt: skip
    if outcome.reached is not None:
        ended, note = outcome.reached
        return Ran(code=None, ended=ended, note=note, **told)
    if code == ENGINE_FAILED:
        msg = f"the engine failed: {outcome.stderr.decode('utf-8', 'replace').strip()}"
        raise SandboxError(msg)
    if code > 128:
        return Ran(
            code=None, ended="signal", signal=code - 128, note="it ended by a signal", **told
        )
    return Ran(code=code, ended="exit", **told)


def _ask(engine: str, *words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(  # noqa: S603 - an argument vector of our own
        [engine, *words], check=False, capture_output=True, timeout=QUESTION_SECONDS
    )
