"""The Test Anything Protocol: plain, nested, as tape, Jest's reporters, prove and node write it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from assay.tasks.parsers.outcome import Outcome, Parsed, Tally, lines_of

__all__ = ["parse_tap"]

TEST = re.compile(r"( *)(not )?ok\b(?: (\d+))?(.*)$")
SUBTEST = re.compile(r"( *)# Subtest: (.*)$")
JEST_FILE = re.compile(r"# +(PASS|FAIL) +(\S.*)$")
PROVE_FILE = re.compile(r"(\S+\.t) \.\.+ *$")
PLAN = re.compile(r"( *)1\.\.(\d+)")
DIRECTIVE = re.compile(r"(?<!\\)#\s*(skip|todo)\S*\s*(.*)$", re.IGNORECASE)
COUNTS = re.compile(r"# (?:tests|pass|fail|ok|skip|suites|cancelled|skipped|todo|duration_ms)\b")
DASHES = "-—●"


@dataclass(slots=True)
class Place:
    """Where in a stream we are: which names lie above the next line."""

    opened: dict[int, str] = field(default_factory=dict)
    """Names of subtests by the indentation of their `# Subtest`."""
    file: str = ""
    title: str = ""
    """tape: the comment above the assertions, which is the test."""
    tape: bool = False
    jest: bool = False
    yaml: int | None = None
    """The indentation of a block of diagnostics, while we are in one."""
    numbers: Counter[int] = field(default_factory=Counter)
    """The last number by indentation."""
    planned: int | None = None

    def above(self, indent: int) -> list[str]:
        """Return the names above a line."""
        return [self.file] + [name for at, name in sorted(self.opened.items()) if at < indent]


def parse_tap(output: bytes) -> Parsed:
    """What became of each test of a TAP stream? A name is `file > subtest > description`.

    tape numbers assertions: a title (`# name`) and its assertions are one test, whose worst
    assertion counts. Where several streams follow each other, as of several files, they are read as
    one. `not ok` with the directive `todo` is an expected failure, so skipped.
    What cannot be told: a line that a test itself prints. Numbers out of order and more or fewer
    tests than planned are noted.
    """
    tally, place = Tally(), Place()
    for line in lines_of(output):
        if not in_diagnostics(line, place):
            read(line, place, tally)
    if place.planned is None and tally.tests:
        tally.note("the plan is missing: the run did not finish, or the output was cut")
    return tally.done()


def in_diagnostics(line: str, place: Place) -> bool:
    """Skip a block between `---` and `...`, which is indented below its test."""
    text = line.strip()
    indent = len(line) - len(line.lstrip(" "))
    if place.yaml is not None:
        if (text == "..." and indent <= place.yaml) or (text and indent < place.yaml):
            place.yaml = None
            return text == "..."
        return True
    if text == "---" and indent:
        place.yaml = indent
        return True
    return False


def read(line: str, place: Place, tally: Tally) -> None:
    """Read one line outside diagnostics."""
    if found := PLAN.match(line):
        plan(found, place, tally)
    elif line.startswith("Bail out!"):
        tally.note("the run bailed out")
    elif found := TEST.match(line):
        test(found, place, tally)
    else:
        heading(line, place, tally)


def heading(line: str, place: Place, tally: Tally) -> None:
    """Read a line that may name what follows: a stream, a subtest, a file, a title."""
    if line.startswith("TAP version"):
        place.tape, place.title = True, ""
        place.numbers.clear()
        place.opened.clear()
    elif found := SUBTEST.match(line):
        open_subtest(len(found[1]), unescaped(found[2]), place)
    elif found := PROVE_FILE.match(line):
        place.file, place.numbers = found[1], Counter()
    elif found := JEST_FILE.match(line):
        place.jest, place.file = True, found[2].strip()
        if found[1] == "FAIL":
            tally.add(place.file, "failed")  # also where none of its tests could begin
    elif line.startswith("# ") and not COUNTS.match(line):
        place.title = line[2:].strip()


def open_subtest(indent: int, name: str, place: Place) -> None:
    """Remember a subtest's name for the lines that are indented below it."""
    place.tape = False
    place.opened = {at: known for at, known in place.opened.items() if at < indent}
    place.opened[indent] = name
    place.numbers[indent + 4] = 0


def plan(found: re.Match[str], place: Place, tally: Tally) -> None:
    """Compare a plan of the outermost level with the tests, where it stands behind them."""
    if found[1]:
        return
    place.planned, seen = int(found[2][:9]), place.numbers[0]
    if seen and seen != place.planned:
        tally.note(f"the plan says {place.planned} tests, and the last has the number {seen}")


def test(found: re.Match[str], place: Place, tally: Tally) -> None:
    """Read a test line."""
    indent, number = len(found[1]), int(found[3][:9]) if found[3] else None
    outcome, name = described(found[4], failed=found[2] is not None, jest=place.jest)
    if number is None and not name:
        return  # prove's verdict on a file
    expected = place.numbers[indent] + 1
    if number is not None and number not in {expected, 1}:
        tally.note("test numbers out of order: several streams, or lines that a test printed")
    place.numbers[indent] = number or expected
    dashed = found[4].lstrip()[:1] in DASHES and bool(name)
    if place.tape and place.title and not dashed and not place.jest:
        name = place.title
    above = place.above(indent)
    tally.add(" > ".join(filter(None, [*above, name or f"#{number}"])), outcome)


def described(text: str, *, failed: bool, jest: bool) -> tuple[Outcome, str]:
    """Split what stands behind the number into outcome and name."""
    outcome: Outcome = "failed" if failed else "passed"
    name = text.strip().lstrip(DASHES).strip()
    if directive := DIRECTIVE.search(name):
        skips = directive[1].lower() == "skip"
        outcome = "skipped" if skips or failed else "passed"
        before = name[: directive.start()].strip()
        name = before or (directive[2].strip() if jest else "")
    return outcome, unescaped(name)


def unescaped(name: str) -> str:
    r"""Undo TAP's escapes of the hash and of the backslash.

    Examples
    --------
    >>> unescaped(r"a \# b")
    'a # b'
    """
    return re.sub(r"\\([#\\])", r"\1", name).strip()
