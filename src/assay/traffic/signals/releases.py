"""Which models came out in these days? From a table, or from the first day on which one is seen."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from assay.core.errors import BadFormat
from assay.formats import strictjson
from assay.formats.lines import check_file, read_whole
from assay.formats.row import shown_path

__all__ = ["Release", "parse", "read"]

MAX_BYTES = 1 << 20
EPOCH = date(1970, 1, 1)
FIX = 'write [[release]] with model = "NAME" and day = 2026-11-03; forced = true where users had to'


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A model that came out."""

    model: str
    day: int
    """Days since 1970, in UTC."""
    forced: bool = False
    """Did its users have to move, because the one before it was switched off?"""

    @property
    def alias(self) -> bool:
        """Is it a name that others are moved under? Then nobody chose to move."""
        return self.model.endswith("-latest")

    @property
    def counts(self) -> bool:
        """May a move to it be held against anybody?"""
        return not (self.alias or self.forced)


def read(path: Path) -> tuple[Release, ...]:
    """Which releases does a TOML or JSON file name?

    Raises
    ------
    BadFormat
        It is neither, or an entry lacks its model or day.
    UsageError
        There is no such file.
    """
    check_file(path)
    text, name = read_whole(path, limit=MAX_BYTES), shown_path(path)
    if path.suffix == ".json":
        found = strictjson.parse(text, path=name, line=None)
    else:
        try:
            found = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise BadFormat(name, None, f"is no TOML: {error}", FIX) from error
    entries = found.get("release") if isinstance(found, dict) else found
    if not isinstance(entries, list):
        raise BadFormat(name, None, "it holds no list of releases", FIX)
    return tuple(parse(entries, name))


def parse(entries: Iterable[object], where: str) -> Iterable[Release]:
    """Turn entries of a file into releases.

    Examples
    --------
    >>> [found] = parse([{"model": "m-2", "day": "1970-01-11"}], "releases.toml")
    >>> found.day, found.counts
    (10, True)
    """
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, Mapping) or not isinstance(entry.get("model"), str):
            raise BadFormat(where, number, "a release without a model's name", FIX)
        if unknown := entry.keys() - {"model", "day", "forced"}:
            raise BadFormat(where, number, f"unknown: {', '.join(map(repr, unknown))[:200]}", FIX)
        forced = entry.get("forced", False)
        if not isinstance(forced, bool):
            raise BadFormat(where, number, f"forced is {forced!r}"[:200], FIX)
        yield Release(
            model=entry["model"], day=_day(entry.get("day"), where, number), forced=forced
        )


def _day(said: object, where: str, number: int) -> int:
    try:
        day = said if isinstance(said, date) else date.fromisoformat(str(said))
        return (date(day.year, day.month, day.day) - EPOCH).days
    except (TypeError, ValueError) as error:
        raise BadFormat(where, number, f"no day: {said!r}"[:200], FIX) from error
