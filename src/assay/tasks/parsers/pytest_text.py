"""pytest's text: the summary of `-rA`, the lines of `-v`, or both."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import takewhile

from assay.tasks.parsers.outcome import Outcome, Parsed, Tally, lines_of

__all__ = ["parse_pytest"]

WORDS: dict[str, Outcome] = {
    "PASSED": "passed",
    "FAILED": "failed",
    "ERROR": "errored",
    "SKIPPED": "skipped",
    "XFAIL": "skipped",
    "XPASS": "passed",
    "SUBFAILED": "failed",
}
WORD = "PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS"
HEAD = re.compile(r"=+ short test summary info =+$")
SECTION = re.compile(r"=+ (?:FAILURES|ERRORS|PASSES|XPASSES|XFAILURES|warnings summary) =+$")
COUNTS = r"(?:\d+ [a-z ]+(?:, )?)+|no tests ran"
CLOSING = re.compile(rf"(?:=+ )?({COUNTS}) in \d+\.\d+s(?: \([\d:]+\))?(?: =+)?$")
SUMMARY = re.compile(rf"({WORD}|SUBFAILED)(?:\[[^\]]*\])? ?(?:\([^)]*\))? (.*)$")
PROGRESS = re.compile(rf"(\S.*) ({WORD})(?: \(.*\))?$")
WORKER = re.compile(rf"\[gw\d+\] \[ *\d+%\] ({WORD}) (.*)$")
PERCENT = re.compile(r" *\[ *\d+%\]$")


def parse_pytest(output: bytes) -> Parsed:
    """What does pytest say became of each test?

    The summary (`-rA`) is believed before the lines of `-v`, which name the skipped tests besides.
    What a test prints is shown above the last summary, so that lines forged by a test's captured
    output are not read. What cannot be told: lines that are printed straight to the terminal
    (`-s`, `os.write`) while `-v` alone is used, and a summary printed after pytest's own, as a
    process can when it ends. Then there are two summaries, or counts differ, and a note says so.
    """
    tally, lines = Tally(), list(lines_of(output))
    heads = [at for at, line in enumerate(lines) if HEAD.match(line)]
    shown = list(takewhile(lambda line: not (SECTION.match(line) or HEAD.match(line)), lines))
    running = dict(filter(None, map(progress, shown)))
    if len(heads) > 1:
        tally.note("several summaries: all but the last were taken for a test's output")
    summary = lines[heads[-1] + 1 :] if heads else []
    listed = [one for line in until_closing(summary) if (one := listed_in(line, running))]
    closed = next((match for line in reversed(lines) if (match := CLOSING.match(line))), None)
    if closed is None:  # then this may not be pytest's own summary
        listed = [one for one in listed if one[0] != "PASSED"]
    everything = any(word == "PASSED" for word, _ in listed)
    for name, word in running.items():
        if not everything or word == "SKIPPED":
            tally.add(name, WORDS[word])
    for word, name in listed:
        tally.add(name, WORDS[word])
    compare(closed, Counter(word for word, _ in listed) if everything else None, tally)
    return tally.done()


def until_closing(lines: Sequence[str]) -> list[str]:
    """Return the lines of a summary, which pytest's closing line ends."""
    return list(takewhile(lambda line: not CLOSING.match(line), lines))


def progress(line: str) -> tuple[str, str] | None:
    """Read a line of `-v`, as `tests/test_a.py::test_b PASSED [ 50%]`."""
    if worker := WORKER.match(line):
        return worker[2], worker[1]
    found = PROGRESS.match(PERCENT.sub("", line))
    return (found[1], found[2]) if found and "::" in found[1] else None


def listed_in(line: str, running: dict[str, str]) -> tuple[str, str] | None:
    """Read a line of the summary; one that names no test (`SKIPPED [2] file:line`) is passed."""
    found = SUMMARY.match(line)
    if not found or found[1] == "SKIPPED":
        return None
    name = found[2] if found[1] == "PASSED" else without_reason(found[2], running)
    return found[1], name


def without_reason(text: str, running: dict[str, str]) -> str:
    """Cut `test_a[x - y] - assert ...` behind the test's name.

    A parameter may hold " - " itself: a name that `-v` printed is preferred, then the first cut
    that closes the bracket.
    """
    pieces = text.split(" - ")
    cuts = [" - ".join(pieces[:number]) for number in range(1, min(len(pieces), 50) + 1)]
    known = [cut for cut in cuts if cut in running]
    closed = [cut for cut in cuts if "[" not in cut or cut.endswith("]")]
    return (known or closed or cuts)[0]


def compare(closed: re.Match[str] | None, read: Counter[str] | None, tally: Tally) -> None:
    """Compare with the counts of the last line, which must be there."""
    if closed is None:
        tally.note("pytest's closing line is missing: it did not finish, or the output was cut")
        return
    said = {word: int(count) for count, word in re.findall(r"(\d+) (passed|failed)", closed[1])}
    if read is not None:
        failed = read["FAILED"] + read["SUBFAILED"]
        tally.compare(said, Counter(passed=read["PASSED"], failed=failed))
