"""The instrument of these tests, offered as another package offers its own."""

from __future__ import annotations

from pathlib import Path

import pytest

PACKAGE = "faults_probe"


@pytest.fixture(autouse=True)
def probe(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Offer `continues` through the entry point of instruments."""
    folder = tmp_path_factory.mktemp("offered")
    info = folder / f"{PACKAGE}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {PACKAGE}\nVersion: 1.0\n")
    target = "continues = tests.faults.probe:Continues"
    (info / "entry_points.txt").write_text(f"[assay.instruments]\n{target}\n")
    monkeypatch.syspath_prepend(folder)
    return folder
