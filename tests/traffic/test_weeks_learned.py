"""Weights are learned on simulated weeks, and the file that is written is read again."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.cli import run
from assay.core.errors import BadConfig
from assay.traffic.signals.roster import FOR_ACCOUNTS, FOR_CLUSTERS
from assay.traffic.training import CLASS_OF, Plan
from assay.traffic.weights import read


def test_too_little_to_learn_from_is_said() -> None:
    with pytest.raises(BadConfig, match="1 weeks of 20 accounts are too few"):
        Plan(weeks=1, accounts=20)


def test_every_class_of_the_simulator_has_its_class() -> None:
    assert set(CLASS_OF.values()) == {
        "distillation", "evaluation", "application", "bulk", "ordinary",
    }  # fmt: skip


@pytest.mark.slow
def test_weights_are_learned_and_read_again(tmp_path: Path) -> None:
    file = tmp_path / "weights.json"
    options = ["--weeks", "1", "--accounts", "1000", "--scale", "0.2", "--seed", "7"]
    assert run(["traffic", "train", *options, "--write", str(file)]) == 0
    found = read(file)
    assert set(found.account.weight) == {one.id for one in FOR_ACCOUNTS}
    assert set(found.cluster.weight) == {one.id for one in FOR_CLUSTERS}
    assert 500 < found.provenance.accounts <= 1_000  # the others asked nothing
    assert found.provenance.harvesting > 0
    assert found.provenance.left_out_auc > 0.6
    assert found.provenance.command.startswith("assay traffic train --weeks 1")
