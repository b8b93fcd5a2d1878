"""Two streams: people read standard error, machines read standard output."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from rich.console import Console

from assay.cli.exits import silence

__all__ = ["PipeConsole", "emit", "listing", "people"]


class PipeConsole(Console):
    """A console whose reader may leave: that is no error."""

    def on_broken_pipe(self) -> None:
        """Stop writing, go on working."""
        self.quiet = True
        for stream in (sys.stdout, sys.stderr):
            if self.file is stream:
                silence(stream)


def people() -> Console:
    """Return the console for progress and verdicts: standard error."""
    return PipeConsole(stderr=True, highlight=False, soft_wrap=False)


def listing() -> Console:
    """Return the console for commands that only list: standard output."""
    return PipeConsole(highlight=False, soft_wrap=False)


def emit(lines: Iterable[str]) -> None:
    """Write a machine record to standard output, as UTF-8 whatever the terminal speaks."""
    try:
        for line in lines:
            sys.stdout.buffer.write(f"{line}\n".encode())
        sys.stdout.flush()
    except BrokenPipeError:
        silence(sys.stdout)
