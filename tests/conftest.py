"""The development data where it lies."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture
def shared() -> Path:
    """Return the folder of development data, or skip."""
    beside = Path(__file__).resolve().parents[1].parent / "shared"
    folder = Path(os.environ.get("ASSAY_SHARED", beside)) / "data"
    if not folder.is_dir():
        pytest.skip("the development data is not here; ASSAY_SHARED may name its folder")
    return folder
