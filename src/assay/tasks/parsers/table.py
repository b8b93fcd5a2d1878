"""Which parser reads what? The names that a task's `log_parser` may have."""

from __future__ import annotations

from collections.abc import Callable

from assay.core.errors import UnknownName
from assay.tasks.parsers.go_test import parse_go
from assay.tasks.parsers.junit import parse_junit
from assay.tasks.parsers.node import parse_node
from assay.tasks.parsers.outcome import Parsed
from assay.tasks.parsers.pytest_text import parse_pytest
from assay.tasks.parsers.tap import parse_tap
from assay.tasks.parsers.unittest_text import parse_unittest

__all__ = ["PARSERS", "parse"]

PARSERS: dict[str, Callable[[bytes], Parsed]] = {
    "go": parse_go,
    "junit": parse_junit,
    "node": parse_node,
    "pytest": parse_pytest,
    "tap": parse_tap,
    "unittest": parse_unittest,
}


def parse(name: str, output: bytes) -> Parsed:
    r"""What became of each test that this output tells of?

    Parameters
    ----------
    name
        The parser: go, junit, node, pytest, tap, unittest.
    output
        What the test command printed; any bytes.

    Raises
    ------
    UnknownName
        There is no such parser.

    Examples
    --------
    >>> parse("tap", b"TAP version 13\nok 1 - adds\nnot ok 2 - divides\n1..2\n").tests
    {'adds': 'passed', 'divides': 'failed'}
    """
    if name not in PARSERS:
        fix = f"log_parser is one of {', '.join(PARSERS)}"
        raise UnknownName("log parser", name[:80], PARSERS, fix)
    return PARSERS[name](output)
