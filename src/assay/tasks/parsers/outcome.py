"""What every parser gives back, and how bytes that nobody trusts become lines."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["LONGEST", "Outcome", "Parsed", "Tally", "lines_of"]

Outcome = Literal["passed", "failed", "skipped", "errored"]
"""Errored: the test could not be run, or was cut off. An expected failure counts as skipped."""

WORST = ("passed", "skipped", "failed", "errored")
LONGEST = 8192
"""Characters of a line that are looked at: what a runner prints of a test is far shorter."""
LONGEST_ID = 1000
ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What became of each test. No tests: nothing was run, which is never a pass."""

    tests: Mapping[str, Outcome]
    notes: tuple[str, ...] = ()
    """Why some of it may not be so: no closing line, counts that differ, numbers out of order."""


@dataclass(slots=True)
class Tally:
    """Collects tests; where one name stands several times, its worst outcome counts."""

    tests: dict[str, Outcome] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, name: str, outcome: Outcome) -> None:
        """Note one result under a name without control characters; a nameless one is dropped."""
        name = shortened(CONTROL.sub("?", name).strip())
        if not name:
            return
        before = self.tests.get(name, outcome)
        self.tests[name] = max(before, outcome, key=WORST.index)

    def note(self, text: str) -> None:
        """Note a doubt once."""
        if text not in self.notes:
            self.notes.append(text)

    def compare(self, said: Mapping[str, int], read: Counter[str]) -> None:
        """Note where the runner's own closing counts differ from what was read."""
        for what, count in said.items():
            if read[what] != count:
                self.note(f"the runner says {count} {what}, and {read[what]} were read")

    def done(self) -> Parsed:
        """Return what was collected."""
        return Parsed(tests=dict(self.tests), notes=tuple(self.notes))


def shortened(name: str) -> str:
    """Cut a name that is too long to keep; its digest keeps it apart from others."""
    if len(name) <= LONGEST_ID:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    return f"{name[:LONGEST_ID]}...{digest}"


def lines_of(output: bytes) -> Iterator[str]:
    r"""Which lines were printed? Without colours; what is no UTF-8 is replaced.

    Examples
    --------
    >>> list(lines_of(b"\x1b[32mok\x1b[0m 1\r\n\xff"))
    ['ok 1', '\ufffd']
    """
    for raw in output.split(b"\n"):
        text = raw[: LONGEST * 4].decode("utf-8", errors="replace").rstrip("\r")
        yield ANSI.sub("", text)[:LONGEST]
