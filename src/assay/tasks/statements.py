"""What the solver is told: the issue as it was before the fix, else what the commit says of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assay.tasks.history import Commit
from assay.tasks.issues import Export, Issue

__all__ = ["Links", "Statement", "links_of", "state"]

CLOSES = re.compile(
    r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)\b:?[ \t]{1,4}((?:(?:issue|bug|and|,)?[ \t]{0,4}"
    r"(?:[\w.-]{1,100}/[\w.-]{1,100})?\#\d{1,7}\b[ \t]{0,4},?[ \t]{0,4}){1,20}"
    r"|https://github\.com/[\w.-]{1,100}/[\w.-]{1,100}/issues/\d{1,7}\b)",
    re.IGNORECASE,
)
NUMBER = re.compile(r"(?:([\w.-]{1,100}/[\w.-]{1,100})(?:\#|/issues/)|(?<![\w/])\#)(\d{1,7})")
PULL = re.compile(r"\(\#(\d{1,7})\)[ \t]{0,4}$|^Merge pull request \#(\d{1,7})\b")
LEADING = re.compile(r"^(?:gh-|\[?\#|bpo-)(\d{1,7})\b", re.IGNORECASE)

TRAILER = re.compile(
    r"[A-Z][A-Za-z]{1,30}(?:-[A-Za-z]{1,30}){1,4}:[ \t]"
    r"|(?:see|refs?|references|issue|bug|pr|ticket|link)\b:?[ \t]{0,4}(?:[\w./-]{0,200}\#\d|https?://)"
    r"|git-svn-id:|\(cherry[ -]picked from|This reverts commit|Conflicts:"
    r"|diff --git |@@ |\+\+\+ |--- |index [0-9a-f]{7}",
    re.IGNORECASE,
)
MERGED = re.compile(r"^Merge (?:pull request|branch|remote|tag).*")
HASH = re.compile(r"\b(?=[a-f]{0,63}\d)(?=\d{0,63}[a-f])[0-9a-f]{7,64}\b")
ADDRESS = re.compile(r"https?://\S{0,300}/(?:commit|pull|compare|merge_requests)/")
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
TELLING = 12
"""Characters from which on a line of the patch counts as the answer when the message repeats it."""
LONGEST = 100_000
"""Characters of a statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Which issues and pull requests does a commit name? Those of its own repository only."""

    issues: tuple[int, ...]
    pulls: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What the solver is told, and where it comes from."""

    text: str
    source: str
    number: int | None = None
    """Of the issue."""


def links_of(message: str, name: str) -> Links:
    r"""Which issues does a message close, and which pull request does it come from?

    Parameters
    ----------
    message
        Of a commit, or the body of a pull request.
    name
        The project, as owner/name: references to others' issues are not links.

    Examples
    --------
    >>> links_of("Mend the parser (#34)", "me/it")
    Links(issues=(), pulls=(34,))
    >>> links_of("Mend it\n\nFixes #12, #13; closes you/other#9", "me/it")
    Links(issues=(12, 13), pulls=())
    """
    subject = message.partition("\n")[0].strip()
    pulls = [int(a or b) for a, b in PULL.findall(subject)]
    numbers = [int(number) for number in LEADING.findall(subject)]
    for named in CLOSES.findall(message):
        for owner, number in NUMBER.findall(named):
            if not owner or owner.lower() == name.lower():
                numbers.append(int(number))
    issues = tuple(dict.fromkeys(number for number in numbers if number not in pulls))
    return Links(issues=issues, pulls=tuple(dict.fromkeys(pulls)))


def state(
    commit: Commit, links: Links, export: Export | None, *, name: str, added: frozenset[str]
) -> tuple[Statement, tuple[int, ...]]:
    """What is the solver told? Also returns the numbers that the fix is linked to.

    Parameters
    ----------
    commit
        The fix.
    links
        What its message names.
    export
        Issues and pull requests of its repository, where there are any.
    name
        The project.
    added
        Lines that the patch adds, without the spaces around them: a message's line that holds one
        of them gives the answer away and is left out.
    """
    numbers = tuple(_numbers(commit, links, export, name))
    for number in numbers:
        issue = export.by_number.get(number) if export else None
        if issue and _usable(issue, commit):
            source = f"issue #{number}"
            told = Statement(text=_told(issue, commit), source=source, number=number)
            return told, (*numbers, *links.pulls)
    text = _cleaned(commit.message, added)
    return Statement(text=text, source="commit message"), (*numbers, *links.pulls)


def _numbers(commit: Commit, links: Links, export: Export | None, name: str) -> Iterator[int]:
    """Name the issues that a fix closes, itself or through its pull request."""
    seen = dict.fromkeys(links.issues)
    if export:
        merged = export.by_merge.get(commit.id)
        pulls = [export.by_number.get(number) for number in links.pulls]
        for pull in (merged, *pulls):
            closed = links_of(f"\n{pull.title}\n{pull.body}", name).issues if pull else ()
            seen |= dict.fromkeys(closed)
    yield from seen


def _usable(issue: Issue, commit: Commit) -> bool:
    """Is it an issue, and older than the fix?"""
    fixed = min(commit.authored or 0, commit.committed or 0)
    return not issue.pull and issue.created.timestamp() < fixed


def _told(issue: Issue, commit: Commit) -> str:
    """Join title and body; a line that names the fix was written after it."""
    lines = f"{issue.title}\n\n{issue.body}".replace("\r\n", "\n").split("\n")
    kept = (line for line in lines if not _names(line, commit.id))
    return _plain("\n".join(kept))


def _names(line: str, commit: str) -> bool:
    return any(commit.startswith(found) for found in HASH.findall(line))


def _cleaned(message: str, added: frozenset[str]) -> str:
    """Leave out trailers, links, and lines that name or hold the answer."""
    subject, _, rest = message.replace("\r\n", "\n").strip().partition("\n")
    subject = LEADING.sub("", PULL.sub("", MERGED.sub("", subject))).lstrip("]: ")
    lines = [_unlinked(line) for line in (subject, *rest.split("\n"))]
    return _plain("\n".join(line for line in lines if not _telling(line, added)))


def _unlinked(line: str) -> str:
    """Take the links out of a line; what then says nothing is empty."""
    bare = CLOSES.sub("", line)
    return bare if bare == line or re.search(r"\w", bare) else ""


def _telling(line: str, added: frozenset[str]) -> bool:
    bare = line.strip()
    if TRAILER.match(bare) or HASH.search(bare) or ADDRESS.search(bare):
        return True
    return len(bare) >= TELLING and any(len(a) >= TELLING and a in bare for a in added)


def _plain(text: str) -> str:
    """Drop control characters, spaces at ends of lines, and runs of empty lines."""
    bare = "\n".join(line.rstrip() for line in CONTROLS.sub("", text[:LONGEST]).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", bare).strip()
