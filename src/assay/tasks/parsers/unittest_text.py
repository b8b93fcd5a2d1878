"""unittest's text, as `python -m unittest -v` prints it, Django's runner too."""

from __future__ import annotations

import re
from collections.abc import Iterable

from assay.tasks.parsers.outcome import Outcome, Parsed, Tally, lines_of

__all__ = ["parse_unittest"]

NAME = r"(\S+ \([\w.<>]+\))"
STARTS = re.compile(rf" *{NAME}(?: [\[(].*[\])])?(?: \.\.\. ?(.*))?$")
SECTION = re.compile(rf"(ERROR|FAIL|UNEXPECTED SUCCESS): {NAME}")
RAN = re.compile(r"Ran (\d+) tests? in ")
RESULTS: dict[str, Outcome] = {
    "ok": "passed",
    "FAIL": "failed",
    "ERROR": "errored",
    "expected failure": "skipped",
    "unexpected success": "failed",
    "UNEXPECTED SUCCESS": "failed",
}


def parse_unittest(output: bytes) -> Parsed:
    """What does unittest say became of each test? A name is `test_a (package.Class.test_a)`.

    A result may stand behind what the test printed, on a later line; the sections at the end are
    read too, and the worse counts. A test whose start is seen and whose end is not is errored.
    What cannot be told: a test that prints "ok" to standard error before it ends, since runner and
    tests share that stream.
    """
    tally = Tally()
    lines = list(lines_of(output))
    waiting = results(lines, tally)
    if waiting:
        tally.add(waiting, "errored")
        tally.note(f"no result of {waiting[:100]}")
    for line in lines:
        if found := SECTION.match(line):
            tally.add(found[2], RESULTS[found[1]])
    if not any(RAN.match(line) for line in lines):
        tally.note("the line 'Ran N tests' is missing: it did not finish, or the output was cut")
    return tally.done()


def results(lines: Iterable[str], tally: Tally) -> str:
    """Pair starts with results; return the test that still waits for its own."""
    waiting, begun = "", False
    for line in lines:
        if line.startswith("====="):  # the sections of failures begin
            break
        starts, text = STARTS.match(line), line
        if starts and not (begun and starts[2] is None):  # else: printed by the test that runs
            if begun and starts[1] != waiting:
                tally.add(waiting, "errored")
            waiting, begun, text = starts[1], starts[2] is not None, starts[2] or ""
        if waiting and (outcome := result(text)):
            tally.add(waiting, outcome)
            waiting, begun = "", False
    return waiting


def result(line: str) -> Outcome | None:
    """Read the result at the end of a line, alone or behind " ... "."""
    text = line.rpartition(" ... ")[2].strip() if " ... " in line else line.strip()
    return "skipped" if text.startswith("skipped ") or text == "skipped" else RESULTS.get(text)
