"""Benchmarks of short stories, runs on them, and what stands in their ledgers."""

from __future__ import annotations

import json
import sqlite3
import zlib
from pathlib import Path
from typing import Any

from tests.conformance.world import sentence

from assay.core.evidence import Abstention, Finding
from assay.core.item import Item
from assay.core.settings import Plan
from assay.examination import load_run
from assay.formats.writing import write_items

__all__ = ["Row", "offered", "outcomes", "plan_for", "replies", "rows", "stories", "written"]

Row = tuple[int, str, str, bytes, str]
KEY = "FAULTS_API_KEY"


def stories(count: int, *, seed: int = 0) -> tuple[Item, ...]:
    """Return items of three sentences each, no two alike."""
    return tuple(
        Item(id=f"s{n}", statement=". ".join(sentence(f"{seed}:{n}:{k}") for k in range(3)))
        for n in range(count)
    )


def offered(folder: Path) -> Path:
    """Leave in this folder what makes `continues` known, as pip leaves it."""
    info = folder / "faults_probe-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: faults_probe\nVersion: 1.0\n")
    target = "continues = tests.faults.probe:Continues"
    (info / "entry_points.txt").write_text(f"[assay.instruments]\n{target}\n")
    return folder


def written(folder: Path, items: tuple[Item, ...]) -> Path:
    """Write items to a file."""
    write_items(folder / "stories.jsonl", items)
    return folder / "stories.jsonl"


def plan_for(path: Path, url: str, **options: Any) -> Plan:
    """Plan to ask a server on loopback that has the key of these tests."""
    arguments = {"base_url": url, "api_key_env": KEY, "timeout": "5", "max_retries": "0"}
    given = {
        "benchmark": str(path),
        "model": "inspect:openai-api/faults/tiny",
        "model_args": arguments | options.pop("model_args", {}),
        "out": str(path.parent / "run"),
        "instruments": ("continues",),
        "split": 3,
        "full": True,
        "chunk": 4,
    }
    return Plan.model_validate(given | options)


def rows(out: Path) -> list[Row]:
    """Return all recorded replies, as they stand in the ledger."""
    with sqlite3.connect(out / "ledger.sqlite") as db:
        found = db.execute("SELECT id, run, request, body, chain FROM replies ORDER BY id")
        kept = found.fetchall()
    db.close()
    return kept


def replies(out: Path) -> list[dict[str, Any]]:
    """Return what the recorded replies say."""
    return [json.loads(zlib.decompress(body)) for _, _, _, body, _ in rows(out)]


def outcomes(out: Path) -> dict[str, Finding | Abstention]:
    """Return what a run found, by unit."""
    _, records, _ = load_run(out)
    return {r.unit: r for r in records if isinstance(r, Finding | Abstention)}
