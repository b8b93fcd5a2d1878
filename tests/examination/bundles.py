"""Bundles made honestly, and bundles forged and signed with the forger's own key."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.examination.runs import plan, scripted, world

from assay.core.settings import Plan
from assay.examination import run
from assay.examination.bundle import ATTESTATION, LIMITS, PREDICATE, bundle
from assay.store.archive import Packing
from assay.store.signing import make_key, sealed

Change = Callable[[Any], None]


def key(folder: Path) -> Path:
    """Return a private key; made where there is none."""
    path = folder / "key"
    if not path.exists():
        make_key(path)
    return path


def made(
    folder: Path, *, items: int = 24, replies: bool = True, **options: Any
) -> tuple[Path, Path]:
    """Run a plan and bundle it; returns the bundle and the benchmark's file."""
    benchmark, _ = world(folder, items=items)
    given = {"model": scripted(seed=4), "split": None} | options
    return bundled(folder, plan(benchmark, **given), replies=replies), benchmark


def bundled(folder: Path, given: Plan, *, replies: bool = True) -> Path:
    """Run a plan and bundle it."""
    run(given)
    out = folder / "run.assay.zip"
    bundle(Path(str(given.out)), key(folder), out, replies=replies)
    return out


def contents(path: Path) -> dict[str, bytes]:
    """Return what stands in a bundle."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def forged(path: Path, name: str, change: Change) -> Path:
    """Return a copy in which the records of one member were changed, and signed anew.

    `change` is given the list of the member's JSON lines, or the one record it holds.
    """
    held = contents(path)
    lined = name.endswith("l")
    record = [json.loads(x) for x in held[name].splitlines()] if lined else json.loads(held[name])
    change(record)
    lines = "".join(f"{json.dumps(one)}\n" for one in record) if lined else json.dumps(record)
    held[name] = lines.encode()
    (path.parent / "forger").mkdir(exist_ok=True)
    out = path.with_name("forged.assay.zip")
    with Packing(out) as pack:
        digests = {n: pack.add(n, [held[n]]) for n in LIMITS if n != ATTESTATION}
        envelope = sealed(digests, PREDICATE, {}, key(path.parent / "forger"))
        pack.add(ATTESTATION, [envelope.encode()])
    return out
