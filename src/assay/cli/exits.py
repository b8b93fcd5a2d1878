"""What a process says when it ends: one table from errors to exit codes."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from enum import IntEnum
from types import TracebackType
from typing import IO, Self

from assay.core.errors import AssayError, BoundaryError, IntegrityError
from assay.report.printable import printable

__all__ = ["Exit", "Exits", "finish", "put", "say", "silence"]


class Exit(IntEnum):
    """Exit codes. 1 is never one of them: a crash must not read as a verdict."""

    CLEAN = 0
    USAGE = 2
    BOUNDARY = 4
    FLAGGED = 10
    UNDECIDED = 11
    BUG = 70
    INTERRUPTED = 130


RESUME = "interrupted. What was measured is kept: the same command resumes there."
REPORT = "this is a bug in assay; what was measured is kept. Please report it with the lines above."


class Exits:
    """Which exit code does this block deserve? Whatever leaves it is said once and coded.

    Examples
    --------
    >>> with Exits() as exits:
    ...     exits.code = 10
    >>> exits.code
    10
    """

    def __init__(self) -> None:
        self.code: int = Exit.CLEAN

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if error is not None:
            self.code = _code_of(error)
            say(_words_for(error))
        elif self.code == Exit.INTERRUPTED:  # the option parser catches Ctrl-C before we can
            say(RESUME)
        return True


def _code_of(error: BaseException) -> int:
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) and error.code != 1 else Exit.BUG
    if isinstance(error, KeyboardInterrupt):
        return Exit.INTERRUPTED
    if isinstance(error, BoundaryError):
        return Exit.BOUNDARY
    if isinstance(error, AssayError) and not isinstance(error, IntegrityError):
        return Exit.USAGE
    return Exit.BUG


def _words_for(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return "" if error.code is None or isinstance(error.code, int) else str(error.code)
    if isinstance(error, KeyboardInterrupt):
        return RESUME
    if isinstance(error, IntegrityError):
        return f"integrity: {error}\nnothing of this run can be trusted until this is explained."
    if isinstance(error, AssayError):
        return f"error: {error}"
    return "".join(traceback.format_exception(error)) + REPORT


def say(message: str) -> None:
    """Write to standard error, in plain text that cannot move the cursor."""
    if message:
        with contextlib.suppress(BrokenPipeError):
            sys.stderr.write(printable(message, lines=True) + "\n")
            sys.stderr.flush()


def put(text: str) -> None:
    """Write text of our own to standard output; a reader who left is no error."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        silence(sys.stdout)


def finish(code: int) -> int:
    """Flush both streams; a reader who left (`| head`) is no error."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            silence(stream)
    return code


def silence(stream: IO[str]) -> None:
    """Point a stream nobody reads at nothing, so that closing it raises nothing."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, stream.fileno())
    os.close(nothing)
