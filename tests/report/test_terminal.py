"""The verdict in the terminal: 80 columns, two sets of marks, nothing that moves the cursor."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from assay.core.evidence import Verdict
from assay.report.terminal import show


def shown(verdict: Verdict, *, encoding: str = "utf-8", width: int = 80) -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    show(verdict, Console(file=stream, width=width, color_system=None, legacy_windows=False))
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.parametrize("name", ["flagged", "undecided", "hostile"])
def test_fits_80_columns(name: str, encoding: str, request: pytest.FixtureRequest) -> None:
    text = shown(request.getfixturevalue(name), encoding=encoding)
    assert max(cell_len(line) for line in text.splitlines()) <= 80
    assert "\x1b" not in text
    assert "\u202e" not in text
