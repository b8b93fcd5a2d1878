"""`go test`: its JSON events, or the text of `-v`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from assay.tasks.parsers.outcome import Outcome, Parsed, Tally, lines_of

__all__ = ["parse_go"]

RUN = re.compile(r"=== RUN +(\S+)$")
END = re.compile(r"--- (PASS|FAIL|SKIP): (\S+) \(\d+\.\d+s\)$")
PACKAGE = re.compile(r"(ok|FAIL|\?)\s*\t(\S+)")
ENDED: dict[str, Outcome] = {"pass": "passed", "fail": "failed", "skip": "skipped"}


def parse_go(output: bytes) -> Parsed:
    """What does `go test` say became of each test? A name is `package::TestA/sub`.

    A test that began and never ended, as when the program dies, is errored; a result of a test that
    never began was printed by another test, and is dropped with a note. What cannot be told: a
    result that a test prints under its own name or that of another that runs.
    """
    lines = list(lines_of(output))
    events = [event for line in lines if (event := event_of(line))]
    tally = Tally()
    if events:
        from_events(events, tally)
    else:
        from_text(lines, tally)
    for line in lines:
        if found := re.match(r"FAIL\s+(\S+) \[(build|setup) failed\]", line):
            tally.note(f"{found[1]}: {found[2]} failed")
    return tally.done()


def event_of(line: str) -> dict[str, str] | None:
    """Read one JSON event; anything else is no event."""
    if not line.startswith('{"'):
        return None
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or not isinstance(value.get("Action"), str):
        return None
    return {key: text for key, text in value.items() if isinstance(text, str)}


def from_events(events: Iterable[dict[str, str]], tally: Tally) -> None:
    """Follow the events of each test from `run` to its end."""
    running: set[str] = set()
    for event in events:
        if "Test" not in event:
            continue
        name = f"{event.get('Package', '')}::{event['Test']}"
        if event["Action"] == "run":
            running.add(name)
        elif event["Action"] in ENDED:
            ended(name, ENDED[event["Action"]], running, tally)
    for name in sorted(running):
        tally.add(name, "errored")


def ended(name: str, outcome: Outcome, running: set[str], tally: Tally) -> None:
    """Note an end, if that test had begun."""
    if name not in running:
        tally.note("results of tests that never began were dropped: tests printed them")
        return
    running.discard(name)
    tally.add(name, outcome)


def from_text(lines: Iterable[str], tally: Tally) -> None:
    """Follow the lines of `-v`; the package's name stands behind its tests."""
    running: set[str] = set()
    package = Tally()
    for line in lines:
        if found := RUN.match(line):
            running.add(found[1])
        elif found := END.search(line):  # behind what a test printed without a line break, too
            ended(found[2], ENDED[found[1].lower()], running, package)
        elif found := PACKAGE.match(line):
            settle(f"{found[2]}::", package, running, tally)
            package = Tally()
            running = set()
    if package.tests or running:
        settle("", package, running, tally)
        tally.note("the last package's closing line is missing: the output was cut")


def settle(prefix: str, package: Tally, running: Iterable[str], tally: Tally) -> None:
    """Hand on the tests of one package under its name."""
    for name in sorted(running):
        package.add(name, "errored")
    for name, outcome in package.tests.items():
        tally.add(prefix + name, outcome)
    for note in package.notes:
        tally.note(note)
