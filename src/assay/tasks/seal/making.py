"""Seal a benchmark: each task's repository without its answer, gated, split and written down."""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from assay.core.errors import BadConfig, HistoryError, UsageError
from assay.core.item import Item
from assay.core.settings import Progress
from assay.core.subject import Cost
from assay.core.task import LeftOut, Task
from assay.formats.manifest import Manifest
from assay.formats.writing import write_items
from assay.tasks.borrow import git_folder, shadow
from assay.tasks.seal.answer import Answer, answer_to
from assay.tasks.seal.crossing import Crossing, Laid, crossings
from assay.tasks.seal.digests import digests_of
from assay.tasks.seal.drafting import closed, draft_of
from assay.tasks.seal.gate import Gated, gate
from assay.tasks.seal.halves import Half, Kept, certificate, drawn, held_by, published, sealed
from assay.tasks.seal.pieces import files_of, survey
from assay.tasks.seal.reduce import Refused, reduce, tree_of
from assay.tasks.seal.refs import tips
from assay.tasks.seal.rows import write_rows

__all__ = ["FILES", "MANIFEST", "RETRACTED", "SELF", "Asked", "Made", "seal", "why"]

MANIFEST = "benchmark.assay.json"
FILES = "files.jsonl"
RETRACTED = "retracted.jsonl"
SELF = (MANIFEST, FILES, RETRACTED)
"""Files that hold digests, or grow; the list of digests leaves them out."""
Tell = Callable[[Progress], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the maker decided."""

    repos: Mapping[str, Path]
    """By a task's `repo`."""
    seed: int | str
    committed: date
    """When the seed was, before anybody knew what it would draw."""
    share: float = 0.5
    fixed_version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What came of it."""

    public: int
    private: int
    left_out: tuple[LeftOut, ...]
    notes: tuple[LeftOut, ...]
    """Submodules, links and large files that are not in a tree, and pointers to large files."""
    digest: str
    """SHA-256 of the manifest: to be published where it cannot be changed."""
    searched: int
    """Bytes."""
    seconds: float
    """That the gate took."""
    crossings: tuple[Crossing, ...]
    """Trees that hold the fixes of other tasks: none is public unless those are."""


def seal(tasks: Sequence[Task], asked: Asked, out: Path, *, tell: Tell | None = None) -> Made:
    """Make a sealed benchmark of tasks.

    Parameters
    ----------
    tasks
        Each with its answer.
    asked
        Repositories, seed and share.
    out
        The folder to make. It appears whole or not at all.
    tell
        Hears how far it is.

    Raises
    ------
    UsageError
        The folder is there already, a repository is not given, or no task passes the gate.
    StoreError
        The disk failed or is full.
    """
    if not 0 <= asked.share <= 1:
        msg = f"--share {asked.share}: a share is between 0 and 1"
        raise BadConfig(msg)
    with draft_of(out) as draft:
        work = Work()
        for number, task in enumerate(tasks, 1):
            work.prepare(task, asked, draft / "private" / "tasks")
            if tell is not None:
                tell(Progress(phase="sealing", done=number, total=len(tasks), cost=Cost()))
        if not work.ready:
            told = "".join(f"\n  {one.name}: {one.reason}" for one in work.left_out[:10])
            msg = f"no task can be sealed:{told}\n  next: mend them, or mine others"
            raise UsageError(msg)
        laid = [one.laid(draft / "private" / "tasks") for one in work.ready]
        work.crossings = crossings(laid)
        tasks_ready = [one.task for one in work.ready]
        halves = drawn(tasks_ready, asked.seed, asked.share, holds=held_by(work.crossings))
        digest = written(draft, work, halves, asked)
    counts = list(halves.values())
    return Made(
        public=counts.count("public"),
        private=counts.count("private"),
        left_out=tuple(work.left_out),
        notes=tuple(work.notes),
        digest=digest,
        searched=sum(one.size for one in work.gated),
        seconds=sum(one.seconds for one in work.gated),
        crossings=tuple(work.crossings),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A task that passed the gate."""

    task: Task
    answer: Answer
    folder: str

    def laid(self, tasks: Path) -> Laid:
        """Return where its tree lies."""
        at = tasks / self.folder
        return Laid(id=self.task.id, repo=self.task.repo, folder=at, answer=self.answer)


class Work:
    """What came of each task so far."""

    def __init__(self) -> None:
        self.ready: list[Ready] = []
        self.left_out: list[LeftOut] = []
        self.notes: list[LeftOut] = []
        """Paths that are not in a task's tree, or are pointers only."""
        self.gated: list[Gated] = []
        self.crossings: list[Crossing] = []

    def prepare(self, task: Task, asked: Asked, tasks: Path) -> None:
        """Reduce and gate one task; what fails is left out, with the reason."""
        folder = tasks / folder_for(task.id)
        try:
            answer = self._reduced(task, asked, folder)
            found = gate(folder, answer, base=files_of(survey(folder / "repo")))
        except (HistoryError, Refused) as error:
            self._leave_out(task, folder, str(error))
            return
        self.gated.append(found)
        if found.passes:
            self.ready.append(Ready(task=task, answer=answer, folder=folder.name))
        else:
            self._leave_out(task, folder, why(found))

    def _leave_out(self, task: Task, folder: Path, reason: str) -> None:
        self.left_out.append(LeftOut(name=task.id, reason=reason))
        shutil.rmtree(folder, ignore_errors=True)

    def _reduced(self, task: Task, asked: Asked, folder: Path) -> Answer:
        store = git_folder(asked.repos[task.repo])
        with shadow(store) as source:
            if not source.has(task.base_commit):
                msg = f"{asked.repos[task.repo]} has no commit {task.base_commit}"
                raise HistoryError(msg)
            answer = answer_to(task, source, tips(store, source), fixed_version=asked.fixed_version)
            tree = tree_of(source, task.base_commit)
            folder.mkdir(parents=True)
            pointers = reduce(
                source, tree, folder / "repo", f"{task.repo}: the state to start from"
            )
        for one in (*tree.left_out, *pointers):
            self.notes.append(LeftOut(name=f"{task.id}: {one.name}", reason=one.reason))
        write_rows(folder / "task.json", [published(task)])
        return answer


def why(found: Gated) -> str:
    """Say in one line why a task did not pass the gate."""
    if found.remnants:
        first = found.remnants[0]
        return f"the answer is in it, {found.count} times; first: {first.where} {first.what}"
    first_blind = found.unsearched[0]
    return f"cannot be searched whole: {first_blind.where}: {first_blind.reason}"


def folder_for(name: str) -> str:
    """Return a folder's name for a task's id, which may be anything.

    Examples
    --------
    >>> folder_for("django__django-1234")
    'django__django-1234'
    >>> folder_for("../x").startswith(".._x-")
    False
    """
    plain = re.sub(r"[^a-z0-9_-]", "_", name.lower())[:80]
    if plain == name:
        return plain
    return f"{plain}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def written(draft: Path, work: Work, halves: Mapping[str, Half], asked: Asked) -> str:
    """Part the halves and write all records; returns the manifest's digest."""
    public, private = draft / "public", draft / "private"
    (public / "tasks").mkdir(parents=True)
    holds = held_by(work.crossings)
    kept = [keep(one, halves[one.task.id], holds.get(one.task.id, ())) for one in work.ready]
    tasks = {one.task.id: one.task for one in work.ready}
    for one in kept:
        if one.half == "public":
            (private / "tasks" / one.folder).rename(public / "tasks" / one.folder)
        else:
            whole = private / "tasks" / one.folder / "task.json"
            whole.write_text(tasks[one.id].model_dump_json() + "\n", encoding="utf-8")
    write_rows(private / "tasks.jsonl", tasks.values())
    write_rows(private / "kept.jsonl", kept)
    write_rows(private / "left-out.jsonl", (*work.left_out, *work.notes))
    shown = [tasks[one.id] for one in kept if one.half == "public"]
    write_rows(public / "tasks.jsonl", map(published, shown))
    if shown:
        write_items(public / "benchmark.jsonl", [item(task) for task in shown])
    return finished(draft, list(tasks.values()), kept, asked)


def finished(draft: Path, tasks: Sequence[Task], kept: Sequence[Kept], asked: Asked) -> str:
    """Write digests and the manifest, and close the private half to others."""
    closed(draft / "private")
    sums = {}
    for half in ("public", "private"):
        rows = digests_of(draft / half, SELF)
        write_rows(draft / half / FILES, rows)
        sums[half] = hashlib.sha256((draft / half / FILES).read_bytes()).hexdigest()
    (draft / "private" / FILES).chmod(0o600)
    act = certificate(tasks, seed=asked.seed, share=asked.share, committed=asked.committed)
    lines = [sealed(task, one) for task, one in zip(tasks, kept, strict=True)]
    manifest = Manifest(
        certificates=(act,), tasks=tuple(sorted(lines, key=lambda t: t.id)), files=sums
    )
    text = manifest.model_dump_json(indent=1, exclude_defaults=True) + "\n"
    (draft / "public" / MANIFEST).write_text(text, encoding="utf-8")
    return hashlib.sha256(text.encode()).hexdigest()


def keep(one: Ready, half: Half, holds: Sequence[str]) -> Kept:
    """Return what the maker keeps of a task."""
    salt = secrets.token_hex(16)
    blind = hashlib.sha256(f"{salt}:{one.task.id}".encode("utf-8", "surrogatepass")).hexdigest()
    return Kept(
        id=one.task.id,
        half=half,
        name=one.task.id if half == "public" else f"sealed-{blind[:16]}",
        folder=one.folder,
        salt=salt,
        answer=one.answer,
        holds=tuple(holds),
    )


def item(task: Task) -> Item:
    """Return a public task as an item that `assay examine` reads."""
    day = task.created.date()
    return Item(id=task.id, statement=task.statement, published=day, stratum=task.repo)
