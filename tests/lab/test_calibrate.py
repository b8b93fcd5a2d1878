"""Calibration: what is counted from scores whose truth is known."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from assay.core.calibration import Box, Calibration, Measured
from assay.core.errors import UnknownName
from assay.core.subject import Cost
from assay.lab.calibrate import calibrate, calibration_of, measured_cases, write
from assay.lab.grid import GRIDS, Grid, grid_of, mix_of
from assay.lab.holdout import left_out
from assay.lab.measuring import Scored
from assay.lab.power import cells_of, mixture, power_of, reach_of, separation, size_of
from assay.verdict import calibration_at

PLAIN = ("logprob.loss", "logprob.zlib", "logprob.mink", "logprob.minkpp")
AREAS = {0: 0.5, 4: 0.85, 16: 0.97}
GRID = Grid(
    mixes=(mix_of("nano", 4, (4, 16)),), broad=1, draws=3, resplits=120, reach=(20,), runs=20
)


def scored(model: int, dose: int, *, area: float | None = None, items: int = 100) -> Scored:
    """Return normal scores of a benchmark, correlated over the plain likelihoods."""
    rng = np.random.default_rng([model, dose])
    mean = AREAS[dose] if area is None else area
    shift = float(stats.norm.ppf(mean)) * math.sqrt(2) if dose else 0.0

    def side(shift: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        base = rng.normal(size=(items, 1)) * math.sqrt(0.9)
        table: np.ndarray[tuple[int, int], np.dtype[np.float64]] = (
            base + rng.normal(size=(items, 4)) * math.sqrt(0.1) + shift
        )
        return table

    above, below = side(shift), side(0.0)
    return Scored(
        id=f"m{model}d{dose}",
        model=f"m{model}",
        parameters=100 + model % 2,
        dose=dose,
        tokens=50 + model,
        scores={
            name: (tuple(above[:, k].tolist()), tuple(below[:, k].tolist()))
            for k, name in enumerate(PLAIN)
        },
        versions=dict.fromkeys(PLAIN, 1),
        costs=dict.fromkeys(PLAIN, Cost(calls=items * 2, tokens=items * 100)),
    )


CASES = tuple(scored(model, dose) for model in range(6) for dose in (0, 4, 16))


def test_cells_hold_every_benchmark_of_every_dose() -> None:
    four, sixteen = cells_of(CASES, PLAIN)
    assert (four.dose, four.models, len(four.separations)) == (4, 6, 6)
    # The mean of ranks sees a little less or more than one score does; six of 100 + 100: .02.
    assert float(np.mean(four.separations)) == pytest.approx(0.85, abs=0.04)
    assert min(sixteen.separations) > max(four.separations)
    assert cells_of(CASES, ("recall.prefix",)) == ()


def test_a_mixture_has_the_share_that_is_asked_for() -> None:
    rng = np.random.default_rng(1)
    case = scored(1, 16, area=0.9999)
    for share in (0.0, 0.3, 1.0):
        areas = [separation(*mixture(case, PLAIN, share, rng)) for _ in range(40)]
        # 50 a side, 40 draws of one case: a standard error below .015 about the mean.
        assert float(np.mean(areas)) == pytest.approx(0.5 + share / 2, abs=0.05)
    suspects, controls = mixture(case, PLAIN, 0.3, rng)
    assert len(suspects) == len(controls) == 50
    everybody = {tuple(row) for row in np.concatenate([suspects, controls])}
    assert len(everybody) == 100


@pytest.mark.slow
def test_clean_items_split_anew_are_flagged_at_the_level_at_most() -> None:
    rng = np.random.default_rng(2)
    for columns in (PLAIN[:1], PLAIN):
        for size in size_of(CASES, columns, 1200, rng):
            # The 99.9 % quantile of 1,200 at the level itself.
            assert size.of == 1200
            assert size.flagged <= stats.binom.ppf(0.999, size.of, size.alpha)
            assert size.low <= size.flagged / size.of <= size.high
            assert size.low <= size.alpha


def test_scores_that_know_their_side_are_demoted_by_no_split() -> None:
    """Splits made anew forget the labels: what a case's own labels say changes nothing."""
    known = scored(3, 0)
    twice = known.model_copy(
        update={
            "scores": {n: (tuple((x or 0) + 5 for x in a), b) for n, (a, b) in known.scores.items()}
        }
    )
    (size, *_) = size_of([twice], PLAIN[:1], 1000, np.random.default_rng(3))
    assert size.low <= size.alpha


def test_power_grows_with_share_and_dose() -> None:
    rng = np.random.default_rng(4)
    rate = {
        (p.dose, p.share): p.flagged / p.of
        for p in power_of(CASES, PLAIN, (0.1, 0.5, 1.0), 10, rng)
    }
    assert rate[4, 1.0] > rate[4, 0.5] >= rate[4, 0.1]
    assert rate[16, 0.5] > rate[4, 0.5]
    assert rate[16, 1.0] > 0.98


def test_reach_is_where_four_of_five_runs_flag() -> None:
    found = {
        (r.columns, r.needed): r.separation
        for r in reach_of((50,), np.random.default_rng(5), times=60)
    }
    # Published for 82 + 82 at .01: AUC .7 has power .86, so that 50 + 50 need a little more.
    assert 0.70 < found[1, 100.0] < 0.80
    assert found[1, 20.0] < found[1, 100.0] < found[1, 1000.0]
    assert found[4, 100.0] > found[1, 100.0] - 0.02


def test_a_calibration_is_counted_written_and_read(tmp_path: Path) -> None:
    made = calibration_of(GRID, CASES)
    assert [one.name for one in made.instruments] == list(PLAIN)
    # Models of 100 parameters, of 101, and all of them.
    assert [one.name for one in made.batteries] == ["likelihoods"] * 3
    assert [one.cells[0].models for one in made.batteries] == [3, 3, 6]
    box = made.batteries[2].box
    assert (box.parameters, box.tokens, box.items) == ((90, 112), (45, 61), (20, 200))
    assert (made.instruments[0].calls or 0) == pytest.approx(1.0)
    assert all(one.excess() is None for one in made.instruments)
    assert "grid" in made.recipe
    path = tmp_path / "c.json"
    write(made, path)
    assert calibration_at(str(path)) == made


def test_models_left_out_are_rarely_cleared_wrongly() -> None:
    ids = dict.fromkeys(PLAIN, 1)
    box = Box(parameters=(1, 1000), tokens=(1, 1), items=(1, 1), access=())
    made = Measured(name="likelihoods", versions=ids, box=box, cells=cells_of(CASES, PLAIN))
    rows = {row["copies"]: row for row in left_out(CASES, [made], draws=15)}
    # 90 draws of six models; draws of one model are alike, so the bound is a loose one.
    assert all(row["wrong clean"] <= 0.05 and row["trials"] == 90 for row in rows.values())
    assert rows[16]["right clean"] > 0.9


def test_the_plans_are_what_the_page_says() -> None:
    full = grid_of("full")
    assert [mix.shape for mix in full.mixes] == ["tiny", "nano"]
    assert full.resplits == 20_000
    doses = [exposure.copies for exposure in full.mixes[0].exposures]
    assert doses == [1, 2, 4, 8, 16, 32]
    assert all(e.share == 1 and e.route == "verbatim" for e in full.mixes[0].exposures)
    page = (Path(__file__).parents[2] / "docs" / "calibration.md").read_text("utf-8")
    assert ", ".join(map(str, doses)) in page
    with pytest.raises(UnknownName, match="huge"):
        grid_of("huge")


@pytest.mark.slow
def test_a_whole_calibration_from_training_to_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = mix_of("nano", 3, (8,), items=24, lessons=5, steps=40, context=128)
    grid = Grid(mixes=(small,), broad=0, draws=2, resplits=30, reach=(10,))
    monkeypatch.setitem(GRIDS, "tiny", grid)
    told: list[str] = []
    made, cases = calibrate("tiny", tmp_path / "out", on_progress=lambda p: told.append(p.phase))
    assert len(cases) == 12
    assert {"train nano", "score nano", "count"} <= set(told)
    assert {one.name for one in made.batteries} == {
        "likelihoods",
        "likelihood against a reference",
    }
    assert all(cell.models == 3 for one in made.batteries for cell in one.cells)
    # A second run trains and scores nothing, and finds the same scores.
    assert measured_cases(grid, tmp_path / "out") == cases
    record = json.loads(made.model_dump_json())
    assert Calibration.model_validate_json(json.dumps(record)) == made
