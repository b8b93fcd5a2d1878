"""A unified diff, taken apart into runs of changed lines and what stands around them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["Diff", "Run", "parse"]

AT = re.compile(rb"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
INDEX = re.compile(rb"index [0-9a-f]+\.\.([0-9a-f]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Lines that are removed and added in one place."""

    path: str
    line: int
    """Of the patch, counted from 1."""
    removed: tuple[bytes, ...]
    added: tuple[bytes, ...]
    before: tuple[bytes, ...]
    """Context above, which fix and base share."""
    after: tuple[bytes, ...]


@dataclass(slots=True)
class Diff:
    """What a patch says."""

    runs: list[Run] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    """Files as they are called after it."""
    binary: list[str] = field(default_factory=list)
    """Files whose change is not text."""
    blobs: list[str] = field(default_factory=list)
    """Ids of the fixed files, as far as they are given."""


def parse(patch: str) -> Diff:
    r"""What does a patch change? Lines that are no diff are passed over.

    Examples
    --------
    >>> found = parse("--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n")
    >>> [(run.path, run.before, run.removed, run.added) for run in found.runs]
    [('x', (b'a',), (b'b',), (b'c',))]
    """
    rows = list(enumerate(patch.encode("utf-8", "surrogatepass").split(b"\n"), 1))
    found, place, at = Diff(), "", 0
    while at < len(rows):
        number, row = rows[at]
        at += 1
        if row.startswith((b"diff --git ", b"+++ ")):
            place = _named(row) or place
            if place and place not in found.paths:
                found.paths.append(place)
        elif row.startswith((b"GIT binary patch", b"Binary files ")):
            found.binary.append(place)
        elif said := INDEX.match(row):
            found.blobs.append(said[1].decode())
        elif said := AT.match(row):
            body = list(_body(rows[at:], int(said[1] or 1), int(said[2] or 1)))
            at += len(body)
            found.runs += _runs(place, number, [one for one in body if one[:1] != b"\\"])
    return found


def _named(row: bytes) -> str:
    """Return the file that a header names, without its a/ or b/."""
    text = row.decode("utf-8", "backslashreplace").rstrip("\r")
    if text.startswith("diff --git "):
        return text.rpartition(" b/")[2].strip('"') if " b/" in text else ""
    name = text[4:].partition("\t")[0].strip('"')
    return "" if name == "/dev/null" else name.removeprefix("b/")


def _body(rows: list[tuple[int, bytes]], old: int, new: int) -> Iterator[bytes]:
    """Yield a hunk's lines: as many as its header says."""
    for _, row in rows:
        sign = row[:1]
        if old <= 0 and new <= 0 and sign != b"\\":
            return
        if sign not in {b" ", b"+", b"-", b"\\", b""}:
            return
        old -= sign in {b" ", b"-", b""}
        new -= sign in {b" ", b"+", b""}
        yield row


def _runs(path: str, line: int, body: list[bytes]) -> Iterator[Run]:
    """Cut a hunk into its runs of changed lines."""
    at = 0
    while at < len(body):
        if body[at][:1] not in {b"+", b"-"}:
            at += 1
            continue
        end = at
        while end < len(body) and body[end][:1] in {b"+", b"-"}:
            end += 1
        changed = body[at:end]
        yield Run(
            path=path,
            line=line + at + 1,
            removed=tuple(row[1:] for row in changed if row[:1] == b"-"),
            added=tuple(row[1:] for row in changed if row[:1] == b"+"),
            before=tuple(row[1:] for row in body[:at] if row[:1] != b"-")[-3:],
            after=tuple(row[1:] for row in body[end:] if row[:1] != b"-")[:3],
        )
        at = end
