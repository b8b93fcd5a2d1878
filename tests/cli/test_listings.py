"""`assay instruments`, `assay doctor`, `assay schema`; and progress."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from assay.catalog import rows
from assay.cli.progress import Lines, progress
from assay.core.settings import Progress
from assay.core.subject import Cost
from assay.report.schema import SCHEMAS

Runner = Callable[..., Any]
PUBLISHED = Path(__file__).parents[2] / "docs" / "schema"


def fits(text: str) -> bool:
    return max(cell_len(line) for line in text.splitlines()) <= 80


def test_instruments_lists_the_catalogue(here: Runner) -> None:
    said = here("instruments")
    assert said.code == 0
    assert all(row.id in said.out for row in rows())
    assert fits(said.out)
    listed = json.loads(here("instruments", "--json").out)
    assert [one["id"] for one in listed] == [row.id for row in rows()]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.id)
def test_instruments_explains_one(here: Runner, row: object) -> None:
    name = getattr(row, "id", "")
    said = here("instruments", name)
    assert said.code == 0
    assert "Fails when" in said.out
    assert fits(said.out)


def test_doctor_mends_what_it_misses(here: Runner) -> None:
    said = here("doctor")
    assert said.code == 0
    assert fits(said.out)
    found = {check["name"]: check for check in json.loads(here("doctor", "--json").out)}
    assert found["Python"]["works"]
    assert found["core packages"]["works"]
    assert found["sandbox"]["works"] == ("bubblewrap, " in found["sandbox"]["found"])
    assert found["sandbox of images"]["found"]
    assert all(
        check["mend"].startswith("pip install")
        for name, check in found.items()
        if not check["works"] and name.startswith(("extra", "model", "benchmark"))
    )


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_published_schema_is_what_is_printed(here: Runner, name: str) -> None:
    said = here("schema", name)
    assert said.out == (PUBLISHED / f"{name}.schema.json").read_text(encoding="utf-8")
    assert json.loads(said.out) == SCHEMAS[name]()


def report(done: int, phase: str = "measuring") -> Progress:
    cost = Cost(calls=done, tokens=1000 * done)
    return Progress(phase=phase, done=done, total=100, cost=cost, e_value=3.0, needed=100.0)


def test_lines_are_few() -> None:
    now = [0.0]
    text = io.StringIO()
    lines = Lines(Console(file=text, width=80), lambda: now[0])
    for done in range(101):
        now[0] += 1.0
        lines(report(done))
    lines(report(100))
    said = text.getvalue().splitlines()
    assert len(said) == 6
    assert said[0].startswith("measuring: 0/100")
    assert "s left" in said[1] or "min left" in said[1]
    assert said[-1].startswith("measuring: 100/100")


def test_a_live_bar_names_phase_cost_and_evidence() -> None:
    text = io.StringIO()
    console = Console(file=text, width=80, force_terminal=True, color_system=None)
    with progress(console) as show:
        for done in (0, 50, 100):
            show(report(done))
        show(report(10, "second \x1b[2J"))
    assert "e 3.00/100" in text.getvalue()
    assert "second \\x1b[2J" in text.getvalue()
