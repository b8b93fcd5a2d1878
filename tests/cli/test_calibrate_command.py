"""`assay lab calibrate`, and what the other commands show of a calibration."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.verdict.calibrations import calibration, measured, too_eager

from assay.cli.lab_calibrate import _row
from assay.lab.grid import GRIDS, Grid, mix_of
from assay.report.measured import measured_lines
from assay.verdict import calibration_at

Runner = Callable[..., Any]


def test_another_size_is_refused(here: Runner, tmp_path: Path) -> None:
    said = here("lab", "calibrate", "--size", "huge", "--out", str(tmp_path))
    assert said.code == 2
    assert "'huge'" in said.err
    assert not any(tmp_path.iterdir())


def test_an_instrument_shows_what_was_measured(here: Runner) -> None:
    (one,) = json.loads(here("instruments", "logprob.loss.ref", "--json").out)
    packaged = calibration_at().of("logprob.loss.ref", 1)
    assert one["calibration"] == (packaged and packaged.model_dump(mode="json"))
    assert "Calibration" in here("instruments", "logprob.loss.ref").out


def test_demotion_is_said() -> None:
    lines = measured_lines(too_eager("order").instruments[0])
    assert any("Demoted: descriptive" in line and "40 of 1,000" in line for line in lines)
    assert _row(calibration().instruments[0])["AUC x16"] == "0.97"
    assert _row(measured("order", ["order"]))["size at .01"] == ""


@pytest.mark.slow
def test_from_the_command_to_the_file(
    here: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = mix_of("nano", 3, (8,), items=24, lessons=5, steps=40, context=128)
    grid = Grid(mixes=(small,), broad=0, draws=2, resplits=30, reach=(10,), runs=10)
    monkeypatch.setitem(GRIDS, "tiny", grid)
    out, file = tmp_path / "out", tmp_path / "made.json"
    said = here("lab", "calibrate", "--out", str(out), "--write", str(file))
    assert said.code == 0
    assert "demoted: none" in said.out
    assert calibration_at(str(file)).batteries
    # The folder is another grid's now: nothing is overwritten.
    monkeypatch.setitem(
        GRIDS, "tiny", grid.model_copy(update={"mixes": (mix_of("nano", 2, (8,)),)})
    )
    again = here("lab", "calibrate", "--out", str(out))
    assert again.code == 2
    assert "next:" in again.err
