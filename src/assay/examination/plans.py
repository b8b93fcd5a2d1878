"""A file of many examinations: read and checked whole before anything is spent."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from assay.core.errors import BadFormat
from assay.core.item import digest_of
from assay.core.settings import Plan
from assay.examination.places import Place, line_of

__all__ = ["EXAMPLE", "Family", "read_plan"]

LARGEST = 4 * 2**20  # bytes; a plan is written by hand
OURS = {"out", "stop_at"}  # set for each claim by what the claims share
FIELDS = frozenset(Plan.model_fields) - OURS
MAPPINGS = ("fields", "parameters", "model_args")
TOP = ("name", "q", "out", "defaults", "examine", "matrix")
EXAMPLE = """\
  q = 0.01              # of the flagged claims, the share that may be wrong
  [defaults]
  split = 7
  [matrix]
  benchmarks = ["humaneval"]
  models = ["smollm2", "gemma3-270m"]"""

Table = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Many claims that share one error budget."""

    name: str
    q: float
    out: Path
    claims: tuple[Plan, ...]
    """Each with a folder of its own, and with the e-value at which it may stop."""


@dataclass(frozen=True, slots=True)
class Source:
    """The file, so that every complaint can say where."""

    path: Path
    text: str

    def wrong(self, place: Place, key: str, what: str, fix: str) -> BadFormat:
        """Return the complaint about a key of a table."""
        where = f"{place}: " if place.table else ""
        line = line_of(self.text, place, key)
        return BadFormat(str(self.path), line, f"{where}{what}", fix)

    def only(self, place: Place, given: Iterable[str], known: Iterable[str]) -> None:
        """Refuse a key that means nothing here, and offer the nearest that does."""
        names = sorted(known)
        for key in given:
            if key not in names:
                near = get_close_matches(key, names, n=1, cutoff=0.4)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                fix = f"use {', '.join(names)}"
                raise self.wrong(place, key, f"there is no key {key!r} here{hint}", fix)


def read_plan(path: Path) -> Family:
    """Which examinations does this file ask for?

    Parameters
    ----------
    path
        A TOML file. `[[examine]]` tables name one examination each, with the fields of `Plan`;
        `[matrix]` has `benchmarks` and `models`, each a name or a table of fields, and every
        pair is examined; `[defaults]` holds for all. At the top: `q`, `out`, `name`. Paths are
        taken from where the command is run, as on the command line.

    Returns
    -------
    Family
        Each claim may stop once it would be flagged whatever the others find: when its e-value
        reaches the number of claims over q (docs/decisions/0007).

    Raises
    ------
    BadFormat
        Something is not as it should be: says line, table and key, and the nearest known name.
    """
    source = Source(path, _text(path))
    tables = _parsed(source)
    top = Place("", 1)
    source.only(top, tables, TOP)
    q = tables.get("q", 0.01)
    if not isinstance(q, float) or not 0 < q < 1:
        raise source.wrong(top, "q", f"q = {q!r} is no share between 0 and 1", "write q = 0.01")
    name, out = (_word(source, tables, key) for key in ("name", "out"))
    claims: dict[str, Plan] = {}
    for place, claim in _claims(source, tables):
        if claims.setdefault(_named(claim), claim) is not claim:
            what = f"{claim.model} on {claim.benchmark} stands there already: it is one claim"
            raise source.wrong(place, "", what, "leave one of the two out")
    if not claims:
        example = f"write [[examine]] tables, or\n{EXAMPLE}"
        raise BadFormat(str(path), None, "it names nothing to examine", example)
    folder = Path(out or Path("runs") / path.stem)
    return Family(
        name=name or path.stem,
        q=q,
        out=folder,
        claims=tuple(
            claim.model_copy(update={"out": str(folder / own), "stop_at": len(claims) / q})
            for own, claim in claims.items()
        ),
    )


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise BadFormat(str(path), None, f"more than {LARGEST} bytes", "split the plan in two")
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        fix = f"ls {path.parent}, or write\n{EXAMPLE}"
        raise BadFormat(str(path), None, f"cannot be read ({error.strerror})", fix) from error
    except UnicodeDecodeError as error:
        raise BadFormat(str(path), None, "is not UTF-8", "save it as UTF-8") from error


def _parsed(source: Source) -> Table:
    try:
        return tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        line = int(at[1]) if at else len(source.text.splitlines())
        fix = "mend that line; texts stand in quotes"
        raise BadFormat(str(source.path), line, f"is not TOML: {error}", fix) from error
    except RecursionError as error:
        raise BadFormat(str(source.path), None, "is nested too deep", "write it flat") from error


def _word(source: Source, tables: Table, key: str) -> str:
    value = tables.get(key, "")
    if not isinstance(value, str):
        fix = f'write {key} = "..."'
        raise source.wrong(Place("", 1), key, f"{key} = {value!r} is no text", fix)
    return value


def _claims(source: Source, tables: Table) -> Iterator[tuple[Place, Plan]]:
    """Yield every claim with the place that names it."""
    defaults = _table(source, Place("defaults", 1), tables.get("defaults", {}), FIELDS)
    examine = tables.get("examine", [])
    if not isinstance(examine, list):
        fix = "write [[examine]], with two brackets"
        raise source.wrong(Place("examine", 1), "", "is one table, not a list of them", fix)
    for number, one in enumerate(examine, start=1):
        place = Place("examine", number, listed=True)
        yield place, _claim(source, place, [defaults, _table(source, place, one, FIELDS)])
    yield from _pairs(source, tables.get("matrix"), defaults)


def _pairs(source: Source, matrix: object, defaults: Table) -> Iterator[tuple[Place, Plan]]:
    """Yield every benchmark with every model."""
    if matrix is None:
        return
    place = Place("matrix", 1)
    keys = {"benchmarks": "benchmark", "models": "model"}
    sides = _table(source, place, matrix, keys)
    listed: list[list[Table]] = []
    for key, field in keys.items():
        entries = sides.get(key)
        if not isinstance(entries, list) or not entries:
            fix = f'write {key} = ["...", "..."]'
            raise source.wrong(place, key, f"{key} must list at least one {field}", fix)
        other = FIELDS - {name for name in keys.values() if name != field}
        wholes = [{field: one} if isinstance(one, str) else one for one in entries]
        listed.append([_table(source, place, one, other) for one in wholes])
    for benchmark in listed[0]:
        for model in listed[1]:
            yield place, _claim(source, place, [defaults, benchmark, model])


def _table(source: Source, place: Place, table: object, known: Iterable[str]) -> Table:
    if not isinstance(table, dict):
        raise source.wrong(place, "", f"{table!r} is no table", 'write key = "value" lines in it')
    source.only(place, table, known)
    return table


def _claim(source: Source, place: Place, layers: list[Table]) -> Plan:
    """Return the claim that the layers describe; a later one overrules an earlier."""
    merged: Table = {}
    for layer in layers:
        merged |= {key: value for key, value in layer.items() if key not in MAPPINGS}
    for key in MAPPINGS:
        given = [layer[key] for layer in layers if key in layer]
        flat = [_flat(one) if isinstance(one, dict) else one for one in given]
        if flat:
            merged[key] = dict(p for f in flat for p in f.items()) if _all_maps(flat) else flat[-1]
    try:
        return Plan.model_validate(merged)
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0])
        if first["type"] == "missing":
            fix = f'write {key} = "..." there, or in [defaults]'
            raise source.wrong(place, "", f"no {key} is named", fix) from error
        what = f"{key} = {first['input']!r}: {first['msg']}"
        raise source.wrong(place, key, what, "assay examine --help says what it takes") from error


def _flat(table: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Write {"order": {"shuffles": 999}}, as TOML reads order.shuffles = 999, as one name."""
    found: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{before}{key}.")
        elif isinstance(value, bool):
            found[before + key] = str(value).lower()
        else:
            found[before + key] = str(value) if isinstance(value, int | float) else value
    return found


def _all_maps(values: Iterable[object]) -> bool:
    return all(isinstance(value, dict) for value in values)


CLAIM = {
    *("benchmark", "fields", "certificate", "wrong", "split", "controls"),
    *("model", "model_args", "reference"),
}
"""What a claim is about; with which instruments and limits it is examined is another matter."""


def _named(claim: Plan) -> str:
    """Return the name of a claim's folder: reruns of it land there, and its ledger counts them."""
    mark = digest_of(claim.model_dump(mode="json", include=CLAIM))[:8]
    parts = (re.sub(r"[^A-Za-z0-9._-]+", "-", name) for name in (claim.benchmark, claim.model))
    return "-".join([*(part.strip("-.")[-30:] for part in parts), mark])
