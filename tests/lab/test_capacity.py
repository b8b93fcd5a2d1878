"""What is remembered of random strings is weighed in bits, and nothing else counts as memory."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from assay.core.errors import BadConfig
from assay.lab.capacity import CONTEXT, PUBLISHED, ROWS, VOCAB, Capacity, remembered, shuffled
from assay.lab.experiment import conduct


def test_what_was_not_trained_remembers_nothing() -> None:
    found = remembered({"width": 8, "load": 1.0, "steps": 0, "seed": 1})
    # An untrained model is a little worse than a uniform guess, and holds no bit of the data.
    assert -0.05 < found["bits a parameter"] <= 0.001


def test_memory_grows_with_training_and_stays_below_the_data() -> None:
    cell = {"width": 8, "load": 0.25, "seed": 1}
    little, more = (remembered({**cell, "steps": steps}) for steps in (20, 150))
    assert 0 < little["remembered bits"] < more["remembered bits"] < more["data bits"]
    assert more["data bits"] == pytest.approx(0.25 * PUBLISHED * more["parameters"], rel=0.05)
    assert remembered({**cell, "steps": 20}) == little


def test_every_row_is_read_once_a_pass() -> None:
    data = torch.arange(2 * ROWS)[:, None].expand(-1, CONTEXT + 1)
    batches = shuffled(data, torch.Generator().manual_seed(1))
    first, second = next(batches), next(batches)
    assert sorted(torch.cat((first, second))[:, 0].tolist()) == list(range(2 * ROWS))


def test_the_plan_says_what_counts(tmp_path: Path) -> None:
    plan = Capacity().plan("full")
    assert len(plan["parameters_with_embeddings"]) >= 3
    assert "3.6" in plan["success"]
    with pytest.raises(BadConfig, match="tiny and full"):
        Capacity().plan("huge")
    assert list(tmp_path.iterdir()) == []


def test_a_bit_is_a_bit() -> None:
    # 9 bits a token: the data's entropy is by construction, not by estimate.
    assert math.log2(VOCAB) == 9


@pytest.mark.slow
def test_tiny_runs_whole(tmp_path: Path) -> None:
    outcome = conduct(Capacity(), "tiny", tmp_path / "run")
    assert outcome.passed is None
    assert outcome.figure is not None
    assert outcome.figure.is_file()
    assert all(0 < row["remembered bits"] < row["data bits"] for row in outcome.table)
