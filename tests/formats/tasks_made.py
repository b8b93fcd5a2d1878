"""Tasks for tests, drawn or plain."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from assay.core.task import LeftOut, Task

LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXT = st.text(LETTERS, max_size=30)
FULL = st.text(LETTERS, min_size=1, max_size=30).filter(str.strip)
NAMES = st.lists(TEXT, max_size=3).map(tuple)
COMMIT = st.text("0123456789abcdef", min_size=40, max_size=40)
COMMANDS = st.lists(NAMES, max_size=2).map(tuple)
OUT = st.builds(LeftOut, name=FULL, reason=FULL)

TASKS = st.builds(
    Task,
    id=st.from_regex(r"[A-Za-z0-9][a-z0-9_-]{0,20}", fullmatch=True),
    repo=st.from_regex(r"[a-z0-9]{1,9}(/[a-z0-9]{1,9})?", fullmatch=True),
    base_commit=COMMIT,
    commit=COMMIT,
    statement=FULL,
    statement_source=TEXT,
    patch=FULL,
    test_patch=FULL,
    hints=TEXT,
    created=st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - the zone is drawn
    language=TEXT,
    links=NAMES,
    image=TEXT,
    project_version=TEXT,
    setup=COMMANDS,
    test_command=NAMES,
    test_files=NAMES,
    log_parser=TEXT,
    fail_to_pass=NAMES,
    pass_to_pass=NAMES,
    left_out=st.lists(OUT, max_size=2).map(tuple),
    version=st.integers(1, 9),
)


def plain(**more: Any) -> Task:
    """Return an ordinary task."""
    values: dict[str, Any] = {
        "id": "me__it-12",
        "repo": "me/it",
        "base_commit": "0" * 40,
        "statement": "Nought is lost.\nAlways.",
        "patch": "diff --git a/it.py b/it.py\n--- a/it.py\n+++ b/it.py\n@@ -1 +1 @@\n-1\n+2\n",
        "test_patch": "diff --git a/t.py b/t.py\n--- a/t.py\n+++ b/t.py\n@@ -1 +1 @@\n-1\n+2\n",
        "created": datetime(2026, 3, 1, tzinfo=UTC),
        "language": "python",
        "test_command": ("python", "-m", "pytest", "-rA"),
        "test_files": ("t.py",),
        "log_parser": "pytest",
    }
    return Task(**values | more)
