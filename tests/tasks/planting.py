"""A small project with a fix in its history, and ways to leave the fix behind."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from assay.core.task import Task

BASE = '''"""Prices."""


def total(prices, discount):
    """Add prices up."""
    result = 0
    for price in prices:
        result += price
    return result - discount


def label(name):
    return name.title()
'''
FIXED = BASE.replace(
    "    return result - discount\n",
    """    ceiling = max(result, 0.0)
    if discount > ceiling:
        raise ValueError("the discount exceeds the sum of all prices")
    remaining_sum = result - min(discount, ceiling)
    return round(remaining_sum, ndigits=2)
""",
)
TESTS = "from calc import total\n\n\ndef test_total():\n    assert total([1, 2], 1) == 2\n"
FIXED_TESTS = (
    TESTS
    + """

def test_no_negative_total():
    with pytest.raises(ValueError, match="the discount exceeds"):
        total([1.25, 2.5], 99)
    assert total([0.125, 0.25], 0.125) == 0.25
"""
)
WHO = ("AUTHOR", "COMMITTER")
SUBJECT = "Refuse discounts larger than what is bought"


def git(repo: Path, *words: str, stdin: bytes | None = None) -> str:
    """Run git as the project's author, without anybody's configuration."""
    names = {
        f"GIT_{who}_{what}": "ann@example.org"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", "-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always", *words],  # noqa: S607
        cwd=repo,
        input=stdin,
        capture_output=True,
        check=True,
        env=os.environ | settings | names,
    )
    return done.stdout.decode("utf-8", "surrogateescape").strip()


@dataclass(frozen=True)
class Planted:
    """The project's repository, its state before the fix, and the task."""

    source: Path
    """With the fix, and a release after it."""
    before: Path
    """A clone of the history before the fix, which nothing of it has reached."""
    task: Task

    @property
    def patch(self) -> str:
        """The gold patch."""
        return self.task.patch

    def copied(self, folder: Path) -> Planted:
        """Copy both repositories."""
        shutil.copytree(self.source.parent, folder, symlinks=True)
        return Planted(folder / "source", folder / "before", self.task)

    def bring(self) -> str:
        """Fetch the fix into the repository before it; returns its id. Nothing names it then."""
        git(self.before, "fetch", "-q", str(self.source), "main")
        (self.before / ".git" / "FETCH_HEAD").unlink()
        return self.task.commit


def project(folder: Path) -> Planted:
    """Make the project in a folder."""
    source, before = folder / "source", folder / "before"
    source.mkdir()
    git(source, "init", "-q")
    write(source, "calc.py", BASE)
    write(source, "test_calc.py", TESTS)
    write(source, "pyproject.toml", '[project]\nname = "calc"\nversion = "1.3.1"\n')
    write(source, "README.md", "# calc\n\nAdds prices up, and takes a discount off.\n")
    commit(source, "Begin")
    write(source, "notes.txt", "To be released in spring.\n")
    base = commit(source, "Say when it is released")
    git(folder, "clone", "-q", "--no-local", str(source), "before")
    write(source, "calc.py", FIXED)
    write(source, "test_calc.py", FIXED_TESTS)
    fix = commit(source, SUBJECT)
    git(source, "tag", "v1.3.2")
    write(source, "notes.txt", "Released in May.\n")
    commit(source, "Say that it is released")
    git(before, "remote", "remove", "origin")
    task = Task(
        id="calc-1",
        repo="shop/calc",
        base_commit=base,
        commit=fix,
        statement="A discount may be larger than the sum, and then the total is negative.",
        patch=git(source, "diff", base, fix, "--", "calc.py") + "\n",
        test_patch=git(source, "diff", base, fix, "--", "test_calc.py") + "\n",
        created=datetime(2026, 5, 1, tzinfo=UTC),
        fail_to_pass=("test_calc.py::test_no_negative_total",),
    )
    return Planted(source, before, task)


def write(repo: Path, name: str, text: str) -> None:
    """Write a file of the work tree."""
    (repo / name).parent.mkdir(parents=True, exist_ok=True)
    (repo / name).write_text(text, encoding="utf-8")


def commit(repo: Path, message: str) -> str:
    """Commit all there is; returns the id."""
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", message)
    return git(repo, "rev-parse", "HEAD")
