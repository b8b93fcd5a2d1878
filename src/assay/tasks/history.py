"""Commits of a history and what each changed, one after another, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import IO

from assay.core.errors import HistoryError
from assay.tasks.borrow import Borrowed
from assay.tasks.git import git, printed_by, running

__all__ = ["Change", "Commit", "commits", "count"]

FORM = "tformat:%H%x00%P%x00%at%x00%ct%x00%B%x00"
CHUNK = 1 << 18
LONGEST = 1 << 18
"""Bytes of one field: of a message that is longer, the rest is dropped."""
CHANGES = 400
"""Changes of one commit that are kept; a commit of more is no task anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One file that a commit changed, by the names of its contents."""

    path: bytes
    modes: tuple[bytes, bytes]
    """Before and after, as 100644; 000000 where there is no file."""
    blobs: tuple[str, str]
    status: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One commit, compared with its first parent."""

    id: str
    parents: tuple[str, ...]
    authored: int | None
    """Seconds since 1970; None where the commit's date is no number."""
    committed: int | None
    message: str
    changes: tuple[Change, ...]
    whole: bool
    """False when it changed more files than are kept here."""


def count(history: Borrowed, *, merges: bool) -> int:
    """How many commits will `commits` yield?"""
    return int(git(history.folder, "rev-list", "--count", *_walk(merges=merges), history.tip))


def commits(history: Borrowed, *, merges: bool) -> Iterator[Commit]:
    """Walk a history, newest first.

    Parameters
    ----------
    history
        What `borrowed` opened.
    merges
        False: every commit that is no merge. True: the main line only, first parents, where a merge
        counts as one change.

    Raises
    ------
    HistoryError
        Objects are missing or broken.
    """
    log = (
        "log", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-color", "--no-show-signature",
        "--no-notes", "--ignore-submodules=none",
        "--encoding=UTF-8", f"--format={FORM}", *_walk(merges=merges), history.tip, "--",
    )  # fmt: skip
    with running(history.folder, *log) as process:
        fields = _fields(printed_by(process))
        known = next(fields, None)
        while known is not None:
            commit, known = _commit(known, fields)
            yield commit


def _walk(*, merges: bool) -> tuple[str, ...]:
    return ("--first-parent", "--diff-merges=first-parent") if merges else ("--no-merges",)


def _commit(name: bytes, fields: Iterator[bytes]) -> tuple[Commit, bytes | None]:
    """Read one commit; also return the field after it, which begins the next."""
    head = list(islice(fields, 5))
    if len(head) < 5 or not name.isalnum():
        msg = f"git log said something unexpected: {name[:80]!r}"
        raise HistoryError(msg)
    changes, whole = list[Change](), True
    field = next(fields, None)
    while field is not None and field.lstrip(b"\n").startswith(b":"):
        path = next(fields, b"")
        if len(changes) < CHANGES:
            changes.append(_change(field.lstrip(b"\n"), path))
        else:
            whole = False
        field = next(fields, None)
    parents, authored, committed, message, _ = head
    commit = Commit(
        id=name.decode("ascii"),
        parents=tuple(parents.decode("ascii").split()),
        authored=_seconds(authored),
        committed=_seconds(committed),
        message=message.decode("utf-8", "replace"),
        changes=tuple(changes),
        whole=whole,
    )
    return commit, field


def _change(told: bytes, path: bytes) -> Change:
    before, after, old, new, status = told[1:].split(b" ")
    blobs = (old.decode("ascii"), new.decode("ascii"))
    return Change(path=path, modes=(before, after), blobs=blobs, status=status)


def _seconds(told: bytes) -> int | None:
    return int(told) if told.lstrip(b"-").isdigit() and len(told) < 20 else None


def _fields(out: IO[bytes]) -> Iterator[bytes]:
    """Part a stream at its NUL bytes; of a field that is too long, the end is dropped."""
    rest = b""
    while chunk := out.read(CHUNK):
        *whole, rest = (rest + chunk).split(b"\0")
        yield from (field[:LONGEST] for field in whole)
        rest = rest[:LONGEST]
