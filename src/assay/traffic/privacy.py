"""Who looked at the content of which case, and why? Every look is written down before it happens.

Nothing in `assay traffic` reads text. An analyst who opens prompts elsewhere writes it here first.
Rows are chained by SHA-256: a row that was edited, added or taken out by another hand is an
`IntegrityError`. Whoever computes all links anew is not caught.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assay.core.errors import BadConfig, IntegrityError, StoreError, boundary
from assay.store.appending import appending, whole_lines
from assay.store.ledger import linked

__all__ = ["Look", "append", "looks"]

SHORTEST = 10


class Look(BaseModel):
    """One decision to open content."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    date: str
    case: str
    reason: str = Field(max_length=2000)
    prompts: int
    """How many prompts may be opened by this decision."""
    by: str = Field(max_length=200)
    """Who asks, as they name themselves."""
    link: str
    """SHA-256 of the row before and of this one."""


def looks(path: Path) -> tuple[Look, ...]:
    """Which looks were written down?

    Raises
    ------
    IntegrityError
        A row is not what was written, or one is missing.
    StoreError
        The file cannot be read.
    """
    with boundary(StoreError, f"reading {path}"):
        data = path.read_bytes() if path.exists() else b""
    return _checked(path, whole_lines(data))


def append(path: Path, *, case: str, reason: str, prompts: int, by: str = "") -> Look:
    """Write down that content of a case is about to be opened; on disk when this returns.

    Raises
    ------
    BadConfig
        No reason is given, or no prompt.
    IntegrityError
        The ledger was changed by another hand.
    StoreError
        It cannot be written: nothing may be opened then.
    """
    if len(reason.strip()) < SHORTEST or prompts < 1:
        msg = (
            f"a look needs a reason of {SHORTEST} characters or more, and a number of prompts\n"
            '  next: --reason "why no other evidence settles it" --prompts 5'
        )
        raise BadConfig(msg)
    doing = f"noting in {path} what is about to be opened"
    with boundary(StoreError, doing), appending(path) as file:
        known = _checked(path, file.lines)
        made = _next(known, case=case, reason=reason.strip(), prompts=prompts, by=by)
        file.write([made.model_dump_json().encode()])
    return made


def _next(known: Iterable[Look], *, case: str, reason: str, prompts: int, by: str) -> Look:
    rows = tuple(known)
    bare = Look(
        number=len(rows) + 1, date=datetime.now(UTC).isoformat(timespec="seconds"), case=case,
        reason=reason, prompts=prompts, by=by, link="",
    )  # fmt: skip
    return bare.model_copy(update={"link": _link(rows, bare)})


def _link(rows: Sequence[Look], row: Look) -> str:
    """Return the link of a row that follows these."""
    body = row.model_dump_json(exclude={"link"}).encode()
    return linked(rows[-1].link if rows else "", str(len(rows) + 1), body)


def _checked(path: Path, lines: Iterable[bytes]) -> tuple[Look, ...]:
    rows: list[Look] = []
    for number, line in enumerate(lines, 1):
        try:
            row = Look.model_validate_json(line)
        except ValidationError as error:
            msg = f"{path}:{number} is no row of the ledger of looks; restore it from a copy"
            raise IntegrityError(msg) from error
        if row.number != number or row.link != _link(rows, row):
            msg = f"{path}:{number} was changed, or a row is missing; restore it from a copy"
            raise IntegrityError(msg)
        rows.append(row)
    return tuple(rows)
