"""Retractions: a record that only grows, so that no score rises in silence."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from assay.core.errors import BadFormat, IntegrityError, UnknownName, UsageError
from assay.core.task import Retraction, Task
from assay.formats.manifest import Manifest, read_manifest
from assay.store.appending import appending, whole_lines
from assay.tasks.seal.making import MANIFEST, RETRACTED

__all__ = ["retract", "retractions", "standing"]


def retractions(path: Path) -> list[Retraction]:
    """Which tasks were retracted, in the order in which they were?

    Raises
    ------
    IntegrityError
        A record was changed or taken out.
    """
    lines = whole_lines(path.read_bytes()) if path.is_file() else ()
    return _chained(path, lines)


def _chained(path: Path, lines: tuple[bytes, ...]) -> list[Retraction]:
    found: list[Retraction] = []
    before = ""
    for number, line in enumerate(lines, 1):
        try:
            one = Retraction.model_validate_json(line)
        except ValidationError as error:
            raise IntegrityError(f"{path}:{number} is no record of a retraction") from error
        if one.before != before:
            raise IntegrityError(f"{path}:{number}: the record before it was changed or taken out")
        before = hashlib.sha256(line).hexdigest()
        found.append(one)
    return found


def standing(manifest: Manifest, retracted: list[Retraction]) -> dict[str, int]:
    """Which version of each task counts? A retracted task without a successor has none."""
    found = {task.id: task.version for task in manifest.tasks}
    for one in retracted:
        if found.get(one.task) == one.version:
            found.pop(one.task)
        if one.corrected:
            found[one.task] = one.version + 1
    return found


def retract(
    folder: Path, task: str, reason: str, on: date, *, corrected: Task | None = None
) -> Retraction:
    """Note that a task is not to be scored any more in its version.

    Nothing is deleted and no digest changes: who scored it before can say so, and who scores
    after must say which tasks were left out.

    Parameters
    ----------
    folder
        The sealed benchmark.
    task
        As the public manifest calls it.
    reason
        For all to read.
    on
        The day.
    corrected
        The task as it is from now on; its version is the next one.

    Raises
    ------
    UnknownName
        There is no such task, or it is retracted already.
    UsageError
        No reason is given, or the corrected task has another version than the next.
    """
    path = folder / "public" / MANIFEST
    if not path.is_file():
        raise BadFormat(str(folder), None, "is no sealed benchmark", "assay bench seal makes one")
    if not reason.strip():
        raise UsageError("a retraction needs a reason\n  next: --reason '...'")
    with appending(folder / "public" / RETRACTED) as file:
        before = _chained(folder / "public" / RETRACTED, file.lines)
        live = standing(read_manifest(path), before)
        if task not in live:
            fix = f"the names are in {path}; of private ones, private/kept.jsonl says which"
            raise UnknownName("task", task[:80], live, fix)
        if corrected is not None and corrected.version != live[task] + 1:
            msg = f"the corrected task has version {corrected.version}\n  next: {live[task] + 1}"
            raise UsageError(msg)
        made = Retraction(
            task=task,
            version=live[task],
            reason=reason.strip(),
            on=on,
            corrected="" if corrected is None else digest(corrected),
            before=hashlib.sha256(file.lines[-1]).hexdigest() if file.lines else "",
        )
        file.write([made.model_dump_json().encode()])
    return made


def digest(task: Task) -> str:
    """Return the SHA-256 of a corrected task, whole."""
    return hashlib.sha256(task.model_dump_json().encode()).hexdigest()
