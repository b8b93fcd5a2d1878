"""Tasks out of a git history: commits that change sources and their tests together."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from assay.core.settings import Progress
from assay.core.subject import Cost
from assay.core.task import Task
from assay.tasks.borrow import Borrowed, borrowed
from assay.tasks.changes import Reader, Section, reading
from assay.tasks.history import Commit, commits, count
from assay.tasks.issues import Export
from assay.tasks.kinds import is_runnable, kind_of
from assay.tasks.rules import Rules, added_lines, language_among, refused_change, refused_patch
from assay.tasks.runners import Runner, runner_of
from assay.tasks.statements import Statement, links_of, state

__all__ = ["Tally", "mine"]

OFTEN = 500
"""Commits between two reports."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """What was looked at and what was left out; it grows while tasks are taken."""

    commits: Counter[str] = field(default_factory=Counter)
    """Looked at, by repository."""
    left_out: Counter[str] = field(default_factory=Counter)
    """By reason."""
    names: set[str] = field(default_factory=set)
    """Of all tasks so far."""


def mine(
    repos: Sequence[Path],
    rules: Rules,
    tally: Tally,
    *,
    revision: str = "HEAD",
    exports: Mapping[str, Export] | None = None,
    tell: Callable[[Progress], None] = lambda _: None,
) -> Iterator[Task]:
    """Which tasks do these histories hold? One after another, each repository's newest first.

    Fails when: fixes and their tests come in different commits; tests lie where no convention of
    `assay.tasks.kinds` looks. What a task needs to run is a guess until `assay bench verify`.

    Parameters
    ----------
    repos
        Git repositories on this machine. Nothing of them is changed, or executed.
    rules
        What a task has to be.
    tally
        Counts what was looked at and left out.
    revision
        From which branch, tag or commit back.
    exports
        Issues and pull requests by repository, as `read_exports` gives them.
    tell
        Is handed how far it has come.

    Raises
    ------
    UsageError
        One of them is no git repository, or has no such revision.
    HistoryError
        A history is broken.

    References
    ----------
    Jimenez et al. 2024, SWE-bench, arXiv 2310.06770.
    """
    for repo in repos:
        with borrowed(repo, revision) as history, reading(history) as reader:
            work = Work(
                history=history,
                reader=reader,
                rules=rules,
                tally=tally,
                export=_export_of(history.name, exports or {}, alone=len(repos) == 1),
                now=datetime.now(UTC),
            )
            yield from _mined(work, tell)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One repository's history while it is mined."""

    history: Borrowed
    reader: Reader
    rules: Rules
    tally: Tally
    export: Export | None
    now: datetime


def _export_of(name: str, exports: Mapping[str, Export], *, alone: bool) -> Export | None:
    """Find the export of a repository: by its name, or by its last part, or the only one."""
    low = name.lower()
    known = [key for key in exports if key == low or key.rpartition("/")[2] == low]
    if not known and alone and len(exports) == 1:
        known = list(exports)
    return exports[known[0]] if len(known) == 1 else None


def _mined(work: Work, tell: Callable[[Progress], None]) -> Iterator[Task]:
    """Mine one repository, until it has given as many tasks as it may."""
    name, most, taken = work.history.name, work.rules.most, 0
    total = count(work.history, merges=work.rules.merges)
    for done, commit in enumerate(commits(work.history, merges=work.rules.merges), 1):
        work.tally.commits[name] += 1
        if done % OFTEN == 0 or done == total:
            tell(Progress(phase=name, done=done, total=total, cost=Cost()))
        task = _task(work, commit)
        if isinstance(task, str):
            work.tally.left_out[task] += 1
            continue
        yield task
        taken += 1
        if taken == most:
            return


def _task(work: Work, commit: Commit) -> Task | str:
    """Make a task of a commit, or say why it is none."""
    refused = refused_change(commit, work.rules, now=work.now) or _refused_sizes(work, commit)
    if refused:
        return refused
    sections = work.reader.sections(commit.id, commit.parents[0])
    gold = [section for section in sections if _kind(section) in {"source", "data"}]
    tests = [section for section in sections if _kind(section) == "test"]
    refused = refused_patch(gold, tests, work.rules)
    if refused:
        return refused
    name = work.history.name
    links = links_of(commit.message, name)
    told, numbers = state(commit, links, work.export, name=name, added=added_lines(gold))
    if len(re.findall(r"\w+", told.text)) < work.rules.least_words:
        return "a statement that is too short"
    return _made(work, commit, Parts(gold=gold, tests=tests, told=told, numbers=numbers))


def _kind(section: Section) -> str:
    return kind_of(section.new.decode("utf-8", "replace"))


def _refused_sizes(work: Work, commit: Commit) -> str:
    """Ask how large the files are before git is asked to compare them."""
    blobs = [blob for change in commit.changes for blob in change.blobs if set(blob) != {"0"}]
    sizes = work.reader.sizes(blobs)
    known = [size for size in sizes if size is not None]
    if len(known) < len(sizes):
        return "objects are missing"
    return "a file that is too large" if max(known, default=0) > work.rules.most_bytes else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a task is put together from."""

    gold: Sequence[Section]
    tests: Sequence[Section]
    told: Statement
    numbers: tuple[int, ...]


def _made(work: Work, commit: Commit, parts: Parts) -> Task:
    runner = _runner(work, commit, parts.tests)
    return Task(
        id=_id(work, commit, parts.told),
        repo=work.history.name,
        base_commit=commit.parents[0],
        commit=commit.id,
        statement=parts.told.text,
        statement_source=parts.told.source,
        patch=_text(parts.gold),
        test_patch=_text(parts.tests),
        created=datetime.fromtimestamp(commit.committed or 0, tz=UTC),
        language=language_among(parts.gold),
        links=tuple(dict.fromkeys(f"#{number}" for number in parts.numbers)),
        setup=work.rules.setup or runner.setup,
        test_command=work.rules.test_command or runner.command,
        test_files=runner.files,
        log_parser=work.rules.parser or runner.parser,
    )


def _runner(work: Work, commit: Commit, tests: Sequence[Section]) -> Runner:
    """Guess how the changed tests are run."""
    there = [section for section in tests if section.status != "D"]
    runnable = [section for section in there if is_runnable(section.new.decode("utf-8"))]
    language = language_among(runnable)
    files = [section.new.decode("utf-8") for section in runnable]
    return runner_of(
        language, files, _text(tests), lambda name: work.reader.file(commit.parents[0], name)
    )


def _text(sections: Sequence[Section]) -> str:
    return b"".join(section.text for section in sections).decode("utf-8")


def _id(work: Work, commit: Commit, told: Statement) -> str:
    """Name a task after its issue, else after the commit it starts from; never after the fix."""
    stem = work.history.name.replace("/", "__")
    issue = [f"{stem}-{told.number}"] if told.number is not None else []
    base = f"{stem}-{commit.parents[0][:12]}"
    names = chain(issue, [base], (f"{base}-{number}" for number in itertools.count(2)))
    name = next(name for name in names if name not in work.tally.names)
    work.tally.names.add(name)
    return name
