"""Which tests show the fix, which only hold, and which cannot be relied on?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from assay.core.task import LeftOut
from assay.tasks.parsers.outcome import Outcome

__all__ = ["ORDER", "Judged", "Seen", "judge"]

Result = Outcome | Literal["absent"]
FLAKY = "flaky: runs in one order differ"
ORDER = "depends on the order of the tests"
BROKEN = "passes before the fix and not after it"
SKIPPED = "is skipped before the fix"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One run: in which order, and what became of each test."""

    order: int
    tests: Mapping[str, Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What all runs of a task say together."""

    fail_to_pass: tuple[str, ...]
    pass_to_pass: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    failing: tuple[str, ...]
    """Tests that fail before the fix and after it."""


def judge(before: Sequence[Seen], after: Sequence[Seen]) -> Judged:
    """Sort tests by what they did before the fix and after it.

    Parameters
    ----------
    before, after
        Runs of the tests without and with the fix, in several orders.

    Examples
    --------
    >>> base = [Seen(order=0, tests={"a": "failed", "b": "passed"})] * 2
    >>> gold = [Seen(order=0, tests={"a": "passed", "b": "passed", "c": "passed"})] * 2
    >>> judge(base, gold).fail_to_pass
    ('a', 'c')
    """
    names = sorted({name for run in after for name in run.tests})
    sorts: dict[str, list[str]] = {"fail": [], "pass": [], "failing": []}
    left_out = []
    for name in names:
        sort, reason = _sort(name, before, after)
        if reason:
            left_out.append(LeftOut(name=name, reason=reason))
        elif sort:
            sorts[sort].append(name)
    return Judged(
        fail_to_pass=tuple(sorts["fail"]),
        pass_to_pass=tuple(sorts["pass"]),
        left_out=tuple(left_out),
        failing=tuple(sorts["failing"]),
    )


def _sort(name: str, before: Sequence[Seen], after: Sequence[Seen]) -> tuple[str, str]:
    """Return where a test belongs, or why it is left out; neither for one that is skipped."""
    for runs in (after, before):
        if reason := _unstable([(run.order, run.tests.get(name, "absent")) for run in runs]):
            return "", reason
    was: Result = before[0].tests.get(name, "absent")
    now: Result = after[0].tests.get(name, "absent")
    if now == "passed":
        return {"passed": ("pass", ""), "skipped": ("", SKIPPED)}.get(was, ("fail", ""))
    if was == "passed":
        return "", BROKEN
    return ("" if now == "skipped" else "failing"), ""


def _unstable(results: Sequence[tuple[int, Result]]) -> str:
    """Why do these results differ, if they do?"""
    if len({result for _, result in results}) == 1:
        return ""
    by_order: dict[int, set[Result]] = {}
    for order, result in results:
        by_order.setdefault(order, set()).add(result)
    return FLAKY if any(len(found) > 1 for found in by_order.values()) else ORDER
