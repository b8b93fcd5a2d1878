"""What runs code that nobody trusts, and what such a run says afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Box", "Ended", "Level", "Limits", "Ran", "Sandbox"]

FROZEN = ConfigDict(frozen=True, extra="forbid")

Level = Literal["full", "reduced", "container", "none"]
"""What held the limits: full, cgroups; reduced, rlimits and a watchdog; a container engine."""
Ended = Literal["exit", "signal", "time", "memory", "processes", "disk", "output"]
"""Why a run is over: the program ended, a signal did it, or a limit was reached."""


class Limits(BaseModel):
    """What one run may use."""

    model_config = FROZEN

    seconds: float = Field(default=600.0, gt=0)
    """On the clock; then the whole tree of processes is killed."""
    cpu_seconds: float = Field(default=600.0, gt=0)
    memory_bytes: int = Field(default=2 << 30, gt=0)
    processes: int = Field(default=256, gt=0)
    disk_bytes: int = Field(default=2 << 30, gt=0)
    """Written to the work tree and to /tmp together."""
    output_bytes: int = Field(default=16 << 20, gt=0)
    """Of standard output and of standard error, each; the rest is dropped, and the run ends."""


class Ran(BaseModel):
    """What came of one run."""

    model_config = FROZEN

    code: int | None
    """The exit status; None when a signal or a limit ended it."""
    stdout: bytes
    stderr: bytes
    seconds: float
    ended: Ended
    level: Level
    note: str = ""
    """What a reader should know: which limit, which signal."""
    signal: int | None = None
    """The signal that ended it, if one did that no limit sent."""


class Box(Protocol):
    """A work tree to run in: changes stay until it is closed, and never reach the original."""

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        cwd: str = ".",
        limits: Limits | None = None,
    ) -> Ran:
        """Run one program, without a shell, and kill all it started."""
        ...

    def read(self, path: str, *, most: int = 16 << 20) -> bytes:
        """Return a file of the work tree; a link out of the tree is refused."""
        ...

    def write(self, path: str, content: bytes) -> None:
        """Write a file of the work tree, and its folders."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class Sandbox(Protocol):
    """Opens boxes."""

    @property
    def level(self) -> Level:
        """What holds its limits here."""
        ...

    def open(
        self,
        tree: Path,
        *,
        reads: Mapping[str, Path] | None = None,
        limits: Limits | None = None,
        network: bool = False,
    ) -> Box:
        """Open a box over a work tree, which is seen at /work and is never changed itself.

        Parameters
        ----------
        tree
            A folder; the box writes to a layer above it.
        reads
            More folders, mounted read-only: where they are seen, and where they lie.
        limits
            Of each run that names none.
        network
            Whether the machine's network is open: to build an environment, never to run a task.
        """
        ...
