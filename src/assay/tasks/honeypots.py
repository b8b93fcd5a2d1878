"""Honeypots in a private half: which tasks become one, how they look, what is written."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from assay.core.draws import drawn_secret, ranked
from assay.core.errors import BadConfig
from assay.core.item import Canary, Certificate, digest_of
from assay.formats.manifest import Manifest
from assay.tasks.alike import Alike, told_apart
from assay.tasks.attempts import SPACE
from assay.tasks.demanding.planting import may_demand, plant_task
from assay.tasks.planting import Planted, plant_conflict, plant_secret, why_not
from assay.tasks.released import fresh_folder, rows_text, write_all
from assay.tasks.varying.functions import is_function, program_of
from assay.tasks.varying.parts import Source, Variant
from assay.tasks.varying.patches import is_patch
from assay.tasks.varying.proving import Prover

__all__ = ["Plan", "Pots", "plant", "write_pots"]

HEX, DIGITS = ("0123456789abcdef", 32), ("0123456789", 39)
"""Alphabet and length: both are drawn from 2^128 values or more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How many honeypots of each kind, and what they are drawn with."""

    share: float
    """Of the tasks, secret ones; 0 to 0.5."""
    conflict: float
    """Of the tasks, those that contradict their statement."""
    seed: str
    """Says which tasks; it stays private."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pots:
    """The private half with its honeypots."""

    sources: tuple[Source, ...]
    planted: dict[str, Planted]
    secrets: tuple[Canary, ...]
    conflicts: tuple[str, ...]
    certificate: Certificate
    unable: float
    """Share of the other tasks that could have been no honeypot: see `by_draw`."""
    alike: Alike

    @property
    def by_draw(self) -> float:
        """What area can no classifier of statements exceed on average, because lots were drawn?

        Among tasks that could be honeypots, those that are were drawn by lot and keep their
        statements: there the area is one half. The others may all be told.
        """
        return 0.5 + 0.5 * self.unable

    @property
    def space(self) -> int:
        """The fewest values that a secret was drawn from."""
        return min((one.space for one in self.secrets), default=SPACE)


def plant(
    sources: Sequence[Source], plan: Plan, prover: Prover, *, told: Callable[[str], None]
) -> Pots:
    """Make honeypots of tasks that lots name, and see how alike they are to the others.

    Raises
    ------
    BadConfig
        Too few tasks can be honeypots.
    """
    seed = secrets.token_hex(32)
    planted: dict[str, Planted] = {}
    pots: list[Canary] = []
    failed: dict[str, str] = {}
    for source in _drawn(sources, plan, conflict=False):
        if len(pots) == _number(plan.share, sources):
            break
        told(source.item.id)
        secret = _secret(source, seed)
        made = _made(source, secret.secret, Random(f"{plan.seed}:{source.item.id}"), prover)  # noqa: S311 - private
        if isinstance(made, str):
            failed[source.item.id] = made
        else:
            planted[source.item.id] = made
            pots.append(secret)
    conflicts = _conflicts(sources, plan, prover, planted)
    _enough(len(pots), plan.share, sources, "secret", failed)
    _enough(len(conflicts), plan.conflict, sources, "conflict", {})
    labels = [source.item.id in planted for source in sources]
    real = [source for source, one in zip(sources, labels, strict=True) if not one]
    unable = [s for s in real if s.item.id in failed or _unable(s, plan, prover)]
    today = datetime.now(UTC).date()
    return Pots(
        sources=tuple(sources),
        planted=planted,
        secrets=tuple(pots),
        conflicts=tuple(conflicts),
        certificate=Certificate(act="honeypot", seed=seed, committed=today),
        unable=len(unable) / max(1, len(real)),
        alike=told_apart([s.item.statement for s in sources], labels, seed=_folds(plan)),
    )


def _conflicts(
    sources: Sequence[Source], plan: Plan, prover: Prover, planted: dict[str, Planted]
) -> list[str]:
    found: list[str] = []
    for source in _drawn(sources, plan, conflict=True):
        if len(found) == _number(plan.conflict, sources):
            break
        if source.item.id in planted:
            continue
        made = plant_conflict(source, Random(f"{plan.seed}:{source.item.id}"))  # noqa: S311 - private
        if _works(source, made, prover):
            planted[source.item.id] = made
            found.append(source.item.id)
    return found


def _drawn(sources: Sequence[Source], plan: Plan, *, conflict: bool) -> list[Source]:
    """Return the tasks that can be one, in the order of the lots."""
    able = {s.item.id: s for s in sources if not why_not(s, conflict=conflict)}
    return [able[name] for name in ranked(list(able), f"{plan.seed}:{conflict}")]


def _made(source: Source, secret: str, draw: Random, prover: Prover) -> Planted | str:
    """Make a secret honeypot and run it; or say why it is none."""
    if is_patch(source):
        if prover.proofs is None or source.item.id not in prover.proofs.tasks:
            return "its repository was not given: nobody can run it"
        task = plant_task(prover.proofs.tasks[source.item.id], secret, draw, prover.proofs)
        if isinstance(task, str):
            return task
        return Planted(answer=task.patch, columns={"test_patch": task.test_patch})
    made = plant_secret(source, secret, draw)
    return made if _works(source, made, prover) else "its tests do not do what they should"


def _unable(source: Source, plan: Plan, prover: Prover) -> bool:
    """Could it have been no honeypot of one of the kinds that were asked for?"""
    if is_patch(source) and prover.proofs is not None:
        return not may_demand(prover.proofs.tasks[source.item.id], prover.proofs)
    kinds = [kind for kind, share in ((False, plan.share), (True, plan.conflict)) if share]
    return any(why_not(source, conflict=kind) for kind in kinds)


def _folds(plan: Plan) -> int:
    """Return a seed for the classifier's folds; one fixed seed would favour the items' order."""
    return int(hashlib.sha256(f"{plan.seed}:folds".encode()).hexdigest()[:8], 16)


def _number(share: float, sources: Sequence[Source]) -> int:
    return max(1, round(share * len(sources))) if share else 0


def _enough(
    found: int, share: float, sources: Sequence[Source], kind: str, failed: Mapping[str, str]
) -> None:
    wanted = _number(share, sources)
    if found < wanted:
        reasons = sorted({why for s in sources if (why := why_not(s, conflict=kind == "conflict"))})
        reasons += sorted(set(failed.values()))
        msg = (
            f"{found} tasks can be a {kind} honeypot, not {wanted}: {'; '.join(reasons[:3])}\n"
            "  next: a smaller --share or --conflict, or more tasks"
        )
        raise BadConfig(msg)


def _secret(source: Source, seed: str) -> Canary:
    alphabet, size = DIGITS if not is_function(source) and not is_patch(source) else HEX
    blank = Canary(
        id=source.item.id, context=source.item.statement, secret="0" * size, alphabet=alphabet
    )
    return blank.model_copy(update={"secret": drawn_secret(blank, seed)})


def _works(source: Source, made: Planted, prover: Prover) -> bool:
    """Does what passes pass, and does the honest gold fail?"""
    if not is_function(source):
        return True
    item = source.item
    passes, honest = (
        Variant(statement=item.statement, answer=answer, columns=made.columns)
        for answer in (made.answer, item.answer or "")
    )
    good, bad = prover.failures([program_of(passes), program_of(honest)])
    return not good and "AssertionError" in bad


def write_pots(folder: Path, stem: str, pots: Pots, plan: Plan) -> Path:
    """Write the private half, and what may be published of it; return the private file.

    Raises
    ------
    BadConfig
        The folder holds one already.
    """
    fresh_folder(folder, holds=f"private/{stem}.jsonl")
    manifest = Manifest(
        certificates=(pots.certificate,), honeypots=pots.secrets, conflicts=pots.conflicts
    )
    private = manifest.model_dump(mode="json", exclude_defaults=True)
    commitment = {
        "honeypots": digest_of(private),
        "secret": len(pots.secrets),
        "conflict": len(pots.conflicts),
        "tasks": len(pots.sources),
        "space": str(pots.space),
        "alike": asdict(pots.alike),
    }
    statements = [{"id": s.item.id, "statement": s.item.statement} for s in pots.sources]
    write_all(
        folder,
        {f"{stem}.commitment.json": json.dumps(commitment, indent=1) + "\n"},
        {
            f"{stem}.jsonl": rows_text(
                [_row(s, pots.planted.get(s.item.id)) for s in pots.sources]
            ),
            f"{stem}.assay.json": json.dumps(private, indent=1) + "\n",
            f"{stem}.statements.jsonl": rows_text(statements),
            f"{stem}.seed": f"{plan.seed}\n",
        },
    )
    return folder / "private" / f"{stem}.jsonl"


def _row(source: Source, made: Planted | None) -> dict[str, object]:
    """Return a row under the names of its source: those of a honeypot are the same."""
    row: dict[str, object] = {k: v for k, v in source.row.items() if v is not None}
    names = [name for name in ("canonical_solution", "patch", "answer") if name in row]
    if not row:
        row = source.item.model_dump(mode="json", exclude_defaults=True)
        names = ["answer"]
    if "id" not in row and "task_id" not in row:
        row = {"id": source.item.id, **row}
    if made is not None:
        row |= {names[0]: made.answer, **made.columns}
    return row
