"""Git, run so that nothing which a repository says is ever executed.

A repository's own configuration may name programs: a file watcher, hooks, diff drivers, pagers,
ssh commands, signature checkers, servers to fetch missing objects from. All of them are switched
off here, by options and by an environment that holds nothing of the caller's. Whoever reads a
history that nobody trusts goes one step further and reads it through `assay.tasks.borrow`, where
git does not even see that configuration.

What this does not do: limit the memory that git itself takes on a hostile pack; and filters. A work
tree's attributes together with its configuration name programs that `add`, `status` and `checkout`
run on files, and no option forbids that: in a work tree that nobody trusts, use none of the three.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from threading import Timer
from typing import IO, cast

from assay.core.errors import HistoryError, UsageError

__all__ = ["GUARDS", "command", "environment", "git", "printed_by", "running"]

GUARDS = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "core.pager=cat",
    "core.sshCommand=false",
    "core.alternateRefsCommand=false",
    "core.quotePath=true",
    "credential.helper=",
    "gpg.program=false",
    "gpg.ssh.program=false",
    "gpg.x509.program=false",
    "log.showSignature=false",
    "log.mailmap=false",
    "commit.gpgSign=false",
    "tag.gpgSign=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "advice.graftFileDeprecated=false",
    "protocol.allow=never",
    "safe.directory=*",  # another user's repository may be read: nothing of it is executed
)
"""Settings that stand above the repository's own."""
DIFFING = frozenset(
    ("diff", "diff-files", "diff-index", "diff-tree", "format-patch", "log", "show", "whatchanged")
)
"""Commands that would run a repository's own programs to compare files."""
MOST = 256 << 20
"""Bytes that one command may print."""
SECONDS = 900.0
"""On the clock, for one command that is run to its end."""
TOLD = 2000
"""Characters of git's complaint that an error repeats."""


def git(
    repo: Path, *arguments: str, stdin: bytes = b"", most: int = MOST, protocols: str = "none"
) -> bytes:
    r"""What does this git command print? Run it in a repository, to its end.

    Parameters
    ----------
    repo
        A work tree, or a bare repository; folders above it are not looked at.
    arguments
        The command and its arguments. Whatever comes from outside stands after ``--`` or
        ``--end-of-options``.
    stdin
        What it reads.
    most
        Bytes that it may print; more than that is an error, not a cut.
    protocols
        Transports that may be used, as "file"; none, unless something is to be fetched.

    Raises
    ------
    HistoryError
        It failed, printed more, or took longer than `SECONDS`.
    UsageError
        Git is not installed, or there is no such folder.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = git(Path(folder), "init", "--quiet")
    ...     git(Path(folder), "rev-parse", "--is-inside-work-tree")
    b'true\n'
    """
    with TemporaryFile() as given:
        given.write(stdin)
        given.seek(0)
        with (
            running(repo, *arguments, stdin=given, protocols=protocols) as process,
            _ended_in_time(process),
        ):
            printed = printed_by(process).read(most + 1)
            if len(printed) > most:
                msg = f"git {arguments[0]} printed more than {most:,} bytes"
                raise HistoryError(msg)
    return printed


@contextmanager
def running(
    repo: Path,
    *arguments: str,
    stdin: IO[bytes] | int = subprocess.DEVNULL,
    protocols: str = "none",
) -> Iterator[subprocess.Popen[bytes]]:
    """Run git while its output is read, piece by piece, in bounded memory.

    Whoever stops reading early ends the command; one that has ended by itself and failed is an
    error. Nothing waits for a pager, a password or a lock.

    Parameters
    ----------
    repo, arguments
        As `git`.
    stdin
        A file, or `subprocess.PIPE` for a command that is asked and answers.

    protocols
        Transports that may be used, as "file".

    Yields
    ------
    subprocess.Popen
        The process; `printed_by` is its standard output.

    Raises
    ------
    HistoryError
        It failed.
    UsageError
        Git is not installed, or there is no such folder.
    """
    if not repo.is_dir():
        msg = f"{repo}: is no folder\n  next: name the folder of a git repository"
        raise UsageError(msg)
    with TemporaryFile() as complaint:
        process = subprocess.Popen(  # noqa: S603 - an argument vector, guarded above
            command(repo, *arguments),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=complaint,
            env=environment(repo, protocols=protocols),
        )
        try:
            yield process
            ended = _finished(process)
        finally:
            _end(process)
        if ended and process.returncode != 0:
            complaint.seek(0)
            said = complaint.read(TOLD).decode("utf-8", "backslashreplace").strip()
            msg = f"git {arguments[0]} failed ({process.returncode}): {said}"
            raise HistoryError(msg)


def printed_by(process: subprocess.Popen[bytes]) -> IO[bytes]:
    """Return the standard output of a process that `running` started."""
    return cast("IO[bytes]", process.stdout)


@contextmanager
def _ended_in_time(process: subprocess.Popen[bytes]) -> Iterator[None]:
    late = Timer(SECONDS, process.kill)
    late.daemon = True
    late.start()
    try:
        yield
    finally:
        late.cancel()


def _finished(process: subprocess.Popen[bytes]) -> bool:
    """Has it said all it had to say? Then wait for how it ended; else somebody stopped it."""
    with suppress(BrokenPipeError):
        if process.stdin is not None:
            process.stdin.close()
    if printed_by(process).read(1):
        return False
    process.wait()
    return True


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process that may still run, and close its pipes."""
    for pipe in (process.stdin, process.stdout):
        with suppress(BrokenPipeError):
            if pipe is not None:
                pipe.close()
    if process.poll() is None:
        process.kill()
    process.wait()


def command(repo: Path, *arguments: str) -> list[str]:
    """Which argument vector runs this, guarded?

    Raises
    ------
    UsageError
        Git is not installed.
    """
    program = shutil.which("git")
    if program is None:
        msg = "git is not installed\n  next: install git, then: git --version"
        raise UsageError(msg)
    guards = [part for guard in GUARDS for part in ("-c", guard)]
    plain = ("--no-ext-diff", "--no-textconv") if arguments[0] in DIFFING else ()
    start = (program, "--no-pager", "-C", str(repo.resolve()), *guards)
    return [*start, arguments[0], *plain, *arguments[1:]]


def environment(repo: Path, *, protocols: str = "none") -> dict[str, str]:
    """Which environment does git get? A new one: nothing of the caller's gets in.

    Parameters
    ----------
    repo
        Above it no repository is searched for.
    protocols
        Transports that may be used, as "file"; by default none, so that a repository which lacks
        objects cannot have them fetched by a program of its choice.
    """
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.devnull,
        "LC_ALL": "C",
        "TZ": "UTC",
        "GIT_ALLOW_PROTOCOL": protocols,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_CEILING_DIRECTORIES": str(repo.resolve().parent),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_GRAFT_FILE": os.devnull,
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
    }
