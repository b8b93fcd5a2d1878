"""What the tests need, installed once: with the network, in a box, and read-only ever after.

The commands run in a box of the sandbox over the project's files as they were before the fix; only
then is the network open. What they leave in `/tmp/env`, and in `node_modules` of the work tree, is
the environment; it is seen at the same places in every run. Commands that name `python`, `pip` or
`pytest` get a virtual environment first, of the Python that runs Assay.

What this does not do: hold the network to some servers; a command may send and fetch anything.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
import shutil
import sys
import tarfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from assay.core.errors import SandboxError, StoreError, boundary
from assay.core.running import Box, Limits, Ran, Sandbox
from assay.core.task import Task
from assay.store.files import write_whole
from assay.tasks.verify.locks import PLACE, commands_of, depends_on_tree, manifests
from assay.tasks.verify.unpacking import unpack

__all__ = ["BuildFailed", "Builder", "Environment"]

MODULES = "node_modules"
PACKED = ".assay-environment.tar"
LARGEST = 2 << 30
PYTHON = {"python", "python3", "pip", "pytest"}
PATHS = f"{PLACE}/bin:/usr/local/bin:/usr/bin:/bin"


class BuildFailed(SandboxError):
    """A command that builds an environment failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What runs need besides the work tree."""

    reads: Mapping[str, Path]
    """Folders mounted read-only: where they are seen, and where they lie."""
    variables: Mapping[str, str]
    seconds: float = 0.0
    """What building it took; 0 where it was there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Builder:
    """Builds environments, each once, into a folder that several runs may share."""

    sandbox: Sandbox
    cache: Path
    limits: Limits
    passed: Mapping[str, str]
    """Variables for building only, such as where certificates or a package index are."""

    def build(self, task: Task, tree: Path) -> Environment:
        """Return the environment of a task, whose files before the fix lie in `tree`.

        Raises
        ------
        BuildFailed
            A command ended with an error, or by a limit.
        """
        commands = commands_of(task.setup, tree)
        if python_wanted(task, commands):
            commands = ((str(base_python()), "-m", "venv", PLACE), *commands)
        if not commands:
            return Environment(reads=system_reads(), variables=VARIABLES)
        folder = self.cache / f"{slug(task.repo)}-{digest_of(task.repo, commands, tree)}"
        began = time.monotonic()
        with boundary(StoreError, f"building in {self.cache}"), alone(folder):
            there = (folder / "built.json").exists()
            if not there:
                self._build(commands, tree, folder)
        return Environment(
            reads=system_reads() | found_in(folder),
            variables=VARIABLES,
            seconds=0.0 if there else time.monotonic() - began,
        )

    def _build(self, commands: Sequence[Sequence[str]], tree: Path, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        with self.sandbox.open(tree, reads=system_reads(), limits=self.limits, network=True) as box:
            for command in commands:
                ran = box.run(command, env={**VARIABLES, **self.passed})
                if ran.code != 0:
                    raise BuildFailed(told(command, ran))
            packed = pack(box)
        unpack(packed, folder)
        record = {"commands": commands, "level": self.sandbox.level}
        write_whole(folder / "built.json", [json.dumps(record, indent=1)])


VARIABLES: Mapping[str, str] = {
    "PATH": PATHS,
    "CI": "true",
    "COLUMNS": "4000",  # pytest cuts its summary to the width of the terminal
    "GOCACHE": "/tmp/go-cache",  # noqa: S108
    "GOFLAGS": "-mod=mod",
    "GOMODCACHE": f"{PLACE}/go",
    "NO_COLOR": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}


def python_wanted(task: Task, commands: Sequence[Sequence[str]]) -> bool:
    """Does any command call Python by its plain name?"""
    words = [*task.test_command[:1], *(command[0] for command in commands if command)]
    return bool(PYTHON.intersection(words))


def base_python() -> Path:
    """Return the Python that runs Assay, not that of a virtual environment."""
    return Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}"


def system_reads() -> dict[str, Path]:
    """Return where that Python lies, if not among the system's programs."""
    base = Path(sys.base_prefix).resolve()
    return {} if base.is_relative_to("/usr") else {str(base): base}


def found_in(folder: Path) -> dict[str, Path]:
    """Return what was built, by where it is seen."""
    inside = folder / MODULES
    modules = inside if inside.is_dir() else folder / "env" / MODULES
    places = {PLACE: folder / "env", f"/work/{MODULES}": modules}
    return {seen: lies for seen, lies in places.items() if lies.is_dir()}


def digest_of(repo: str, commands: Sequence[Sequence[str]], tree: Path) -> str:
    """Return what stands for an environment: commands, Python, and files that commands read."""
    told = [repo, sys.version, json.dumps([list(command) for command in commands])]
    digest = hashlib.sha256("\0".join(told).encode())
    if depends_on_tree(commands):
        for name, content in manifests(tree):
            digest.update(b"\0" + name.encode() + b"\0" + hashlib.sha256(content).digest())
    return digest.hexdigest()[:24]


def slug(repo: str) -> str:
    """Return a name that is one safe part of a path."""
    return re.sub(r"[^\w.-]+", "-", repo, flags=re.ASCII).strip(".-")[:60] or "repository"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold an environment while it is built; others wait, in this process or another."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def pack(box: Box) -> bytes:
    """Take what was built out of the box, as one archive."""
    script = (
        f"set --; [ -d {PLACE} ] && set -- -C {PLACE}/.. env; "
        f'[ -d {MODULES} ] && [ ! -L {MODULES} ] && set -- "$@" -C /work {MODULES}; '
        f'[ $# = 0 ] || tar -cf {PACKED} "$@"'
    )
    ran = box.run(("sh", "-c", script), env=VARIABLES)
    if ran.code != 0:
        raise BuildFailed(told(("tar",), ran))
    held = box.run(("test", "-e", PACKED)).code == 0
    return box.read(PACKED, most=LARGEST) if held else empty_archive()


def empty_archive() -> bytes:
    """Return an archive of nothing: the commands left no files."""
    buffer = BytesIO()
    tarfile.open(fileobj=buffer, mode="w").close()
    return buffer.getvalue()


def told(command: Sequence[str], ran: Ran) -> str:
    """Say which command failed, how, and the end of what it said."""
    how = f"ended {ran.code}" if ran.ended == "exit" else f"ended by {ran.ended}"
    said = (ran.stdout + b"\n" + ran.stderr)[-1500:].decode("utf-8", "replace").strip()
    return f"`{' '.join(command)[:200]}` {how}: {said}"
