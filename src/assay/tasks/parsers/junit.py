"""JUnit's XML, as pytest, node, Jest, Maven and many others write it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from assay.tasks.parsers.outcome import ANSI, Outcome, Parsed, Tally

__all__ = ["parse_junit"]

STARTS = re.compile(r"<\?xml\b|<!DOCTYPE\b|<testsuites?\b")
DECLARATION = re.compile(r"<\?xml[^>]{0,200}\?>")
ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
CHILDREN: dict[str, Outcome] = {"failure": "failed", "error": "errored", "skipped": "skipped"}
DEEPEST = 200
MOST = 1000
"""Reports that are read."""


def parse_junit(output: bytes) -> Parsed:
    """What does a JUnit report say became of each test? A name is `suite > class::test`.

    The report may stand among other text, and several may follow each other. A report that is cut
    off is read as far as it goes. Document types and entities are refused: a report needs none.
    What cannot be told: a report that a test prints before the runner's own.
    """
    tally = Tally()
    text = ILLEGAL.sub("", ANSI.sub("", output.decode("utf-8", errors="replace")))
    for report in reports(text):
        read(report, tally)
    return tally.done()


def reports(text: str) -> list[str]:
    """Cut the text at every XML declaration, or at the first suite where there is none."""
    begins = [found.start() for found in re.finditer(r"<\?xml\b", text)]
    if not begins and (found := STARTS.search(text)):
        begins = [found.start()]
    ends = [*begins[1:], len(text)]
    pieces = [text[a:b] for a, b in zip(begins, ends, strict=False)][:MOST]
    return [DECLARATION.sub("", piece, count=1).lstrip() for piece in pieces]


def read(report: str, tally: Tally) -> None:
    """Read one report; what follows its end is not looked at."""
    cases = Cases(tally)
    parser = DefusedXMLParser(target=cases, forbid_dtd=True)
    try:
        parser.feed(report)
        parser.close()
    except DefusedXmlException:
        tally.note("a report with a document type or entities was refused there")
    except ParseError as error:
        if not cases.whole:
            tally.note(f"a report is no whole XML: {error}")


class Cases:
    """Hears the elements of a report and keeps what became of each case; builds no tree."""

    def __init__(self, tally: Tally) -> None:
        self.whole = False
        self._tally = tally
        self._open: list[str] = []
        self._case: tuple[str, Outcome] | None = None

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Note a suite, a case, or what became of the case."""
        local = tag.rpartition("}")[2]
        if local == "testcase":
            group = attributes.get("classname", "")
            name = "::".join(filter(None, (group.strip(), attributes.get("name", "").strip())))
            suites = [suite for suite in self._open[:DEEPEST] if suite]
            self._case = (" > ".join([*suites, name]), "passed")
        elif self._case and local in CHILDREN:
            self._case = (self._case[0], CHILDREN[local])
        self._open.append(attributes.get("name", "").strip() if local == "testsuite" else "")

    def end(self, tag: str) -> None:
        """Hand on a case whose element is closed: one that is cut off is not known."""
        self._open.pop()
        if tag.rpartition("}")[2] == "testcase" and self._case:
            self._tally.add(*self._case)
            self._case = None
        self.whole = not self._open

    def close(self) -> None:
        """Nothing is left to do."""
