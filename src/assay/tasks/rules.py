"""Which commits may become tasks? Every rule names the reason it gives for leaving one out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from assay.core.errors import BadConfig, UnknownName
from assay.tasks.changes import Section
from assay.tasks.history import Change, Commit
from assay.tasks.kinds import Kind, is_runnable, kind_of, language_of, trouble
from assay.tasks.parsers.table import PARSERS

__all__ = [
    "Rules",
    "added_lines",
    "checked_parser",
    "language_among",
    "moment",
    "refused_change",
    "refused_patch",
    "window",
]

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""No commit that git reads is older than the programs that wrote its history."""
LINKS = {b"120000": "changes a symbolic link", b"160000": "changes a submodule"}
REVERT = re.compile(r"(?:re-?)?(?:revert|apply) \"|this reverts commit", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a task has to be.

    Parameters
    ----------
    since, until
        Authored and committed from the first on, and before the second.
    merges
        False: commits that are no merges. True: the main line, where each merge is one change.
    languages
        Of the patch; empty for all.
    most
        Tasks of one repository, the newest; None for all.
    most_files
        That the gold patch changes.
    most_lines, most_test_lines
        Lines that the gold patch, and the change of the tests, add and remove together.
    most_bytes
        Of each file, before and after.
    least_words
        Of the statement.
    test_command, parser, setup
        How tests are run, instead of a guess.
    """

    since: datetime | None = None
    until: datetime | None = None
    merges: bool = False
    languages: frozenset[str] = frozenset()
    most: int | None = None
    most_files: int = 20
    most_lines: int = 500
    most_test_lines: int = 2000
    most_bytes: int = 1 << 20
    least_words: int = 8
    test_command: tuple[str, ...] = ()
    parser: str = ""
    setup: tuple[tuple[str, ...], ...] = ()


def moment(told: str, *, last: bool = False) -> datetime | None:
    """Which moment does a date mean? UTC, where it names no zone; None for an empty text.

    Parameters
    ----------
    told
        As 2026-03-31, or with a time.
    last
        True: a day without a time is meant to its end.

    Raises
    ------
    BadConfig
        It is no date.

    Examples
    --------
    >>> str(moment("2026-03-31", last=True))
    '2026-04-01 00:00:00+00:00'
    """
    if not told:
        return None
    try:
        found = datetime.fromisoformat(told)
    except ValueError as error:
        msg = f"{told[:80]!r} is no date\n  next: write it as 2026-03-31"
        raise BadConfig(msg) from error
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return found + timedelta(days=1) if last and len(told) <= 10 else found


def window(since: str, until: str) -> tuple[datetime | None, datetime | None]:
    """Between which moments, as two dates say? The last day is meant to its end.

    Raises
    ------
    BadConfig
        One of them is no date, or the second is before the first.
    """
    first, last = moment(since), moment(until, last=True)
    if first is not None and last is not None and last <= first:
        msg = f"--until {until} is before --since {since}\n  next: change their places"
        raise BadConfig(msg)
    return first, last


def checked_parser(name: str) -> str:
    """Return the name of a parser, or nothing.

    Raises
    ------
    UnknownName
        There is none of this name.
    """
    if name and name not in PARSERS:
        raise UnknownName(
            "parser", name[:80], PARSERS, f"--parser with one of {', '.join(PARSERS)}"
        )
    return name


def refused_change(commit: Commit, rules: Rules, *, now: datetime) -> str:
    """Why is this commit no task, by what it changes? Empty when it may be one."""
    return (
        _refused_time(commit, rules, now)
        or ("the first of a history" if not commit.parents else "")
        or ("changes more files than are looked at" if not commit.whole else "")
        or _refused_files(commit.changes, rules)
        or ("a revert" if REVERT.search(commit.message[:2000]) else "")
    )


def _refused_time(commit: Commit, rules: Rules, now: datetime) -> str:
    if commit.authored is None or commit.committed is None:
        return "a date that cannot be"
    first, last = sorted((commit.authored, commit.committed))
    if first < EARLIEST.timestamp() or last > (now + timedelta(days=1)).timestamp():
        return "a date that cannot be"
    if rules.since is not None and first < rules.since.timestamp():
        return "before the window"
    if rules.until is not None and last >= rules.until.timestamp():
        return "after the window"
    return ""


def _refused_files(changes: Sequence[Change], rules: Rules) -> str:
    """Check names and kinds; contents are not looked at yet."""
    strange = next(filter(None, (trouble(change.path) for change in changes)), "")
    if strange:
        return strange
    kinds = Counter(kind_of(change.path.decode("utf-8")) for change in changes)
    if not kinds["test"]:
        return "changes no test" if kinds["source"] else "changes no source"
    if not kinds["source"]:
        return "changes no source"
    if kinds["source"] + kinds["data"] > rules.most_files:
        return "changes too many files"
    link = next((LINKS[mode] for one in changes for mode in one.modes if mode in LINKS), "")
    if link:
        return link
    names = {change.path.decode("utf-8").casefold() for change in changes}
    return "names that differ only in case" if len(names) < len(changes) else ""


def refused_patch(gold: Sequence[Section], tests: Sequence[Section], rules: Rules) -> str:
    """Why is this patch no task's? Empty when it may be."""
    return next(_faults(gold, tests, rules), "")


def _faults(gold: Sequence[Section], tests: Sequence[Section], rules: Rules) -> Iterator[str]:
    """Yield what is wrong, the first of it first; nothing after it has been looked at."""
    for section in (*gold, *tests):
        yield from _section_faults(section)
    added = [section for section in tests if is_runnable(_name(section)) and section.status != "D"]
    if not any(section.lines()[0] for section in added):
        yield "adds no line of a test"
    if _size(gold) > rules.most_lines or _size(tests) > rules.most_test_lines:
        yield "changes too many lines"
    if not _size(section for section in gold if language_of(_name(section))):
        yield "changes no line of a source"
    if rules.languages and language_among(gold) not in rules.languages:
        yield "in a language that was not asked for"


def _section_faults(section: Section) -> Iterator[str]:
    if section.binary:
        yield "a binary hunk"
    if _crosses(section):
        yield "a file moves between sources and tests"
    if not _is_text(section):
        yield "text that is no UTF-8"


def _name(section: Section) -> str:
    return section.new.decode("utf-8")


def _crosses(section: Section) -> bool:
    kinds: set[Kind] = {kind_of(name.decode("utf-8")) for name in (section.old, section.new)}
    return "test" in kinds and len(kinds) > 1


def _is_text(section: Section) -> bool:
    try:
        section.text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _size(sections: Iterable[Section]) -> int:
    return sum(sum(section.lines()) for section in sections)


def language_among(sections: Iterable[Section]) -> str:
    """In which language are most of the changed lines? Empty when in none that is known."""
    lines = Counter[str]()
    for section in sections:
        lines[language_of(_name(section))] += sum(section.lines()) + 1
    lines.pop("", None)
    return max(lines, key=lambda name: (lines[name], name), default="")


def added_lines(sections: Iterable[Section]) -> frozenset[str]:
    """Return the lines that a patch adds, without the spaces around them."""
    return frozenset(
        line[1:].strip().decode("utf-8", "replace")
        for section in sections
        for line in section.text.partition(b"\n@@")[2].split(b"\n")
        if line.startswith(b"+")
    )
