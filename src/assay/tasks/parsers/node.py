"""node's test runner, in its spec form; its TAP is read as TAP."""

from __future__ import annotations

import re

from assay.tasks.parsers.outcome import Outcome, Parsed, Tally, lines_of
from assay.tasks.parsers.tap import parse_tap

__all__ = ["parse_node"]

RESULT = re.compile(r"( *)([✔✖﹣]) (.*) \(\d+(?:\.\d+)?ms\)(?: # ?(.*))?$")
GROUP = re.compile(r"( *)▶ (.*)$")
CLOSED = re.compile(r".* \(\d+(?:\.\d+)?ms\)(?: # .*)?$")
COUNT = re.compile(r"ℹ (tests|suites|pass|fail|skipped|cancelled|todo) (\d+)$")
MARKS: dict[str, Outcome] = {"✔": "passed", "✖": "failed", "﹣": "skipped"}


def parse_node(output: bytes) -> Parsed:
    """What does node's runner say became of each test? A name is `suite > test`.

    Suites and tests with subtests are results too. Tests of the same name in several files are one
    name, whose worst outcome counts: node's text does not say which file a test stands in.
    What cannot be told: in the spec form, a line that a test prints with node's own mark. More
    results than node's closing counts are noted. In TAP, node turns what tests print into comments.
    """
    if b"TAP version" in output[:4096] or b"\n# Subtest: " in output:
        return parse_tap(output)
    return parse_spec(output)


def parse_spec(output: bytes) -> Parsed:
    """Read the spec form."""
    tally, groups = Tally(), dict[int, str]()
    said = dict[str, int]()
    read = 0
    for line in lines_of(output):
        if line.startswith("✖ failing tests:"):
            break  # those above, once more
        if count := COUNT.match(line):
            said[count[1]] = int(count[2][:9])
        elif found := GROUP.match(line):
            open_group(len(found[1]), found[2], groups)
        elif found := RESULT.match(line):
            read += 1
            result(found, groups, tally)
    total = said.get("tests", 0) + said.get("suites", 0)
    if not said:
        tally.note("node's closing counts are missing: it did not finish, or the output was cut")
    elif read > total:
        tally.note(f"node says {total} tests and suites, and {read} were read: a test printed some")
    return tally.done()


def open_group(depth: int, name: str, groups: dict[int, str]) -> None:
    """Open a group; with a duration the line closes one, in older versions."""
    if not CLOSED.match(name):
        groups[depth] = name


def result(found: re.Match[str], groups: dict[int, str], tally: Tally) -> None:
    """Read one result below the groups that are open."""
    depth, outcome = len(found[1]), MARKS[found[2]]
    for deeper in [at for at in groups if at >= depth]:
        del groups[deeper]
    if (found[4] or "").lower().startswith("todo") and outcome == "failed":
        outcome = "skipped"
    above = [group for _, group in sorted(groups.items())]
    tally.add(" > ".join([*above, found[3]]), outcome)
