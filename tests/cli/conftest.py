"""A small benchmark on disk, a model that knows half of it, and a way to run the command line."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import assay
from assay import cli

WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "inlet", "jetty")


@dataclass(frozen=True)
class Said:
    """What a command line left behind."""

    code: int
    out: str
    err: str


Runner = Callable[..., Said]


@pytest.fixture
def here(capfd: pytest.CaptureFixture[str]) -> Runner:
    """Run the command line in this process."""

    def invoke(*arguments: str) -> Said:
        capfd.readouterr()
        code = cli.run(arguments)
        out, err = capfd.readouterr()
        return Said(code, out, err)

    return invoke


@pytest.fixture
def benchmark_file(tmp_path: Path) -> Path:
    """Return a file of 60 items."""
    rng = random.Random(7)  # noqa: S311 - repeatable, not secret
    rows = [
        {
            "id": f"item-{i}",
            "statement": " ".join(rng.choices(WORDS, k=30)),
            "answer": " ".join(rng.choices(WORDS, k=6)),
        }
        for i in range(60)
    ]
    path = tmp_path / "bench.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def knowing(benchmark_file: Path, tmp_path: Path) -> str:
    """Return the name of a model that has memorised the published half (split 3)."""
    published, _ = assay.split(assay.open_benchmark(str(benchmark_file)).items, 3)
    memory = tmp_path / "memory.jsonl"
    lines = (json.dumps({"text": item.text}) + "\n" for item in published)
    memory.write_text("".join(lines), encoding="utf-8")
    return f"scripted:knows={memory}"
