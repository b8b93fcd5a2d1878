"""The values of a row of tasks, each checked for its kind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import ValidationError

from assay.core.errors import BadFormat
from assay.core.task import Task
from assay.formats.pyliteral import texts_of
from assay.formats.row import Row, shown, shown_some
from assay.formats.strictjson import parse

__all__ = ["TaskTaker", "settled"]

MOST_NAMES = 200_000
"""Names of tests in one list."""
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,199}")
REPO = re.compile(r"[A-Za-z0-9_-][\w.-]{0,99}(?:/[A-Za-z0-9_-][\w.-]{0,99}){0,3}", re.ASCII)
COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
FIX = "mend the row, or leave it out"


@dataclass(frozen=True, slots=True)
class TaskTaker:
    """What does this row say about a task?"""

    row: Row

    def wrong(self, column: str, wanted: str) -> BadFormat:
        """Say that a value is not what it should be."""
        told = self.row.values.get(column)
        return self.row.fault(f"column {column!r} is {shown(told)}, not {wanted}", FIX)

    def text(self, column: str) -> str:
        """Return a text; empty where there is none."""
        value = self.row.values.get(column)
        if value is not None and not isinstance(value, str):
            raise self.wrong(column, "text")
        return value or ""

    def full(self, column: str) -> str:
        """Return a text that must say something."""
        if column not in self.row.values:
            what = f"column {column!r} is missing; the row has {shown_some(self.row.values)}"
            raise self.row.fault(what, "give a file of SWE-bench or SWE-bench Pro rows")
        value = self.text(column)
        if not value.strip():
            raise self.wrong(column, "a text that says something")
        return value

    def id(self, column: str) -> str:
        """Return a name that can also be a file's: no slash, no two dots."""
        return self._matching(column, ID, "a name of letters, digits and ._+- (200 at most)")

    def repo(self, column: str) -> str:
        """Return owner/name."""
        return self._matching(column, REPO, "a repository as owner/name")

    def commit(self, column: str) -> str:
        """Return the whole name of a commit."""
        return self._matching(column, COMMIT, "a commit's 40 or 64 hexadecimal digits")

    def _matching(self, column: str, form: re.Pattern[str], wanted: str) -> str:
        value = self.full(column)
        if not form.fullmatch(value) or ".." in value:
            raise self.wrong(column, wanted)
        return value

    def time(self, column: str) -> datetime:
        """Return a moment; without a zone it is UTC."""
        value = self.row.values.get(column)
        try:
            found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        except ValueError as error:
            raise self.wrong(column, "a time as 2026-03-01T12:00:00Z") from error
        return found if found.tzinfo else found.replace(tzinfo=UTC)

    def json(self, column: str) -> object:
        """Return what a text of JSON holds, or the value itself where it is none."""
        value = self.row.values.get(column)
        if not isinstance(value, str):
            return value
        return parse(value, path=self.row.path, line=self.row.line) if value.strip() else None

    def names(self, column: str) -> tuple[str, ...]:
        """Return names of tests: a list, its JSON, or its text as Python writes it."""
        value = self.row.values.get(column)
        if isinstance(value, str):
            value = self._listed(column, value)
        if value is None:
            return ()
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
            raise self.wrong(column, "a list of names of tests")
        if len(value) > MOST_NAMES:
            raise self.wrong(column, f"a list of at most {MOST_NAMES:,} names")
        return tuple(value)

    def _listed(self, column: str, text: str) -> object:
        if not text.strip():
            return None
        try:
            return self.json(column)
        except BadFormat:
            found = texts_of(text)
        if found is None:
            raise self.wrong(column, "a list of names of tests, as JSON or as Python writes it")
        return found


def settled(row: Row, values: Mapping[str, object]) -> Task:
    """Make the task of its values; whatever a task may not hold is an error at the row.

    Raises
    ------
    BadFormat
        A value is of the wrong kind.
    """
    try:
        return Task.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        what = f"{place}: {first['msg']}, not {shown(first['input'])}"
        raise row.fault(what, FIX) from error
