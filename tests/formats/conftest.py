"""Files made for one test."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

Writer = Callable[..., Path]


@pytest.fixture
def jsonl(tmp_path: Path) -> Writer:
    """Write rows as JSON Lines."""

    def write(*rows: object, name: str = "b.jsonl") -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return path

    return write


@pytest.fixture
def raw(tmp_path: Path) -> Writer:
    """Write bytes as they are."""

    def write(content: bytes, name: str = "b.jsonl") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write
