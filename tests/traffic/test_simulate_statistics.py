"""Rhythms, burstiness and lengths are the wanted ones; with real traces, the clients'."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assay.core.errors import BadFormat
from assay.traffic.simulate.arrivals import arrivals, starts
from assay.traffic.simulate.cast import SOURCE
from assay.traffic.simulate.draws import Floats, Records, from_quantiles, keyed, share
from assay.traffic.simulate.shapes import GAPS, HUMAN, WINDOW, WINDOWS, Shapes, published
from assay.traffic.simulate.traces import read_traces

DATA = Path(__file__).parents[3] / "shared" / "data"
DAY = 86_400.0


def sources(count: int, profile: object, rate: object, cv: object) -> Records:
    made = np.zeros(count, SOURCE)
    made["profile"], made["rate"], made["cv"] = profile, rate, cv
    made["end"], made["days_on"] = np.inf, 1
    return made


def drawn(some: Records, shapes: Shapes, days: int) -> list[Floats]:
    """Return the times of each source."""
    parts = list(starts(some, shapes, days * DAY, np.random.default_rng(3)))
    times, which = (np.concatenate([p[i] for p in parts]) for i in (0, 1))
    return [times[which == one] for one in range(len(some))]


def variation(times: Floats) -> float:
    gaps = np.diff(times)
    return float(gaps.std() / gaps.mean())


@pytest.fixture(scope="module")
def shapes() -> Shapes:
    return published(np.random.default_rng(1))


@pytest.mark.parametrize("weibull", [False, True])
@pytest.mark.parametrize("cv", [0.5, 1.0, 2.5])
def test_gaps_have_the_wanted_variation(shapes: Shapes, cv: float, *, weibull: bool) -> None:
    some = sources(200, HUMAN["always"], 500, cv)
    some["weibull"] = weibull
    # The mean of 200 sample variations of 500 gaps each: a standard error below 2 %, and a bias
    # of a few per cent downwards where gaps have long tails (cv 2.5).
    found = np.mean([variation(times) for times in drawn(some, shapes, 1)])
    assert found == pytest.approx(cv, rel=0.06 if cv < 2 else 0.12)


def test_numbers_are_poisson(shapes: Shapes) -> None:
    counts = np.array([len(t) for t in drawn(sources(400, HUMAN["office"], 50, 3), shapes, 1)])
    monday = shapes.profiles[HUMAN["office"]][:144].mean() * 50
    assert counts.mean() == pytest.approx(monday, abs=4 * (monday / 400) ** 0.5)
    # Variance over mean of 400 counts: 1 with a standard error of sqrt(2/400) = .07.
    assert counts.var() / counts.mean() == pytest.approx(1, abs=0.28)


def test_the_day_has_its_shape(shapes: Shapes) -> None:
    times = np.concatenate(drawn(sources(300, HUMAN["office"], 200, 1), shapes, 7))
    found = np.bincount((times // WINDOW).astype(int), minlength=1008)
    wanted = shapes.profiles[HUMAN["office"]][:1008] * 200 * 300 / 144
    # Pearson's statistic over 1,008 windows with at least 20 expected: mean 1,008, sd 45.
    big = wanted > 20
    chi = ((found - wanted)[big] ** 2 / wanted[big]).sum()
    assert chi < big.sum() + 5 * (2 * big.sum()) ** 0.5


def test_published_figures_are_kept() -> None:
    many = [published(np.random.default_rng(seed)) for seed in range(6)]
    cvs = np.concatenate([s.cvs[len(HUMAN) :] for s in many])
    assert 1.25 <= np.median(cvs) <= 1.6
    assert 3 <= np.quantile(cvs, 0.9) <= 8.2
    there = np.concatenate([(s.profiles[len(HUMAN) :] > 0).mean(axis=1) for s in many])
    assert 0.25 <= (there > 0.83).mean() <= 0.75  # 20 hours of 24
    assert (there < 0.3).mean() > 0.2


def test_benchmarks_run_in_the_rhythm_of_recorded_harnesses(shapes: Shapes) -> None:
    recorded = json.loads(files("assay.traffic.simulate").joinpath("harness.json").read_text())
    assert {one["made_by"].split()[0] for one in recorded} == {"inspect_ai", "lm_eval"}
    for place, one in enumerate(recorded, len(GAPS)):
        some = sources(20, HUMAN["always"], 3, 1)
        some["benchmarks"], some["most"], some["gaps"], some["gap"] = True, 2000, place, 2.0
        made = arrivals(some, shapes, 7 * DAY, np.random.default_rng(5))
        gaps = np.diff(made.time)[np.diff(made.session) == 0] / 2.0
        # Some 100,000 gaps: their median is the recorded one, but for the interpolation.
        assert np.median(gaps) == pytest.approx(one["gaps"][16], rel=0.03)
        whole = np.bincount(made.session)
        assert set(np.unique(whole[whole > 0])) & {164, 500, 1319}


def test_keys_give_even_numbers() -> None:
    numbers = share(keyed(7, np.arange(100_000)))
    # Mean and variance of uniform numbers: four standard errors.
    assert abs(numbers.mean() - 0.5) < 4 * (1 / 12 / 1e5) ** 0.5
    assert abs(numbers.var() - 1 / 12) < 4 * (1 / 180 / 1e5) ** 0.5
    assert len(np.unique(keyed(7, np.arange(100_000)))) == 100_000


def tiny(folder: Path, *, rows: int = 2 * WINDOWS) -> Path:
    """Write traces of two made-up clients."""
    (folder / "servegen").mkdir()
    rhythm = {
        "pool": ["m-large"] * rows, "client": np.arange(rows) // WINDOWS, "rate": [0.5] * rows,
        "cv": [2.0] * rows, "family": ["Gamma"] * rows,
    }  # fmt: skip
    pq.write_table(pa.table(rhythm), folder / "servegen" / "traces.parquet")
    sizes = {
        "pool": ["m-large"] * 4, "client": [0, 0, 0, 0], "side": ["input"] * 2 + ["output"] * 2,
        "tokens": [100, 300, 10, 30], "prob": [0.5, 0.5, 0.5, 0.5],
    }  # fmt: skip
    pq.write_table(pa.table(sizes), folder / "servegen" / "lengths.parquet")
    return folder


def test_traces_are_read(tmp_path: Path) -> None:
    made = read_traces(tiny(tmp_path))
    assert made.origin[len(HUMAN) :].tolist() == [0, 1]
    assert made.cvs[-2:].tolist() == [2.0, 2.0]
    assert made.volumes[-1] == 0.5 * DAY
    assert made.lengths[-2] >= 0 > made.lengths[-1]
    row = made.lengths[-2:-1]
    assert from_quantiles(made.inputs, row, np.array([0.1])) == 100
    assert from_quantiles(made.outputs, row, np.array([0.9])) == 30
    assert read_traces(tmp_path, half=1).origin[len(HUMAN) :].tolist() == [1]


def test_bad_traces_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadFormat, match=r"traces.parquet: cannot be read"):
        read_traces(tmp_path)
    with pytest.raises(BadFormat, match="4031 rows, not a multiple of 2016"):
        read_traces(tiny(tmp_path, rows=4031))
    (tmp_path / "servegen" / "traces.parquet").write_bytes(b"PAR1 cut")
    with pytest.raises(BadFormat, match=r"traces.parquet: cannot be read"):
        read_traces(tmp_path)


@pytest.fixture(scope="module")
def real() -> Shapes:
    if not (DATA / "servegen").exists():
        pytest.skip("no real traces beside the checkout")
    return read_traces(DATA)


@pytest.mark.shared
def test_rates_and_days_are_the_clients(real: Shapes) -> None:
    rows = np.flatnonzero((real.volumes > 3_000) & (real.origin >= 0))
    some = sources(len(rows), rows, 3_000, real.cvs[rows])
    times = drawn(some, real, 14)
    # Totals are Poisson around 42,000: none of about 150 is five standard errors off.
    totals = np.array([len(t) for t in times])
    assert np.abs(totals / 42_000 - 1).max() < 5 / 42_000**0.5
    # Where the gaps are not very bursty, hours have their share: within four points in a
    # thousand of the client's total (336 hours, 125 requests each, sd 11 times the variation).
    for row, one in zip(rows, times, strict=True):
        if real.cvs[row] < 2:
            hours = np.bincount((one // 3600).astype(int), minlength=336) / len(one)
            wanted = real.profiles[row].reshape(336, 6).sum(axis=1) / WINDOWS
            assert np.abs(hours - wanted).max() < 0.004 + 0.1 * wanted.max()


@pytest.mark.shared
def test_gaps_vary_as_the_clients_do(real: Shapes) -> None:
    calm = (real.cvs < 2.5) & (real.origin >= 0) & ((real.profiles > 0).mean(axis=1) > 0.9)
    rows = np.flatnonzero(calm)
    times = drawn(sources(len(rows), rows, 40_000, real.cvs[rows]), real, 1)
    ratios = []
    for row, one in zip(rows, times, strict=True):
        windows = np.split(one, np.searchsorted(one, np.arange(1, 144) * WINDOW))
        found = [variation(w) for w in windows if len(w) > 100]
        ratios += [np.median(found) / real.cvs[row]] if found else []
    assert len(ratios) > 20
    # In windows of some 280 gaps the sample variation lies a little low.
    assert np.median(ratios) == pytest.approx(1, abs=0.08)
    assert np.quantile(ratios, [0.1, 0.9]) == pytest.approx([1, 1], abs=0.25)


@pytest.mark.shared
def test_lengths_are_the_clients(real: Shapes) -> None:
    rows = pq.read_table(
        DATA / "servegen" / "lengths.parquet",
        filters=[("pool", "=", "m-large"), ("client", "=", 0), ("side", "=", "output")],
    )
    place = real.lengths[np.flatnonzero(real.origin == 0)[0]]
    tokens, weights = rows["tokens"].to_numpy(), rows["prob"].to_numpy()
    mean = (tokens * weights).sum() / weights.sum()
    numbers = np.random.default_rng(0).random(50_000)
    found = from_quantiles(real.outputs, np.full(50_000, place), numbers).mean()
    # 65 quantiles say little of the last 1.5 %: a mean within 15 %, the median within 3 %.
    assert found == pytest.approx(mean, rel=0.15)
    order = np.argsort(tokens)
    half = np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2)
    assert real.outputs[place, 32] == pytest.approx(tokens[order][half], rel=0.03)
