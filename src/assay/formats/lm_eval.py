"""Samples that lm-eval wrote with `--log_samples`: one document, its filters and its metrics a row.

A document has no name of its own there, only a number; so it is known by what it asks. Where a
task filters its answers in several ways, a metric is called as lm-eval calls it: "metric,filter".
"""

from __future__ import annotations

from collections.abc import Iterable

from assay.core.errors import UsageError
from assay.formats.fields import Taker
from assay.formats.graded import Graded
from assay.formats.items import detect
from assay.formats.row import Row, shown

__all__ = ["SIGNS", "lm_eval_samples"]

SIGNS = frozenset({"doc_id", "doc", "metrics"})
PLAIN = "none"
"""What lm-eval calls the filter that changes nothing."""


def lm_eval_samples(rows: Iterable[Row]) -> list[Graded]:
    """How was each document graded? Its filters are brought together.

    Raises
    ------
    BadFormat
        A row is no sample, or grades a document twice by one metric and filter.
    """
    found: dict[int | str, Graded] = {}
    for row in rows:
        number = row.values.get("doc_id")
        if isinstance(number, bool) or not isinstance(number, int | str):
            raise row.fault(f"doc_id is {shown(number)}, no number", "write the samples again")
        marks, before = _marks(row), found.get(number)
        if before is not None:
            twice = set(marks) & set(before.marks)
            if twice:
                what = f"document {shown(number)} stands on line {before.row.line} already"
                raise row.fault(what, "give the samples of one run of one task")
            marks = {**before.marks, **marks}
        name, asked = _asked(row)
        found[number] = Graded(row=row, id=name, text=asked, marks=marks)
    return list(found.values())


def _marks(row: Row) -> dict[str, object]:
    """Return what each metric says, with the filter's name where there is one."""
    names = row.values.get("metrics")
    if not isinstance(names, list | tuple) or not all(isinstance(n, str) for n in names):
        what = f"metrics is {shown(names)}, no list of names"
        raise row.fault(what, "write the samples again with lm-eval --log_samples")
    used = row.values.get("filter", PLAIN)
    tail = "" if used == PLAIN or not isinstance(used, str) else f",{used}"
    return {f"{name}{tail}": row.values.get(name) for name in names}


def _asked(row: Row) -> tuple[str | None, str | None]:
    """Return the document's own id and what it asks, as far as its columns are known."""
    doc = row.values.get("doc")
    if not isinstance(doc, dict):
        raise row.fault(f"doc is {shown(doc)}, no object", "write the samples again")
    layout = detect(doc)
    inner = Row(row.path, row.line, doc)
    try:
        taker = Taker(layout.prepare(inner), layout, {})
        return taker.text("id"), taker.statement()
    except UsageError:  # a task with columns of its own: it may still have an id
        return _name(doc), None


def _name(doc: dict[str, object]) -> str | None:
    value = doc.get("id", doc.get("task_id"))
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
