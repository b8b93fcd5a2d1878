"""Issues and pull requests, as GitHub's REST API gives them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from assay.core.errors import BadFormat
from assay.formats.lines import check_file, read_lines, read_whole
from assay.formats.row import Row, shown, shown_path
from assay.formats.strictjson import parse

__all__ = ["Export", "Issue", "read_exports"]

LONGEST = 1 << 16
"""Characters of a body that are kept."""
FIX = "export them with: gh api --paginate 'repos/OWNER/NAME/issues?state=all' > issues.json"
OWNED = re.compile(
    r"https?://[^/\s]{1,200}/(?:api/v3/)?(?:repos/)?([\w.-]{1,100}/[\w.-]{1,100})(?:/|$)", re.ASCII
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One issue or one pull request."""

    number: int
    title: str
    body: str
    created: datetime
    pull: bool
    merge: str = ""
    """The commit that merged a pull request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What was exported of one repository."""

    by_number: dict[int, Issue]
    by_merge: dict[str, Issue]
    """Pull requests by the commit that merged them."""


def read_exports(paths: Iterable[Path]) -> dict[str, Export]:
    """Which issues and pull requests do these exports hold? By repository, as owner/name.

    Of a number that stands there more than once, as an issue and as a pull request or where pages
    overlap, what is known is joined: the last one counts, and the commit that merged it is kept.

    Parameters
    ----------
    paths
        Each a JSON list of objects (or of pages, lists of them), or JSON Lines of either.

    Raises
    ------
    BadFormat
        It holds something else.
    """
    found: dict[str, dict[int, Issue]] = {}
    for path in paths:
        count = 0
        for name, issue in map(_issue, _rows(path)):
            known = found.setdefault(name.lower(), {})
            before = known.get(issue.number)
            known[issue.number] = _joined(before, issue) if before else issue
            count += 1
        if not count:
            raise BadFormat(shown_path(path), None, "holds no issues", FIX)
    return {name: _export(issues.values()) for name, issues in found.items()}


def _export(issues: Iterable[Issue]) -> Export:
    known = tuple(issues)
    return Export(
        by_number={issue.number: issue for issue in known},
        by_merge={issue.merge: issue for issue in known if issue.merge},
    )


def _joined(before: Issue, issue: Issue) -> Issue:
    return Issue(
        number=issue.number,
        title=issue.title,
        body=issue.body or before.body,
        created=min(before.created, issue.created),
        pull=before.pull or issue.pull,
        merge=issue.merge or before.merge,
    )


def _rows(path: Path) -> Iterator[Row]:
    """Find the objects, each with its line; in a JSON list its entries count as lines."""
    check_file(path)
    name = shown_path(path)
    if path.name.lower().endswith((".jsonl", ".jsonl.gz")):
        for number, text in read_lines(path):
            if text.strip():
                yield from _objects(name, number, parse(text, path=name, line=number))
        return
    text = read_whole(path)
    pages = parse(text, path=name, line=None) if text.strip() else []
    if not isinstance(pages, list):
        raise BadFormat(name, None, f"holds {shown(pages)} and not a list", FIX)
    for place, page in enumerate(pages, 1):
        yield from _objects(name, place, page)


def _objects(name: str, number: int, value: object) -> Iterator[Row]:
    for one in value if isinstance(value, list) else [value]:
        if not isinstance(one, dict):
            raise BadFormat(name, number, f"{shown(one)} is no issue", FIX)
        yield Row(name, number, one)


def _issue(row: Row) -> tuple[str, Issue]:
    """Read one object; also say of which repository it is."""
    number = row.values.get("number")
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise row.fault(f"field 'number' is {shown(number)}, not a number", FIX)
    merged = _text(row, "merge_commit_sha") if row.values.get("merged_at") else ""
    pull = any(row.values.get(key) is not None for key in ("pull_request", "merge_commit_sha"))
    issue = Issue(
        number=number,
        title=_text(row, "title"),
        body=_text(row, "body")[:LONGEST],
        created=_time(row),
        pull=pull or "head" in row.values,
        merge=merged,
    )
    owned = OWNED.search(
        _text(row, "repository_url") or _text(row, "html_url") or _text(row, "url")
    )
    return owned.group(1) if owned else "", issue


def _text(row: Row, field: str) -> str:
    value = row.values.get(field)
    if value is not None and not isinstance(value, str):
        raise row.fault(f"field {field!r} is {shown(value)}, not text", FIX)
    return value or ""


def _time(row: Row) -> datetime:
    told = _text(row, "created_at")
    try:
        made = datetime.fromisoformat(told)
    except ValueError as error:
        raise row.fault(f"field 'created_at' is {shown(told)}, not a time", FIX) from error
    return made if made.tzinfo else made.replace(tzinfo=UTC)
