"""A verdict as JUnit XML, the form in which CI servers read tests."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from assay.core.evidence import Evidence, Flag, Status, Total, Verdict
from assay.report import notation
from assay.report.printable import shown
from assay.store.files import write_whole

__all__ = ["render", "write"]

LONGEST, NAME = 2000, 200
"""Characters of a message, and of a name."""
FAILING = frozenset({Status.FLAGGED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One test case: what was asked, how it ended, and what is said of it."""

    group: str
    name: str
    ending: Literal["passed", "failure", "skipped"]
    message: str
    body: str = ""


def render(verdict: Verdict, *, failing: Collection[Status] = FAILING) -> str:
    """Did the verdict pass? As a test suite.

    The verdict is one case, each total and each flagged item another; an instrument without a
    number is skipped. JUnit knows no "undecided": where that does not fail, it is skipped, for it
    is no pass.

    Parameters
    ----------
    verdict
        The verdict.
    failing
        Verdicts that fail the job.

    Examples
    --------
    >>> from assay.core.evidence import Stop
    >>> verdict = Verdict(
    ...     status=Status.UNDECIDED, claim="c", headline="h", alpha=0.01, benchmark="b",
    ...     benchmark_digest="", model="m", model_digest="", suspects=0, controls=0,
    ...     controls_kind="none", stop=Stop(planned=0, measured=0, reason="full pass"), seed=0,
    ...     version="0")
    >>> 'failures="0" errors="0" skipped="1"' in render(verdict)
    True
    >>> 'failures="1"' in render(verdict, failing=[Status.UNDECIDED])
    True

    References
    ----------
    The form that Jenkins' xunit plugin publishes (junit-10.xsd); there is no standard.
    """
    cases = list(_cases(verdict, failing))
    failures = str(sum(case.ending == "failure" for case in cases))
    skipped = str(sum(case.ending == "skipped" for case in cases))
    name = f"assay: {shown(verdict.benchmark, NAME)} in {shown(verdict.model, NAME)}"
    counts = {"tests": str(len(cases)), "failures": failures, "errors": "0"}
    root = Element("testsuites", {"name": "assay", **counts, "time": "0"})
    suite = SubElement(root, "testsuite", {"name": name, **counts, "skipped": skipped, "time": "0"})
    properties = SubElement(suite, "properties")
    for key, value in _properties(verdict):
        SubElement(properties, "property", {"name": key, "value": shown(value, LONGEST)})
    for case in cases:
        _add(suite, case)
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def write(verdict: Verdict, path: Path, *, failing: Collection[Status] = FAILING) -> Path:
    """Write it; whole or not at all.

    Raises
    ------
    StoreError
        The disk is full or the folder cannot be written to; nothing is left half-written.
    """
    write_whole(path, [render(verdict, failing=failing)])
    return path


def _add(suite: Element, case: Case) -> None:
    place = {"classname": shown(case.group, NAME), "name": shown(case.name, NAME), "time": "0"}
    element = SubElement(suite, "testcase", place)
    message = {"message": shown(case.message, LONGEST)}
    body = "\n".join(shown(line, LONGEST) for line in case.body.split("\n"))
    if case.ending == "failure":
        SubElement(element, "failure", {**message, "type": "assay.flagged"}).text = body
    elif case.ending == "skipped":
        SubElement(element, "skipped", message)
    if case.ending != "failure":
        SubElement(element, "system-out").text = body or message["message"]


def _properties(verdict: Verdict) -> Iterator[tuple[str, str]]:
    yield "benchmark.sha256", verdict.benchmark_digest
    yield "model.sha256", verdict.model_digest
    yield from (("model.note", note) for note in verdict.model_notes)
    yield "alpha", f"{verdict.alpha:g}"
    yield "controls", f"{verdict.controls} ({verdict.controls_kind})"
    yield "stop", f"{verdict.stop.reason}: {notation.measured(verdict.stop)}"
    yield "cost", notation.spent(verdict.cost)
    yield "cost.nanodollars", str(verdict.cost.nanodollars)
    yield "seed", str(verdict.seed)
    yield "version", verdict.version


def _cases(verdict: Verdict, failing: Collection[Status]) -> Iterator[Case]:
    yield _verdict(verdict, failing)
    fails = Status.FLAGGED in failing
    yield from (_total(total, fails=fails) for total in verdict.totals)
    yield from (_instrument(one) for one in verdict.evidence)
    yield from (_item(flag, verdict, fails=fails) for flag in verdict.flags)


def _verdict(verdict: Verdict, failing: Collection[Status]) -> Case:
    ending: Literal["passed", "failure", "skipped"] = (
        "failure" if verdict.status in failing
        else "skipped" if verdict.status is Status.UNDECIDED else "passed"
    )  # fmt: skip
    said = {"why": verdict.why, "would change it": verdict.would_change,
            "does not show": verdict.not_shown}  # fmt: skip
    lines = [f"claim: {shown(verdict.claim, LONGEST)}"]
    lines += [f"{key}: {shown(line, LONGEST)}" for key, listed in said.items() for line in listed]
    return Case(
        group="assay.verdict",
        name=f"verdict: {verdict.status.value}",
        ending=ending,
        message=verdict.headline,
        body="\n".join(lines),
    )


def _total(total: Total, *, fails: bool) -> Case:
    e, needed = notation.e_value(total.e_value), notation.e_value(total.needed)
    said = "; ".join(filter(None, (f"e-value {e}, {needed} needed", notation.shuffled(total))))
    return Case(
        group="assay.totals",
        name=notation.kind(total),
        ending="failure" if total.flags and fails else "passed",
        message=f"{said}: {'flags' if total.flags else 'does not flag'}",
        body="\n".join([notation.TOPIC_MEANS.get(total.topic, ""), ", ".join(total.instruments)]),
    )


def _instrument(one: Evidence) -> Case:
    numbers = [f"null {one.null.value}", f"{one.suspects} suspects", f"{one.controls} controls"]
    if one.estimate is not None:
        e = one.estimate
        numbers.append(f"{e.unit} {e.value:.4g} ({e.low:.4g} to {e.high:.4g})")
    if one.e_value is not None:
        numbers.append(f"e {notation.e_value(one.e_value)}")
    if one.p_value is not None:
        numbers.append(f"p {notation.p_value(one.p_value)}")
    return Case(
        group="assay.instruments",
        name=one.instrument,
        ending="skipped" if one.abstention else "passed",
        message=one.abstention or ", ".join(numbers),
    )


def _item(flag: Flag, verdict: Verdict, *, fails: bool) -> Case:
    rate = "" if verdict.flags_q is None else f", at most {notation.percent(verdict.flags_q)} wrong"
    return Case(
        group="assay.items",
        name=flag.unit,
        ending="failure" if fails else "passed",
        message=f"flagged: p {notation.p_value(flag.p_value)}, score {flag.score:.4g}{rate}",
    )
