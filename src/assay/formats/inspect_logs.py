"""Logs of Inspect AI: who was right, sample by sample.

A ``.json`` log is read as it stands. A ``.eval`` log is an archive whose form only Inspect knows,
so Inspect opens it; what it holds is looked at before that, for an archive may expand to anything.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from assay.core.errors import BadFormat, StoreError, boundary
from assay.core.loading import load_attribute
from assay.formats.graded import Graded
from assay.formats.inspect_samples import said
from assay.formats.lines import MAX_TOTAL, MAX_WHOLE, check_file
from assay.formats.row import Row, shown, shown_path

__all__ = ["eval_rows", "inspect_samples"]

SUMMARIES = "summaries"
READER = "inspect_ai.log:read_eval_log_sample_summaries"


def eval_rows(path: Path) -> list[Row]:
    """Which samples does a ``.eval`` log hold, in short?

    Raises
    ------
    MissingExtra
        Inspect is not installed.
    BadFormat
        It is no such log, or expands to more than can be read.
    """
    check_file(path)
    _check_archive(path)
    read = load_attribute(READER, extra="api")
    try:
        with boundary(StoreError, f"reading {shown_path(path)}"):
            told = [summary.model_dump(mode="json") for summary in read(str(path))]
    except StoreError as error:
        what = f"Inspect cannot read it as a log ({shown(str(error.__cause__))})"
        raise BadFormat(shown_path(path), None, what, "write it again, or give a CSV") from error
    return [Row(shown_path(path), number, row) for number, row in enumerate(told, 1)]


def _check_archive(path: Path) -> None:
    """Refuse what is no archive, or one that says it expands to more than is read."""
    name = shown_path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        what = f"is no log of Inspect ({error})"
        raise BadFormat(name, None, what, "give the .eval file that Inspect wrote") from error
    short = [m.file_size for m in members if SUMMARIES in m.filename]
    if sum(short) > MAX_WHOLE or sum(m.file_size for m in members) > MAX_TOTAL:
        what = "the archive expands to more than can be read"
        raise BadFormat(name, None, what, "give a CSV of id and correct instead")


def inspect_samples(rows: Iterable[Row]) -> list[Graded]:
    """How was each sample of a log graded?

    Raises
    ------
    BadFormat
        A sample was not scored, or ran in several epochs.
    """
    found = list[Graded]()
    for row in rows:
        if row.values.get("epoch") not in {1, None}:
            what = f"epoch {shown(row.values.get('epoch'))}: an item is right or wrong once"
            raise row.fault(what, "give a log of one epoch, or a CSV of id and correct")
        scores = row.values.get("scores")
        if not isinstance(scores, Mapping) or not scores:
            what = f"sample {shown(row.values.get('id'))} was not scored"
            raise row.fault(what, "finish the evaluation (inspect eval-retry), and score it")
        found.append(Graded(row=row, id=_name(row), text=_asked(row), marks=_marks(row, scores)))
    return found


def _marks(row: Row, scores: Mapping[str, object]) -> dict[str, object]:
    marks: dict[str, object] = {}
    for name, score in scores.items():
        if not isinstance(score, Mapping) or "value" not in score:
            raise row.fault(f"the score {shown(name)} has no value", "score the log again")
        value = score["value"]
        if isinstance(value, Mapping):
            marks |= {f"{name}.{part}": inner for part, inner in value.items()}
        else:
            marks[name] = value
    return marks


def _name(row: Row) -> str | None:
    value = row.values.get("id")
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def _asked(row: Row) -> str | None:
    asked = row.values.get("input")
    text = said(asked, row) if isinstance(asked, list | tuple) else asked
    return text if isinstance(text, str) and text.strip() else None
