"""Git runs nothing that a repository names, and its failures are errors."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.tasks.histories import GIT, Past, fixed

from assay.core.errors import HistoryError, UsageError
from assay.tasks.git import git, printed_by, running

COMMANDS = (
    ("status", "--short"),
    ("log", "-p"),
    ("diff", "HEAD~1"),
    ("show", "HEAD"),
    ("add", "--all"),
    ("commit", "--quiet", "--message=x", "--author=A <a@example.org>"),
    ("gc", "--quiet"),
)


def armed(past: Past, marker: Path) -> None:
    """Name a program that leaves a mark wherever a repository can name one."""
    trap = past.folder / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {marker}\nexit 0\n", encoding="utf-8")
    trap.chmod(0o755)
    for key in (
        "core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "core.gitProxy",
        "diff.external", "gpg.program", "pager.log", "pager.show", "core.alternateRefsCommand",
        "credential.helper", "uploadpack.packObjectsHook", "core.askPass",
    ):  # fmt: skip
        past.git("config", key, str(trap))
    past.git("config", "log.showSignature", "true")
    past.git("config", "commit.gpgSign", "true")
    past.git("config", "user.name", "A")
    past.git("config", "user.email", "a@example.org")
    hooks = past.folder / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for hook in ("pre-commit", "post-commit", "commit-msg", "reference-transaction", "pre-auto-gc"):
        (hooks / hook).write_bytes(trap.read_bytes())
        (hooks / hook).chmod(0o755)


def test_nothing_that_a_repository_names_is_run(tmp_path: Path) -> None:
    past, marker = Past(tmp_path / "it"), tmp_path / "marker"
    fixed(past)
    past.git("reset", "--hard", "--quiet")
    armed(past, marker)
    for arguments in COMMANDS:
        git(past.folder, *arguments)
    assert not marker.exists()


def test_the_traps_are_traps(tmp_path: Path) -> None:
    past, marker = Past(tmp_path / "it"), tmp_path / "marker"
    fixed(past)
    past.git("reset", "--hard", "--quiet")
    armed(past, marker)
    subprocess.run([GIT, "status"], cwd=past.folder, capture_output=True, check=False)
    assert marker.exists()


def test_missing_objects_are_not_fetched_by_a_program_of_the_repository(tmp_path: Path) -> None:
    past, marker = Past(tmp_path / "it"), tmp_path / "marker"
    tip = fixed(past)
    past.git("config", "remote.origin.url", f"ext::sh -c touch% {marker}")
    past.git("config", "remote.origin.promisor", "true")
    past.git("config", "extensions.partialClone", "origin")
    past.git("config", "protocol.ext.allow", "always")
    with pytest.raises(HistoryError):
        git(past.folder, "cat-file", "-p", "1" * 40)
    assert not marker.exists()
    assert git(past.folder, "rev-parse", "HEAD").decode().strip() == tip


def test_folders_above_are_not_searched(tmp_path: Path) -> None:
    past = Past(tmp_path / "it")
    fixed(past)
    (past.folder / "inner").mkdir()
    with pytest.raises(HistoryError, match="not a git repository"):
        git(past.folder / "inner", "log")


def test_the_callers_environment_stays_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = Past(tmp_path / "one"), Past(tmp_path / "two")
    fixed(one, "This is the first of the two histories")
    fixed(two, "And this is the second")
    monkeypatch.setenv("GIT_DIR", str(two.folder / ".git"))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "false")
    assert b"the first" in git(one.folder, "log", "-p")


def test_too_much_output_is_an_error(tmp_path: Path) -> None:
    past = Past(tmp_path / "it")
    fixed(past)
    with pytest.raises(HistoryError, match="more than 10 bytes"):
        git(past.folder, "log", "-p", most=10)


def test_a_failure_says_what_git_said(tmp_path: Path) -> None:
    past = Past(tmp_path / "it")
    with pytest.raises(HistoryError, match="no-such-command"):
        git(past.folder, "no-such-command")
    with pytest.raises(UsageError, match="is no folder"):
        git(tmp_path / "nowhere", "log")


def test_who_stops_reading_stops_git(tmp_path: Path) -> None:
    past = Past(tmp_path / "it")
    past.commit({"a": "x\n" * 2_000_000})
    with running(past.folder, "log", "-p") as process:
        assert printed_by(process).readline().startswith(b"commit ")
    assert process.returncode != 0


def test_nothing_waits_for_standard_input(tmp_path: Path) -> None:
    past = Past(tmp_path / "it")
    assert git(past.folder, "hash-object", "--stdin", stdin=b"").startswith(b"e69de29")
