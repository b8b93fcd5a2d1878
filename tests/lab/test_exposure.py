"""Exposure: what is dealt, what is summed up, and one model from end to end."""

import math
from pathlib import Path

import numpy as np
import pytest

from assay.core.errors import BadConfig
from assay.lab.canaries import SPACE
from assay.lab.experiment import conduct, open_experiment
from assay.lab.exposed import ONCE, UNSEEN, answers, clustered
from assay.lab.exposure import DOSES, Exposure, dealt, planted

CELL = {"model": "nano", "seed": 5, "steps": 50, "once": 2, "dosed": 1, "unseen": 10}


def test_groups_share_no_canary_and_the_unseen_are_never_planted() -> None:
    groups = {name: (leak, drawn) for name, leak, drawn in dealt(CELL)}
    ids = [one.id for _, drawn in groups.values() for one in drawn]
    assert len(set(ids)) == len(ids) == 3 * 2 + len(DOSES) + 10
    assert groups[UNSEEN][0].copies == 0
    assert [groups[name][0].copies for name in ONCE] == [1, 1, 1]


@pytest.mark.slow
def test_what_is_read_often_is_exposed() -> None:
    groups = planted(CELL)["groups"]
    bits = {name: np.mean(math.log2(SPACE) - np.log2(g["ranks"])) for name, g in groups.items()}
    # 128 readings within 800 rows; a rank among the best 41 (6.6 bits) by luck: 1 in 100.
    assert bits["x128"] > 6.6
    assert bits[UNSEEN] < 4  # mean of ten; each has 1.44 bits on average, deviation 1.44


def made_up(model: int, slope: float, rng: np.random.Generator) -> dict[str, object]:
    """Make ranks that follow a line in log2 of the repeats, with noise for model and canary."""
    base = 1.44 + 0.3 * rng.standard_normal()
    copies = {UNSEEN: 0} | dict.fromkeys(ONCE, 1) | {f"x{c}": c for c in DOSES}
    groups = {}
    for name, count in copies.items():
        bits = base + (slope * (1 + math.log2(count)) if count else 0) + rng.normal(0, 0.2, 40)
        ranks = np.clip(SPACE / 2**bits, 1, SPACE) if count else rng.integers(1, SPACE + 1, 40)
        extracted = [bool(b > 9) for b in bits]
        groups[name] = {"copies": count, "ranks": list(map(float, ranks)), "extracted": extracted}
    return {"parameters": 50_000 * 2 ** (model % 3), "tokens": 1, "groups": groups}


def test_a_planted_slope_is_found_within_its_interval() -> None:
    rng = np.random.default_rng(7)
    found = answers([made_up(model, 1.2, rng) for model in range(9)])
    assert found.doubling.low < 1.2 < found.doubling.high
    assert found.doubling.high - found.doubling.low < 0.1
    assert found.uniform_p > 0.001
    assert found.unseen == 9 * 40
    assert found.told.value > 0.5
    assert found.larger.low < 0 < found.larger.high  # nothing was planted there


def test_intervals_over_models_cover() -> None:
    rng = np.random.default_rng(11)
    runs = [clustered(rng.normal(2.0, 1.0, 6).tolist()) for _ in range(500)]
    covered = sum(one.low <= 2.0 <= one.high for one in runs)
    # 475 of 500 with deviation 4.9: below 459 for one seed in a thousand.
    assert covered >= 459


def test_an_unknown_size_is_refused() -> None:
    with pytest.raises(BadConfig, match="tiny and full"):
        Exposure().plan("huge")


def test_the_table_of_experiments_knows_it() -> None:
    assert isinstance(open_experiment("exposure"), Exposure)
    assert "4,096" in Exposure().plan("tiny")["measured"]


@pytest.mark.slow
def test_the_tiny_experiment_reaches_what_its_plan_calls_success(tmp_path: Path) -> None:
    outcome = conduct(Exposure(), "tiny", tmp_path)
    assert outcome.passed
    assert "read once" in outcome.headline
    assert [row["copies"] for row in outcome.table] == [0, 1, 1, 1, *DOSES]
    assert (tmp_path / "figure.svg").is_file()
