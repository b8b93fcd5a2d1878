"""Honest clusters of earlier scans, to compare with: a rank among few can never be rare.

What is kept of a cluster is its scores by day and shortened hashes of its accounts. Each cluster
counts once, however often it was seen: whoever is odd this week was odd the week before, and the
same hundred clusters seen ten times are a hundred. So accounts must be known again from scan to
scan, by one key.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assay.core.errors import BadConfig, BadFormat
from assay.formats.lines import check_file, read_whole
from assay.formats.row import shown_path
from assay.store.files import write_whole
from assay.traffic.campaigns import Days
from assay.traffic.clusters import Cluster
from assay.traffic.drift import check
from assay.traffic.scoring import Weights

__all__ = ["RETAINED", "Earlier", "Reference", "References", "added", "earlier", "opened", "write"]

Floats = NDArray[np.float64]
RETAINED = 180
"""Days for which a cluster is kept."""
FROZEN = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Reference(BaseModel):
    """An honest cluster of one scan."""

    model_config = FROZEN

    formed: int
    """The last day that went into forming it, since 1970."""
    days: tuple[int, ...]
    """Days after that one by which it was scored: 1 is the next."""
    scores: tuple[float | None, ...]
    """None on a day without requests."""
    members: tuple[str, ...]
    """16 hexadecimal digits for each account, whose hash cannot be had back from them."""


class References(BaseModel):
    """What is kept in a file."""

    model_config = FROZEN

    form: Literal[1] = 1
    hashes: str
    """Name of the key by which accounts are known."""
    weights: str
    """Digest of the weights that made the scores."""
    clusters: tuple[Reference, ...] = Field(default=())


@dataclass(frozen=True, slots=True)
class Earlier:
    """What earlier scans lend to this one: paths of shape (clusters, days), or why none."""

    paths: Floats
    why: str = ""


def opened(path: Path | None, *, hashes: str | None, weights: Weights) -> References:
    """Open a file of references; no file, and one that is not there yet, are empty.

    Parameters
    ----------
    hashes
        Name of the key by which this scan knows accounts; None: they are not known again.

    Raises
    ------
    BadConfig
        Accounts are not known again, or the file was made with another key or other weights.
    BadFormat
        It is no such file.
    """
    mine = References(hashes=hashes or "", weights=_digest(weights))
    if path is None:
        return mine
    if hashes is None:
        msg = (
            "references of earlier scans need accounts that are known again: this scan's key is "
            "random\n  next: give --key FILE, the same for every scan"
        )
        raise BadConfig(msg)
    if not path.exists():
        return mine
    check_file(path)
    name = shown_path(path)
    try:
        found = References.model_validate_json(read_whole(path))
    except ValidationError as error:
        fix = "restore it from a copy, or begin another"
        raise BadFormat(name, None, "is no file of references", fix) from error
    if any(len(one.scores) != len(one.days) for one in found.clusters):
        raise BadFormat(name, None, "holds scores without days", "restore it from a copy")
    for what, same in (
        ("key", found.hashes == mine.hashes),
        ("weights", found.weights == mine.weights),
    ):
        if not same:
            raise BadConfig(f"{name} was made with another {what}\n  next: begin another file")
    return found


def earlier(kept: References, formed: Sequence[Cluster], late: Days, honest: Floats) -> Earlier:
    """Which clusters of earlier scans may this one be compared with?

    Those that were judged on the same days after the same day of the week, and of which no account
    is in a cluster of this scan, each once, its newest. All or none: where this scan's own honest
    clusters lie above the earlier ones, at the level of the weekly check, none is used.

    Parameters
    ----------
    formed
        All clusters of this scan.
    late
        The days that count, and scores.
    honest
        Paths of this scan's honest clusters, shape (clusters, days).
    """
    here = {name for one in formed for name in _members(one)}
    offsets = tuple(day - late.formed for day in late.days)
    paths: list[list[float]] = []
    for one in sorted(kept.clusters, key=lambda one: -one.formed):
        fits = one.days == offsets and (late.formed - one.formed) % 7 == 0
        if fits and here.isdisjoint(one.members):
            here.update(one.members)
            paths.append([math.nan if score is None else score for score in one.scores])
    table = np.array(paths, dtype=np.float64).reshape(len(paths), len(late.days))
    table = table[~np.isnan(table).all(axis=1)]
    alike = check([(_typical(honest), _typical(table))])
    if alike.passed:
        return Earlier(table)
    return Earlier(
        table[:0],
        f"{len(table):,} clusters of earlier scans are not used: this scan's honest ones lie above "
        "them oftener than chance allows",
    )


def added(kept: References, references: Sequence[Cluster], late: Days) -> References:
    """Add this scan's honest clusters, and forget what is older than `RETAINED` days.

    What an earlier scan of the same days kept of the same accounts is replaced.
    """
    offsets = tuple(day - late.formed for day in late.days)
    new = [
        Reference(
            formed=late.formed, days=offsets, members=_members(one), scores=_written(late.path(one))
        )
        for one in references
    ]
    now = {name for one in new for name in one.members}
    old = (
        one
        for one in kept.clusters
        if late.formed - one.formed <= RETAINED
        and (one.formed != late.formed or now.isdisjoint(one.members))
    )
    return kept.model_copy(update={"clusters": (*old, *new)})


def write(path: Path, kept: References) -> None:
    """Write a file of references, whole or not at all.

    Raises
    ------
    StoreError
        It cannot be written.
    """
    write_whole(path, [kept.model_dump_json() + "\n"])


def _typical(paths: Floats) -> Floats:
    """Return each cluster's mean over the days on which it was seen."""
    seen = paths[~np.isnan(paths).all(axis=1)] if paths.size else paths[:0]
    return np.asarray(np.nanmean(seen, axis=1) if len(seen) else np.empty(0), dtype=np.float64)


def _written(path: Iterable[float]) -> tuple[float | None, ...]:
    return tuple(None if math.isnan(score) else round(score, 6) for score in path)


def _members(one: Cluster) -> tuple[str, ...]:
    return tuple(hashlib.sha256(name.encode()).hexdigest()[:16] for name in one.accounts)


def _digest(weights: Weights) -> str:
    return hashlib.sha256(weights.model_dump_json().encode()).hexdigest()[:16]
