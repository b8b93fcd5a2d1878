"""Harbor task folders: instruction, environment, tests and solution, one folder per task.

Harbor builds `environment/Dockerfile`, lets an agent work there on `instruction.md`, then puts
`tests/` at /tests and runs `tests/test.sh`, which writes 1 or 0 to /logs/verifier/reward.txt. What
makes the folder a task again stands in `tests/config.json`: its SWE-bench row, as the folders that
are made of SWE-bench have it too.

What is written here does not hold the project's files: `environment/Dockerfile` takes them from
`environment/repo`, where a sealed tree has to be put. The reward is whether the test command ends
with 0, so tests that fail before and after the fix have to be left out of `test_files`.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from tempfile import mkdtemp

import tomli_w

from assay.core.errors import BadFormat, StoreError, UsageError, boundary
from assay.core.task import Task
from assay.formats.jsonl import as_row
from assay.formats.lines import check_file, read_whole
from assay.formats.row import shown, shown_path
from assay.formats.strictjson import parse
from assay.formats.swebench_tasks import row_of, task_of
from assay.formats.taskfields import ID

__all__ = ["files_of", "read_folder", "read_task", "write_folder"]

MOST = 32 << 20
"""Bytes of one file of a task."""
NEEDED = ("task.toml", "instruction.md", "tests/test.sh", "tests/config.json")
FIX = "give a folder that assay bench convert --to harbor has written"
IMAGE = re.compile(r"[a-z0-9][a-z0-9._/:@-]{0,254}", re.IGNORECASE)
IMAGES = {"python": "python:3.11-slim", "go": "golang:1", "javascript": "node:22-slim"}
OTHER = "debian:stable-slim"


def read_folder(folder: Path) -> Iterator[Task]:
    """Which tasks lie in this folder? One per folder in it, or the folder itself is one.

    Raises
    ------
    BadFormat
        One of them is no task of Harbor, or holds no row of SWE-bench, or is named otherwise.
    """
    if (folder / "task.toml").exists():
        yield read_task(folder)
        return
    found = sorted(path for path in folder.iterdir() if (path / "task.toml").exists())
    if not found:
        raise BadFormat(shown_path(folder), None, "holds no folder with a task.toml", FIX)
    for path in found:
        yield read_task(path)


def read_task(folder: Path) -> Task:
    """Which task is this folder?

    Raises
    ------
    BadFormat
        A file is missing, is a link, is too large, or holds what it may not.
    """
    texts = {name: _text(folder, name) for name in NEEDED}
    _checked_toml(folder, texts["task.toml"])
    name = shown_path(folder / "tests/config.json")
    row = as_row(name, 1, parse(texts["tests/config.json"], path=name, line=1))
    task = task_of(row)
    if task.id.lower() != folder.name.lower():
        what = f"the folder {shown(folder.name)} holds the task {shown(task.id)}"
        raise BadFormat(shown_path(folder), None, what, "name the folder after its task")
    return task


def _checked_toml(folder: Path, text: str) -> None:
    try:
        tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        name = shown_path(folder / "task.toml")
        raise BadFormat(name, None, f"is no TOML: {shown(str(error))}", FIX) from error


def _text(folder: Path, name: str) -> str:
    """Read one file of a task, which no link may stand for."""
    path = folder
    for part in Path(name).parts:
        path /= part
        if path.is_symlink():
            raise BadFormat(shown_path(path), None, "is a link", "put the file itself there")
    if not path.is_file():
        raise BadFormat(shown_path(path), None, "is missing", FIX)
    check_file(path)
    return read_whole(path, limit=MOST)


def write_folder(folder: Path, tasks: Iterable[Task]) -> int:
    """Write tasks as folders in a new folder, which appears whole or not at all.

    Returns how many they were.

    Raises
    ------
    UsageError
        Something lies there already.
    BadFormat
        A name stands twice, or cannot be a folder's.
    StoreError
        The disk failed.
    """
    if folder.exists() or folder.is_symlink():
        msg = f"{folder}: is there already\n  next: name a folder that is not there yet"
        raise UsageError(msg)
    with boundary(StoreError, f"writing {folder}"):
        rough = Path(mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            count = _write_all(rough, tasks)
            rough.chmod(0o755)
            rough.rename(folder)
        finally:
            shutil.rmtree(rough, ignore_errors=True)
    return count


def _write_all(rough: Path, tasks: Iterable[Task]) -> int:
    seen = set[str]()  # names that differ only in case are one folder on some systems
    for number, task in enumerate(tasks, 1):
        if not ID.fullmatch(task.id) or ".." in task.id or task.id.lower() in seen:
            what = f"the id {shown(task.id)} stands twice, or cannot be a folder's name"
            raise BadFormat(shown_path(rough), number, what, "give every task a name of its own")
        seen.add(task.id.lower())
        for name, text in files_of(task).items():
            path = rough / task.id / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode("utf-8"))
            if path.suffix == ".sh":
                os.chmod(path, 0o755)  # noqa: PTH101, S103 - scripts are run
    return len(seen)


def files_of(task: Task) -> Mapping[str, str]:
    """Which files make up the folder of a task? Path in it, and text."""
    return {
        "task.toml": tomli_w.dumps(_settings(task)),
        "instruction.md": task.statement + "\n",
        "environment/Dockerfile": _dockerfile(task),
        "tests/test.sh": _test_script(task),
        "tests/test.patch": task.test_patch,
        "tests/config.json": json.dumps(row_of(task), ensure_ascii=False, indent=1) + "\n",
        "solution/solve.sh": SOLVE,
        "solution/gold.patch": task.patch,
    }


SOLVE = """\
#!/bin/sh
set -eu
cd /work
git apply --whitespace=nowarn /solution/gold.patch
"""


def _settings(task: Task) -> dict[str, object]:
    return {
        "schema_version": "1.1",
        "task": {"name": f"assay/{task.id}", "keywords": [task.language or "code"]},
        "metadata": {"category": "software-engineering", "repository": task.repo},
        "verifier": {"timeout_sec": 1800.0},
        "agent": {"timeout_sec": 3600.0},
        "environment": {"build_timeout_sec": 1800.0, "allow_internet": False},
    }


def _dockerfile(task: Task) -> str:
    """Take the project's files from beside it, and run what builds its environment.

    Raises
    ------
    BadFormat
        Its image has a name that could be an instruction.
    """
    image = task.image or IMAGES.get(task.language, OTHER)
    if not IMAGE.fullmatch(image):
        raise BadFormat(task.id, None, f"{shown(image)} is no name of an image", "mend the task")
    runs = [f"RUN {json.dumps(list(command))}" for command in task.setup]
    git = "RUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*"
    lines = [f"FROM {image}", *([] if task.image else [git]), "COPY repo/ /work/", "WORKDIR /work"]
    return "\n".join([*lines, *runs]) + "\n"


def _test_script(task: Task) -> str:
    """Put the tests there, whatever lies in their place, run them, and write the reward."""
    command = shlex.join([*task.test_command, *task.test_files]) or "false"
    return f"""\
#!/bin/sh
mkdir -p /logs/verifier
echo 0 > /logs/verifier/reward.txt
cd /work || exit 1
git apply --whitespace=nowarn /tests/test.patch || exit 1
if {command}; then
  echo 1 > /logs/verifier/reward.txt
fi
"""
