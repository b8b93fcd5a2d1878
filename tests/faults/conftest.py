"""The instrument of these tests, offered as another package offers its own."""

from __future__ import annotations

import pytest
from tests.faults.worlds import offered


@pytest.fixture(autouse=True)
def probe(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Offer `continues` through the entry point of instruments."""
    monkeypatch.syspath_prepend(offered(tmp_path_factory.mktemp("offered")))
