"""Is a sealed benchmark still what was sealed, and does it still pass the gate?"""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable, Sequence
from pathlib import Path

from assay.core.errors import BadFormat, IntegrityError
from assay.core.item import digest_of
from assay.core.settings import Progress
from assay.core.subject import Cost
from assay.core.task import Task
from assay.formats.manifest import Manifest, read_manifest
from assay.formats.task_files import read_tasks
from assay.tasks.seal.crossing import Laid, crossings
from assay.tasks.seal.digests import Digest, differences, digests_of
from assay.tasks.seal.gate import gate
from assay.tasks.seal.halves import Kept, drawn, sealed
from assay.tasks.seal.making import FILES, MANIFEST, RETRACTED, SELF, why
from assay.tasks.seal.pieces import files_of, survey
from assay.tasks.seal.retracting import retractions
from assay.tasks.seal.rows import read_rows

__all__ = ["check"]

FIX = "take the folder from where assay bench seal wrote it"
Tell = Callable[[Progress], None]


def check(folder: Path, *, digest: str = "", tell: Tell | None = None) -> list[str]:
    """Is this benchmark what was sealed?

    Parameters
    ----------
    folder
        With both halves, or with the public one alone.
    digest
        Of the manifest, as it was published when it was sealed; without it, whoever can change the
        files and the manifest alike is not found out.
    tell
        Hears how far it is.

    Returns
    -------
    list
        What was checked, in sentences.

    Raises
    ------
    IntegrityError
        Something was changed: the message names what. Or a task holds its answer.
    BadFormat
        This is no sealed benchmark.
    """
    path = folder / "public" / MANIFEST
    if not path.is_file():
        raise BadFormat(str(folder), None, "is no sealed benchmark", FIX)
    if digest and hashlib.sha256(path.read_bytes()).hexdigest() != digest:
        raise IntegrityError(f"{path}: is not the manifest of digest {digest}")
    manifest = read_manifest(path)
    done = [f"public half: {_files(folder, 'public', manifest)} files as sealed"]
    noted = retractions(folder / "public" / RETRACTED)
    done += [f"{len(noted)} retractions, none taken out"] if noted else []
    if not (folder / "private").is_dir():
        return [*done, "the private half is not here: draw and gate were not checked"]
    done.append(f"private half: {_files(folder, 'private', manifest)} files as sealed")
    _closed(folder / "private")
    tasks = list(read_tasks(folder / "private" / "tasks.jsonl"))
    kept = read_rows(folder / "private" / "kept.jsonl", Kept, FIX)
    _draw(manifest, tasks, kept)
    done.append(f"{len(tasks)} tasks in the halves that the seed draws")
    _crossings(folder, tasks, kept)
    done.append("no tree of the public half holds the fix of a private task")
    size = _gates(folder, kept, tell)
    return [*done, f"no answer in {size / 1e6:.0f} MB of {len(kept)} tasks"]


def _files(folder: Path, half: str, manifest: Manifest) -> int:
    """Compare a half's files with the list of their digests, and the list with the manifest."""
    path = folder / half / FILES
    try:
        said = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise IntegrityError(f"{path} cannot be read: {error.strerror}") from error
    if said != manifest.files.get(half):
        raise IntegrityError(f"{path} was changed: it is not the list that the manifest names")
    recorded = read_rows(path, Digest, FIX)
    found = differences(recorded, digests_of(folder / half, SELF))
    if found:
        told = "".join(f"\n  {half}/{one}" for one in found[:20])
        raise IntegrityError(f"{folder}: {len(found)} files are not as sealed:{told}")
    return len(recorded)


def _closed(private: Path) -> None:
    for path in (private, *private.rglob("*")):
        mode = path.lstat().st_mode
        if not stat.S_ISLNK(mode) and mode & 0o077:
            fix = f"chmod -R go-rwx {private}"
            raise IntegrityError(f"{path} may be read by others than its owner\n  next: {fix}")


def _draw(manifest: Manifest, tasks: Sequence[Task], kept: Sequence[Kept]) -> None:
    """Does the recorded seed part the frozen tasks as they are parted?"""
    act = next((one for one in manifest.certificates if one.act == "halves"), None)
    if act is None:
        raise IntegrityError("the manifest has no certificate of the halves")
    frozen = digest_of(sorted(digest_of(task.model_dump(mode="json")) for task in tasks))
    if frozen != act.digest:
        raise IntegrityError("the tasks are not those that were frozen before the draw")
    share = float(act.note.partition(" ")[0])
    holds = {one.id: one.holds for one in kept}
    if drawn(tasks, act.seed, share, holds=holds) != {one.id: one.half for one in kept}:
        raise IntegrityError("the halves are not those that the seed draws")
    lines = {sealed(task, one) for task, one in zip(tasks, kept, strict=True)}
    if lines != set(manifest.tasks):
        raise IntegrityError("the manifest names other tasks than those that are here")


def _crossings(folder: Path, tasks: Sequence[Task], kept: Sequence[Kept]) -> None:
    """Search every public tree for the private tasks' fixes again."""
    repos = {task.id: task.repo for task in tasks}
    half = {one.id: one.half for one in kept}
    laid = [
        Laid(
            id=one.id,
            repo=repos[one.id],
            folder=folder / one.half / "tasks" / one.folder,
            answer=one.answer,
        )
        for one in kept
    ]
    for one in crossings(laid, among={name for name in half if half[name] == "public"}):
        if half[one.fix] == "private":
            raise IntegrityError(f"the public tree of {one.tree} holds the fix of {one.fix}")


def _gates(folder: Path, kept: Sequence[Kept], tell: Tell | None) -> int:
    """Run the gate on each task again."""
    size = 0
    for number, one in enumerate(kept, 1):
        task = folder / one.half / "tasks" / one.folder
        seen = task if one.half == "public" else task / "repo"  # the private record has it all
        found = gate(seen, one.answer, base=files_of(survey(task / "repo")))
        size += found.size
        if not found.passes:
            raise IntegrityError(f"task {one.id}: {why(found)}")
        if tell is not None:
            tell(Progress(phase="gate", done=number, total=len(kept), cost=Cost()))
    return size
