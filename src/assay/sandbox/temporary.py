"""Temporary folders that say whose they are, so that those of dead owners are taken away later.

A process that is killed cannot tidy up. So each folder holds a mark with its owner: process id,
when that process started, its namespace of process ids, boot and machine. The next start looks at
the marks and removes the folders whose owner is gone for certain. Left alone are folders without a
whole mark (the owner was killed within a millisecond of making it), another user's, such as anybody
else can write to, and those of owners that cannot be seen from here: of another machine or another
namespace, which share the temporary folder.
"""

from __future__ import annotations

import os
import re
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from assay.core.errors import SandboxError, boundary

__all__ = ["Owner", "make_owned", "owned", "remove", "sweep"]

MARK = "owner.json"
INSIDE = "held"
NAMED = re.compile(r"assay-(?:box|git|history|proof|verify|try)-[A-Za-z0-9_]{8}")
LONGEST = 1024
"""Bytes of a mark."""
BOOT = Path("/proc/sys/kernel/random/boot_id")
SPACE = Path("/proc/self/ns/pid")


class Owner(BaseModel):
    """The process that a folder belongs to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pid: int
    started: int
    """In ticks since the machine's start: a later process of the same id has another."""
    namespace: str
    boot: str
    machine: str

    def is_gone(self, here: Owner) -> bool:
        """Has it ended, as far as the process `here` can tell? No where it cannot tell."""
        if self.machine != here.machine:
            return False
        if self.boot != here.boot:
            return True
        return self.namespace == here.namespace and started(self.pid) != self.started


def this_process() -> Owner | None:
    """Return what marks the folders of this process; None where the system has no /proc."""
    try:
        return Owner(
            pid=os.getpid(),
            started=started(os.getpid()) or 0,
            namespace=str(SPACE.readlink()),
            boot=BOOT.read_text(encoding="ascii").strip(),
            machine=os.uname().nodename,
        )
    except OSError:
        return None


def started(pid: int) -> int | None:
    """When did a process start, in ticks since the machine's start? None where there is none."""
    try:
        told = Path(f"/proc/{pid}/stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, *fields = told.rpartition(b")")[2].split()  # the name before may hold anything
    return None if state in {b"Z", b"X"} else int(fields[18])


@contextmanager
def owned(name: str) -> Iterator[Path]:
    """Give a temporary folder, which is taken away at the end, or after the owner's.

    Parameters
    ----------
    name
        What it is for: box, git, history, proof, verify or try.

    Examples
    --------
    >>> with owned("try") as folder:
    ...     folder.is_dir()
    True
    >>> folder.exists()
    False
    """
    folder = make_owned(name)
    try:
        yield folder
    finally:
        remove(folder)


def make_owned(name: str, place: Path | None = None) -> Path:
    """Make such a folder; `remove` takes it away. Folders of dead owners go first.

    Parameters
    ----------
    name
        As `owned`.
    place
        Where; by default, where the system has its temporary files.

    Raises
    ------
    SandboxError
        The disk failed or is full.
    """
    with boundary(SandboxError, "making a temporary folder (is the disk full?)"):
        above = str(place or tempfile.gettempdir())
        sweep_once(above)
        outer = Path(tempfile.mkdtemp(prefix=f"assay-{name}-", dir=above))
        if (owner := this_process()) is not None:
            (outer / MARK).write_text(owner.model_dump_json(), encoding="utf-8")
        (outer / INSIDE).mkdir(mode=0o700)
    return outer / INSIDE


def remove(folder: Path) -> None:
    """Take away a folder that `make_owned` gave, whatever lies in it."""
    _remove(folder.parent)


@cache
def sweep_once(folder: str) -> int:
    """Sweep a folder at the first need of this process, and not again."""
    return sweep(Path(folder))


def sweep(folder: Path) -> int:
    """Remove the folders of owners that are gone; return how many.

    Only folders of our own user that nobody else may enter, with a name of ours and a whole mark.
    No link is followed, and no other file system is entered.
    """
    here, count = this_process(), 0
    names: list[str] = []
    with suppress(PermissionError), os.scandir(folder) as entries:
        names = [entry.name for entry in entries if NAMED.fullmatch(entry.name)]
    for name in names:
        owner = owner_of(folder / name)
        if owner is not None and here is not None and owner.is_gone(here):
            with suppress(subprocess.CalledProcessError):  # another process may be at it, too
                _remove(folder / name)
                count += 1
    return count


def owner_of(folder: Path) -> Owner | None:
    """Read a folder's mark; None where it is not ours alone, or has no whole mark."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        place = os.open(folder, flags | os.O_DIRECTORY)
    except OSError:
        return None
    try:
        if not _is_own(os.fstat(place)) or stat.S_IMODE(os.fstat(place).st_mode) & 0o077:
            return None
        mark = os.open(MARK, flags | os.O_NONBLOCK, dir_fd=place)
        with os.fdopen(mark, "rb") as file:
            told = os.fstat(mark)
            if not _is_own(told) or not stat.S_ISREG(told.st_mode):
                return None
            return Owner.model_validate_json(file.read(LONGEST))
    except (OSError, ValidationError):
        return None
    finally:
        os.close(place)


def _is_own(status: os.stat_result) -> bool:
    return status.st_uid == os.geteuid()


def _remove(folder: Path) -> None:
    # These two follow no link and know no limit of depth, which a hostile tree would pass.
    if os.geteuid() != 0:
        _run("chmod", "-R", "u+rwX", "--", str(folder))
    _run("rm", "-rf", "--one-file-system", "--", str(folder))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)  # noqa: S603
