"""The answer of a task, by all the names it has: its text, its ids, its versions."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from packaging.version import InvalidVersion, Version
from pydantic import BaseModel, ConfigDict

from assay.core.task import Task
from assay.tasks.borrow import git_folder, shadow
from assay.tasks.objects import Entry, Shadow
from assay.tasks.seal.compacting import compact
from assay.tasks.seal.diffs import parse
from assay.tasks.seal.refs import tips

__all__ = ["Answer", "answer_in", "answer_to", "base_files", "version_in"]

HEAD = 1 << 16
"""Bytes at a file's beginning, among which a zero means that it is no text."""
HOLDERS = 2000
"""So many later commits are known by name: the newest, and all that refs name."""
VERSION = re.compile(r"v?(\d+(?:\.\d+)+[A-Za-z0-9.+-]*)$")
SUBJECT = 20
"""Compact bytes; a shorter subject ("Fix typo") may be anybody's."""


class Answer(BaseModel):
    """What must not be found."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    patch: str
    test_patch: str = ""
    statement: str = ""
    fix: str = ""
    """The commit that holds the fix first."""
    holders: tuple[str, ...] = ()
    """Later commits that hold it, too."""
    blobs: tuple[str, ...] = ()
    """Ids of the fixed files' contents, as git has them."""
    sums: tuple[str, ...] = ()
    """SHA-256 of the same, as pointers to large files have them."""
    subject: str = ""
    """First line of the fix's message, where it is nobody else's."""
    projects: tuple[str, ...] = ()
    """What the project is called where others depend on it."""
    fixed_version: str = ""
    """The first release with the fix."""


def answer_in(task: Task, repo: Path, *, fixed_version: str = "") -> Answer:
    """What is known of a task's answer, from a repository on disk?"""
    store = git_folder(repo)
    with shadow(store) as source:
        return answer_to(task, source, tips(store, source), fixed_version=fixed_version)


def base_files(task: Task, repo: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the texts of the tree before the fix, with their paths."""
    with shadow(git_folder(repo)) as source:
        paths = {entry.id: entry.path for entry in source.tree(task.base_commit) if entry.size}
        for one in source.contents(list(paths)):
            if b"\0" not in one.content[:HEAD]:
                yield os.fsdecode(paths[one.id]), one.content


def answer_to(
    task: Task, source: Shadow, refs: Mapping[str, str], *, fixed_version: str = ""
) -> Answer:
    """What is known of a task's answer, from the repository that it was made of?

    Parameters
    ----------
    task
        With its patch; `commit` may be empty, and then only the patch is known.
    source
        The repository's objects.
    refs
        What its refs name.
    fixed_version
        The first release with the fix; else it is found from tags.
    """
    base = source.tree(task.base_commit)
    told = {"patch": task.patch, "test_patch": task.test_patch, "statement": task.statement}
    names = projects_of(task, source, base)
    if not task.commit or not source.has(task.commit):
        known = Answer(**told, fix=task.commit, projects=names, fixed_version=fixed_version)
        return known.model_copy(update={"blobs": given_blobs(task, base)})
    fixed = fixed_files(task, source, base)
    later = source.ask(
        *("rev-list", "--ancestry-path", "--ignore-missing", "--stdin"),
        stdin="\n".join([f"^{task.commit}", *refs.values()]).encode() + b"\n",
    )
    after = later.decode("ascii").split()
    held = {task.commit, *after}
    tips = [name for name in dict.fromkeys(refs.values()) if name in held]
    return Answer(
        **told,
        fix=task.commit,
        holders=tuple(dict.fromkeys([*tips, *after[:HOLDERS]])),
        blobs=tuple(fixed),
        sums=tuple(fixed.values()),
        subject=subject_of(task, source),
        projects=names,
        fixed_version=fixed_version or first_release(refs, held),
    )


def given_blobs(task: Task, base: Sequence[Entry]) -> tuple[str, ...]:
    """Return the ids that the patch itself gives, where they are long enough to tell."""
    old = [entry.id for entry in base]
    said = [*parse(task.patch).blobs, *parse(task.test_patch).blobs]
    long = [name for name in said if len(name) >= 10 and name.strip("0")]
    return tuple(name for name in long if not any(one.startswith(name) for one in old))


def fixed_files(task: Task, source: Shadow, base: Sequence[Entry]) -> dict[str, str]:
    """Return git's ids of the files that the fix changed, with their SHA-256."""
    old = {entry.id for entry in base}
    paths = {path.encode() for path in (*parse(task.patch).paths, *parse(task.test_patch).paths)}
    fixed = [e.id for e in source.tree(task.commit) if e.path in paths and e.kind == "blob"]
    new = [name for name in dict.fromkeys(fixed) if name not in old]
    return {name: hashlib.sha256(source.read(name)).hexdigest() for name in new}


def subject_of(task: Task, source: Shadow) -> str:
    """Return the fix's subject, unless an earlier commit or the statement has it already."""
    said = source.ask("log", "-1", "--format=%s", task.commit).decode("utf-8", "replace").strip()
    plain = compact(said.encode())
    if len(plain) < SUBJECT or plain in compact(task.statement.encode("utf-8", "replace")):
        return ""
    options = ("--fixed-strings", f"--grep={said}", "--max-count=1")
    return "" if source.ask("rev-list", *options, task.base_commit).strip() else said


def first_release(refs: Mapping[str, str], held: set[str]) -> str:
    """Return the smallest version among tags that hold the fix."""
    versions = []
    for ref, commit in refs.items():
        said = version_in(ref.removeprefix("refs/tags/")) if ref.startswith("refs/tags/") else None
        if said is not None and commit in held:
            versions.append(said)
    return str(min(versions)) if versions else ""


def version_in(text: str) -> Version | None:
    """Which version does a tag, or a requirement, end with?

    Examples
    --------
    >>> version_in("release-v1.10.2"), version_in("stable")
    (<Version('1.10.2')>, None)
    """
    said = VERSION.search(text.strip())
    try:
        return Version(said[1]) if said else None
    except InvalidVersion:
        return None


NAMES = (
    (b"pyproject.toml", re.compile(r"^name\s*=\s*[\"']([^\"']+)", re.MULTILINE)),
    (b"setup.cfg", re.compile(r"^name\s*=\s*(\S+)", re.MULTILINE)),
    (b"setup.py", re.compile(r"\bname\s*=\s*[\"']([^\"']+)")),
    (b"package.json", re.compile(r"\"name\"\s*:\s*\"([^\"]+)")),
    (b"go.mod", re.compile(r"^module\s+(\S+)", re.MULTILINE)),
    (b"Cargo.toml", re.compile(r"^name\s*=\s*\"([^\"]+)", re.MULTILINE)),
)


def projects_of(task: Task, source: Shadow, base: Sequence[Entry]) -> tuple[str, ...]:
    """Return what the project calls itself, and its repository's name."""
    found = [task.repo.rpartition("/")[2], f"github.com/{task.repo}"]
    for path, pattern in NAMES:
        for entry in base:
            if entry.path == path and entry.kind == "blob" and entry.size < 1 << 20:
                said = pattern.search(source.read(entry.id).decode("utf-8", "replace"))
                found += [said[1]] if said else []
    return tuple(dict.fromkeys(name.lower() for name in found if name))
