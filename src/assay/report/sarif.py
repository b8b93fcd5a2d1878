"""A verdict as SARIF 2.1.0, the form in which code hosts read findings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from assay.core.evidence import Flag, Status, Total, Verdict
from assay.report import notation
from assay.report.printable import shown
from assay.store.files import write_whole

__all__ = ["render", "write"]

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
"""The name of the form, as its standard asks for; nothing is fetched from there."""
LONGEST, NAME = 1000, 200
ITEM, UNDECIDED, CLEAN = "assay/item", "assay/undecided", "assay/clean"
HELP = (
    "The run's report.html says what the verdict rests on, what would change it and what it does "
    "not show. An e-value has a mean of at most 1 where the claim is false, so e or more occurs "
    "with probability at most 1/e."
)
Object = dict[str, Any]


def render(verdict: Verdict, *, artifact: str = "") -> str:
    """What would a code host show of this verdict? As a SARIF log.

    Each total that flags is an error, each item that is flagged by itself a warning. An undecided
    verdict is a result of kind "open", which is SARIF's word for not enough to decide; instruments
    without a number are notes about the run.

    Parameters
    ----------
    verdict
        The verdict.
    artifact
        The file that results are shown at, relative to the repository; the benchmark's name if
        it is empty.

    Examples
    --------
    >>> from assay.core.evidence import Stop
    >>> verdict = Verdict(
    ...     status=Status.UNDECIDED, claim="c", headline="h", alpha=0.01, benchmark="b",
    ...     benchmark_digest="", model="m", model_digest="", suspects=0, controls=0,
    ...     controls_kind="none", stop=Stop(planned=0, measured=0, reason="full pass"), seed=0,
    ...     version="0")
    >>> [r["kind"] for r in json.loads(render(verdict))["runs"][0]["results"]]
    ['open']

    References
    ----------
    Static Analysis Results Interchange Format (SARIF) 2.1.0, OASIS 2020 (errata 01, 2023).
    """
    where = _location(artifact or verdict.benchmark)
    rules = list(_rules(verdict))
    order = {rule["id"]: place for place, rule in enumerate(rules)}
    results = [
        {**result, "ruleIndex": order[result["ruleId"]], "properties": properties}
        for result, properties in _results(verdict, where)
    ]
    run: Object = {
        "tool": {"driver": {"name": "Assay", "semanticVersion": _semantic(verdict.version),
                            "version": shown(verdict.version, NAME), "rules": rules}},
        "automationDetails": {"id": f"assay/{shown(verdict.benchmark)}/{shown(verdict.model)}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(verdict)],
        "results": results,
        "properties": _properties(verdict),
    }  # fmt: skip
    if run["tool"]["driver"]["semanticVersion"] is None:
        del run["tool"]["driver"]["semanticVersion"]
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def write(verdict: Verdict, path: Path, *, artifact: str = "") -> Path:
    """Write it; whole or not at all.

    Raises
    ------
    StoreError
        The disk is full or the folder cannot be written to; nothing is left half-written.
    """
    write_whole(path, [render(verdict, artifact=artifact)])
    return path


def message(text: str) -> dict[str, str]:
    r"""Return a message in which nothing is a link or a placeholder, whoever wrote it.

    Examples
    --------
    >>> message("see [this](http://evil) {0}")
    {'text': 'see \\[this\\](http://evil) {{0}}'}
    """
    plain = shown(text, LONGEST)
    for mark, safe in (("\\", "\\\\"), ("[", "\\["), ("]", "\\]"), ("{", "{{"), ("}", "}}")):
        plain = plain.replace(mark, safe)
    return {"text": plain}


def _semantic(version: str) -> str | None:
    parts = version.split(".")
    return version if len(parts) == 3 and all(p.isascii() and p.isdigit() for p in parts) else None


def _location(artifact: str) -> Object:
    """Name the file; where in it an item stands is not known, and a host wants a line."""
    uri = quote(shown(artifact, LONGEST).lstrip("/"), safe="/")
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": 1}}}


def _rules(verdict: Verdict) -> Iterator[Object]:
    for topic in dict.fromkeys(total.topic for total in verdict.totals):
        means = notation.TOPIC_MEANS.get(topic, topic)
        yield _rule(_rule_of(topic), notation.topic(topic), f"{means}, more than chance explains")
    yield _rule(ITEM, "item flagged by itself", "this item was in the training data")
    yield _rule(UNDECIDED, "undecided", notation.STATUS_MEANS[Status.UNDECIDED])
    yield _rule(CLEAN, "clean", notation.STATUS_MEANS[Status.CLEAN])


def _rule(name: str, title: str, means: str) -> Object:
    return {
        "id": name,
        "name": "".join(word.capitalize() for word in name.split("/") if word.isalnum()) or "Assay",
        "shortDescription": message(f"{title[:1].upper()}{title[1:]}."),
        "fullDescription": message(f"Tested whether {means}."),
        "help": message(HELP),
    }


def _rule_of(topic: str) -> str:
    return f"assay/{shown(topic, NAME)}"


def _results(verdict: Verdict, where: Object) -> Iterator[tuple[Object, Object]]:
    for total in verdict.totals:
        if total.flags:
            yield _flagged(total, verdict, where), _numbers(total)
    for flag in verdict.flags:
        yield _item(flag, verdict, where), {"pValue": flag.p_value, "score": flag.score}
    if verdict.status is not Status.FLAGGED:
        open_ = verdict.status is Status.UNDECIDED
        yield (
            {
                "ruleId": UNDECIDED if open_ else CLEAN,
                "kind": "open" if open_ else "pass",
                "level": "none",
                "message": message(verdict.headline),
                "locations": [where],
                "partialFingerprints": _fingerprint(verdict, verdict.status.value),
            },
            {"wouldChange": [shown(line, LONGEST) for line in verdict.would_change]},
        )


def _flagged(total: Total, verdict: Verdict, where: Object) -> Object:
    e, needed = notation.e_value(total.e_value), notation.e_value(total.needed)
    means = notation.TOPIC_MEANS.get(total.topic, total.topic)
    p = f", {notation.shuffled(total)}" if total.p_value is not None else ""
    text = (
        f"{shown(verdict.model)}: {means} ({shown(verdict.benchmark)}; {total.null.value} null, "
        f"e-value {e}, {needed} needed{p} at error rate {notation.percent(verdict.alpha)})."
    )
    return {
        "ruleId": _rule_of(total.topic),
        "kind": "fail",
        "level": "error",
        "message": message(text),
        "locations": [where],
        "partialFingerprints": _fingerprint(verdict, notation.kind(total)),
    }


def _item(flag: Flag, verdict: Verdict, where: Object) -> Object:
    text = (
        f"{shown(verdict.model)} treats item {shown(flag.unit)} as something it has seen "
        f"(p {notation.p_value(flag.p_value)})."
    )
    unit = {"name": shown(flag.unit, NAME), "kind": "object"}
    return {
        "ruleId": ITEM,
        "kind": "fail",
        "level": "warning",
        "message": message(text),
        "locations": [{**where, "logicalLocations": [unit]}],
        "partialFingerprints": _fingerprint(verdict, f"item {flag.unit}"),
    }


def _fingerprint(verdict: Verdict, what: str) -> dict[str, str]:
    """Return what makes the same result the same in the next run."""
    named = f"{verdict.benchmark_digest}\n{verdict.model_digest}\n{what}"
    return {"assayClaim/v1": sha256(named.encode("utf-8", "surrogatepass")).hexdigest()}


def _numbers(total: Total) -> Object:
    return {
        "null": total.null.value,
        "eValue": total.e_value,
        "needed": total.needed,
        "instruments": [shown(name, NAME) for name in total.instruments],
    }


def _invocation(verdict: Verdict) -> Object:
    notes = [
        {"level": "note", "message": message(f"{one.instrument}: {one.abstention}")}
        for one in verdict.evidence
        if one.abstention
    ]
    whole = verdict.stop.reason in {"full pass", "decided early"}
    return {"executionSuccessful": whole, "toolExecutionNotifications": notes}


def _properties(verdict: Verdict) -> Object:
    return {
        "status": verdict.status.value,
        "alpha": verdict.alpha,
        "model": shown(verdict.model, NAME),
        "modelDigest": shown(verdict.model_digest, NAME),
        "modelNotes": [shown(note, LONGEST) for note in verdict.model_notes],
        "benchmark": shown(verdict.benchmark, NAME),
        "benchmarkDigest": shown(verdict.benchmark_digest, NAME),
        "stop": verdict.stop.model_dump(mode="json"),
        "cost": verdict.cost.model_dump(mode="json"),
        "notShown": [shown(line, LONGEST) for line in verdict.not_shown],
    }
