"""Scores in: a file of graded answers becomes who was right on which item, or an error."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.core.errors import BadConfig, BadFormat
from assay.core.item import Item
from assay.core.scores import Scores
from assay.formats.benchmarks import rows_of
from assay.formats.controls import folded
from assay.formats.fields import Taker
from assay.formats.graded import CORRECT, Graded, marked, right
from assay.formats.inspect_logs import eval_rows, inspect_samples
from assay.formats.jsonl import as_row
from assay.formats.lines import check_file, read_whole
from assay.formats.lm_eval import SIGNS, lm_eval_samples
from assay.formats.plain import PLAIN
from assay.formats.row import Row, shown, shown_path, shown_some
from assay.formats.strictjson import parse

__all__ = ["ScoreFiles", "open_scores"]

ID = "id"
FORM = "write rows of id and correct, as in: id,correct"
Items = Sequence[Item]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreFiles:
    """Where is it written who was right?"""

    scores: str | None = None
    siblings: str | None = None
    others: str | None = None
    metric: str = ""


def open_scores(
    files: ScoreFiles, suspects: Items, controls: Items, planted: Items = ()
) -> Scores | None:
    r"""Who was right on what? None where no scores are given.

    Parameters
    ----------
    files
        Where it is written. Scores: a log of Inspect (.eval, .json), samples of lm-eval (.jsonl),
        or rows of id and correct in any form that a benchmark may have. Siblings: rows of id and
        correct, a row for each sealed sibling or several marks in one row ("1 0 1"). Others: rows
        of id, and a column for each model.
    suspects, controls
        The items. All suspects must be scored, and all controls or none.
    planted
        Honeypots, which whoever grades cannot tell from items: read, and never part of a score.

    Raises
    ------
    UsageError
        A file cannot be read, names items that there are not, leaves some out, names one twice,
        or says anything but right or wrong.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> items = [Item(id="a", statement="1 + 1 ="), Item(id="b", statement="2 + 2 =")]
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "scores.csv"
    ...     _ = file.write_text("id,correct\na,1\nb,0\n")
    ...     open_scores(ScoreFiles(scores=str(file)), items, ()).reported
    0.5
    """
    if files.scores is None:
        beside = {"sibling-scores": files.siblings, "others": files.others, "metric": files.metric}
        for option, value in beside.items():
            if value:
                msg = f"--{option} {value}: says nothing without scores\n  next: add --scores FILE"
                raise BadConfig(msg)
        return None
    path = Path(files.scores)
    known = (*suspects, *controls, *planted)
    told = _matched(path, list(marked(graded_of(path), files.metric)), known)
    return Scores(
        suspects=_side(path, told, suspects, needed=True),
        controls=_side(path, told, controls, needed=False),
        siblings=_siblings(Path(files.siblings), suspects) if files.siblings else {},
        others=_others(Path(files.others), suspects, controls, planted) if files.others else {},
    )


def graded_of(path: Path) -> list[Graded]:
    """Return the graded answers of a file, whichever of the known forms it has."""
    if path.suffix.lower() == ".eval":
        found = inspect_samples(eval_rows(path))
    elif (samples := _log(path)) is not None:
        found = inspect_samples(samples)
    else:
        rows = list(rows_of(path))
        found = lm_eval_samples(rows) if rows and set(rows[0].values) >= SIGNS else _plain(rows)
    if not found:
        raise BadFormat(shown_path(path), None, "holds no graded answers", FORM)
    return found


def _log(path: Path) -> list[Row] | None:
    """Return the samples of a log of Inspect in JSON; None where the file is no such log."""
    if path.suffix.lower() != ".json":
        return None
    check_file(path)
    name = shown_path(path)
    value = parse(read_whole(path), path=name, line=None)
    if not isinstance(value, dict) or "eval" not in value:
        return None
    samples = value.get("samples")
    if not isinstance(samples, list):
        fix = "write it with its samples: inspect log convert"
        raise BadFormat(name, None, "is a log of Inspect without samples", fix)
    return [as_row(name, number, sample) for number, sample in enumerate(samples, 1)]


def _plain(rows: Iterable[Row]) -> list[Graded]:
    found = list[Graded]()
    for row in rows:
        marks = {name: value for name, value in row.values.items() if name != ID}
        found.append(Graded(row=row, id=_id(row), marks=marks))
    return found


def _id(row: Row) -> str:
    name = Taker(row, PLAIN, {}).text(ID)
    if name is None:
        what = f"field 'id' is missing; the row has {shown_some(row.values)}"
        raise row.fault(what, FORM)
    return name


def _matched(
    path: Path, told: Sequence[tuple[Graded, bool]], items: Items
) -> dict[str, tuple[Graded, bool]]:
    """Find the item of each answer: by its id, else by what it asks, all in one way."""
    ids, texts = {item.id for item in items}, _by_text(items)
    names: Sequence[str | None] = [one.id for one, _ in told]
    asked = [texts.get(folded(one.text)) if one.text is not None else None for one, _ in told]
    # The better of the two ways is taken; what it leaves open is complained about.
    if sum(name is None for name in asked) < sum(name not in ids for name in names):
        names = asked
    _refuse_strangers(path, [o for (o, _), n in zip(told, names, strict=True) if n not in ids])
    for (one, _), name, other in zip(told, names, asked, strict=True):
        if other not in {None, name}:
            what = f"its id is {shown(name)}, but it asks what {shown(other)} asks"
            raise one.row.fault(what, "give the scores of this version of the benchmark")
    found: dict[str, tuple[Graded, bool]] = {}
    for (one, mark), name in zip(told, names, strict=True):
        before = found.setdefault(str(name), (one, mark))[0]
        if before is not one:
            what = f"{shown(name)} is graded on line {before.row.line} already"
            raise one.row.fault(what, "leave one of the two out")
    return found


def _by_text(items: Items) -> dict[str, str]:
    """Return the id of every question that only one item asks."""
    asked = Counter(folded(item.statement) for item in items)
    keyed = ((folded(item.statement), item.id) for item in items)
    return {text: name for text, name in keyed if asked[text] == 1}


def _refuse_strangers(path: Path, strangers: Sequence[Graded]) -> None:
    """Refuse answers to what is no item: name the first, and say how many there are."""
    if strangers:
        first, many = strangers[0], len(strangers)
        who = shown(first.id) if first.id is not None else f"the question {shown(first.text)}"
        what = f"{who} is no item that is scored here; {many:,} such in the file"
        fix = "give the scores of this benchmark, with its ids; siblings go by the published id"
        raise BadFormat(shown_path(path), first.row.line, what, fix)


def _named(path: Path, ids: Container[str]) -> list[Graded]:
    """Return the rows of a file, all of which must name one of these items."""
    found = _plain(rows_of(path))
    _refuse_strangers(path, [one for one in found if one.id not in ids])
    return found


def _side(
    path: Path, told: Mapping[str, tuple[Graded, bool]], items: Items, *, needed: bool
) -> dict[str, bool]:
    """Return who was right on one side: all of its items, or none where that may be."""
    found = {item.id: told[item.id][1] for item in items if item.id in told}
    if found or needed:
        _refuse_gaps(path, [item.id for item in items if item.id not in told], len(items))
    return found


def _refuse_gaps(path: Path, missing: Sequence[str], of: int) -> None:
    if missing:
        what = f"{len(missing):,} of {of:,} items are not there, the first is {shown(missing[0])}"
        fix = "add them: what was not answered is wrong, and leaving it out would flatter"
        raise BadFormat(shown_path(path), None, what, fix)


def _siblings(path: Path, suspects: Items) -> dict[str, tuple[bool, ...]]:
    """Return who was right on sealed siblings of the published items."""
    sealed = {item.id: len(item.siblings) for item in suspects if item.siblings}
    if not sealed:
        what = "no published item has sealed siblings that could be scored"
        raise BadFormat(shown_path(path), None, what, "leave it out: --sibling-scores")
    found: dict[str, tuple[bool, ...]] = {}
    for one in _named(path, sealed):
        row, name = one.row, str(one.id)
        found[name] = (*found.get(name, ()), *_several(row))
        if len(found[name]) > sealed[name]:
            what = f"{len(found[name])} siblings of {shown(name)} are graded, and it has fewer"
            raise row.fault(what, f"it has {sealed[name]}: leave out what is no sealed sibling")
    _refuse_gaps(path, [name for name in sealed if name not in found], len(sealed))
    return found


def _several(row: Row) -> tuple[bool, ...]:
    """Return one mark or several: a list, or a text with blanks between."""
    value = row.values.get(CORRECT)
    if isinstance(value, str) and value.strip():
        value = value.split()
    marks = value if isinstance(value, list | tuple) and value else [value]
    return tuple(right(row, CORRECT, mark) for mark in marks)


def _others(
    path: Path, suspects: Items, controls: Items, planted: Items
) -> dict[str, tuple[bool, ...]]:
    """Return what other models answered, on all suspects and on all controls or none."""
    ids = {item.id for item in (*suspects, *controls, *planted)}
    found: dict[str, tuple[bool, ...]] = {}
    for one in _named(path, ids):
        row, name = one.row, str(one.id)
        if name in found:
            raise row.fault(f"{shown(name)} stands there twice", "leave one of the two out")
        columns = [(column, mark) for column, mark in one.marks.items() if mark is not None]
        if not columns:
            raise row.fault(f"no model answered {shown(name)}", "give at least one model's mark")
        found[name] = tuple(right(row, column, value) for column, value in columns)
    for side, needed in ((suspects, True), (controls, any(c.id in found for c in controls))):
        if needed:
            missing = [item.id for item in side if item.id not in found]
            _refuse_gaps(path, missing, len(side))
    apart = {item.id for item in planted}
    return {name: marks for name, marks in found.items() if name not in apart}
