"""Boxes opened by us, and by a user without rights, driven in the same way.

A request is a tree, and steps to take in a box over it; the answers come back as JSON, from this
process or from one that runs as another user.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from assay.core.errors import SandboxError
from assay.core.running import Box, Limits, Ran
from assay.sandbox.choosing import best
from assay.sandbox.mounting import attach, detached, leave_namespace, small_memory

NOBODY = 65534
PYTHON = "/python/bin/python3"
READS = {"/python": Path(sys.base_prefix)}
SERVE = "from tests.sandbox.attackers import serve; serve()"


@dataclass
class Answer:
    """What one step came to: what ran, what was read, or the error."""

    ran: Ran | None = None
    content: bytes = b""
    error: str = ""

    @property
    def sure(self) -> Ran:
        """What ran, which it did."""
        assert self.ran is not None, self.error
        return self.ran


class World(Protocol):
    """Opens boxes as some user."""

    name: str

    def tree(self) -> Path:
        """Make an empty folder that the user owns."""
        ...

    def take(self, tree: Path, *steps: dict[str, Any]) -> list[Answer]:
        """Take steps in one box over a tree."""
        ...


@dataclass
class Ourselves:
    """Boxes that this process opens."""

    folder: Path
    name: str = "ourselves"

    def tree(self) -> Path:
        """Make a folder."""
        return Path(tempfile.mkdtemp(dir=self.folder))

    def take(self, tree: Path, *steps: dict[str, Any]) -> list[Answer]:
        """Take the steps."""
        return read_back(perform({"tree": str(tree), "steps": list(steps)}))


@dataclass
class Nobody:
    """Boxes that a process opens which runs as a user without rights."""

    process: subprocess.Popen[bytes]
    folder: Path
    name: str = "nobody"

    def tree(self) -> Path:
        """Make a folder, and give it away."""
        made = Path(tempfile.mkdtemp(dir=self.folder))
        os.chown(made, NOBODY, NOBODY)
        return made

    def take(self, tree: Path, *steps: dict[str, Any]) -> list[Answer]:
        """Have the steps taken."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"tree": str(tree), "steps": steps}).encode() + b"\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the process of the other user is gone"
        return read_back(json.loads(line))


def python(code: str, *args: str, **options: Any) -> dict[str, Any]:
    """Make a step that runs a line of Python in the box."""
    return command(PYTHON, "-I", "-S", "-c", code, *args, **options)


def command(*argv: str, limits: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    """Make a step that runs a command."""
    return {"do": "run", "argv": list(argv), "limits": limits or {}, "options": options}


def perform(request: dict[str, Any]) -> list[dict[str, str]]:
    """Take a request's steps in a new box."""
    with best().open(Path(request["tree"]), reads=READS) as box:
        return [_step(box, step) for step in request["steps"]]


def _step(box: Box, step: dict[str, Any]) -> dict[str, str]:
    try:
        if step["do"] == "read":
            return {"content": box.read(step["path"]).decode("latin-1")}
        if step["do"] == "write":
            box.write(step["path"], step["content"].encode("latin-1"))
            return {"content": ""}
        limits = Limits(**({"seconds": 30} | step["limits"]))
        ran = box.run(step["argv"], limits=limits, **step["options"])
        record = ran.model_copy(update={"stdout": b"", "stderr": b""}).model_dump_json()
        return {
            "ran": record,
            "stdout": ran.stdout.decode("latin-1"),
            "stderr": ran.stderr.decode("latin-1"),
        }
    except SandboxError as error:
        return {"error": f"{type(error).__name__}: {error}"}


def read_back(answers: list[dict[str, str]]) -> list[Answer]:
    """Make objects of what `perform` said."""
    found = []
    for answer in answers:
        ran = None
        if "ran" in answer:
            streams = {name: answer[name].encode("latin-1") for name in ("stdout", "stderr")}
            ran = Ran.model_validate_json(answer["ran"]).model_copy(update=streams)
        content = answer.get("content", "").encode("latin-1")
        found.append(Answer(ran=ran, content=content, error=answer.get("error", "")))
    return found


def serve() -> None:
    """Answer requests, one a line."""
    for line in sys.stdin:
        print(json.dumps(perform(json.loads(line))), flush=True)  # noqa: T201


@contextmanager
def another_user(folder: Path) -> Iterator[Nobody]:
    """Start a process as a user without rights, who can read this Python and this project."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        process = thread.submit(_started).result()
        try:
            yield Nobody(process, folder)
        finally:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                pipe.close()


def _started() -> subprocess.Popen[bytes]:
    # In a mount namespace of this thread's own, a Python under root's home can be reached.
    leave_namespace()
    prefix = Path(sys.base_prefix)
    closed = [place for place in prefix.parents if not place.stat().st_mode & 1]
    if closed:
        mount = detached(prefix)
        small_memory(closed[-1])
        prefix.mkdir(parents=True)
        attach(mount, prefix)
        os.close(mount)
    root = Path(__file__).parents[2]
    path = os.pathsep.join([str(root), str(root / "src")])
    return subprocess.Popen(
        [sys.executable, "-c", SERVE],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd="/", user=NOBODY, group=NOBODY,
        extra_groups=[], env={"PYTHONPATH": path, "SECRET_OF_OURS": "5ecret", "PATH": "/usr/bin"},
    )  # fmt: skip
