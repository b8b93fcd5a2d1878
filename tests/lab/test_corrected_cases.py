"""`assay lab corrected`: cases of known inflation, and how they are counted."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay.core.errors import BadConfig
from assay.lab.answers import correct
from assay.lab.corrected import SIZES, Corrected, covered, summary
from assay.lab.experiment import conduct
from assay.lab.inflated import CHOICES, cases, deal, worlds_of
from assay.nn.save import load

SMALL: dict[str, Any] = {
    "shape": "nano", "context": 128, "lessons": 3, "hosts": 2, "others": 1, "rounds": 1,
    "clean": 1, "copies": [2], "part": 0.5, "items": 10, "siblings": 1,
    "steps": 20, "rows_a_step": 8, "rate": 6e-3,
}  # fmt: skip


def test_every_host_holds_every_dose_in_every_choice_and_kinds_take_turns() -> None:
    full = SIZES["full"]
    hosts = [deal(full, host) for host in range(full["hosts"])]
    leaked = [case for host in hosts for case in host if case["copies"]]
    assert len(leaked) >= 400
    each = Counter((case["choice"], case["copies"]) for case in leaked)
    assert set(each.values()) == {full["rounds"] * full["hosts"]}
    assert len(each) == len(CHOICES) * len(full["copies"])
    kinds = Counter((case["copies"], case["kind"]) for case in leaked)
    assert max(kinds.values()) - min(kinds.values()) <= 2 * len(CHOICES)


@pytest.mark.slow
def test_hosts_are_asked_about_each_others_items_and_only_once(tmp_path: Path) -> None:
    found = cases(SMALL, tmp_path)
    assert [case["host"] for case in found] == [0] * 5 + [1] * 5
    assert [case["choice"] for case in found] == ["all", *CHOICES] * 2
    assert [case["copies"] for case in found] == [0, 2, 2, 2, 2] * 2
    model, tokens = load(tmp_path / "models" / "host-1")
    for case, world in zip(found[:5], worlds_of(SMALL, 0), strict=True):
        assert case["true"] == pytest.approx(np.mean(correct(model, tokens, world.items)))
    for case in found:
        assert all(0 <= case[name] <= 1 for name in ("reported", "true"))
        for name in ("corrected", "inflation"):
            value, low, high = case[name]
            assert low <= value <= high
        together = case["corrected"][0] + case["inflation"][0]
        assert together == pytest.approx(case["reported"])
    assert cases(SMALL, tmp_path) == found  # read back
    with pytest.raises(BadConfig, match="another plan"):
        cases(SMALL | {"rate": 1e-3}, tmp_path)
    assert cases(SMALL, tmp_path) == found


def case(true: float, low: float, high: float) -> dict[str, Any]:
    middle = (low + high) / 2
    between = [0.8 - middle, 0.8 - high, 0.8 - low]
    return {"reported": 0.8, "true": true, "inflation": [middle, low, high], "corrected": between}


def test_an_interval_covers_with_its_ends() -> None:
    assert covered(case(0.5, 0.1, 0.3))
    assert covered(case(0.5, 0.3, 0.4))
    assert not covered(case(0.5, 0.31, 0.4))
    row = summary("three", [case(0.5, 0.1, 0.3), case(0.5, 0.3, 0.4), case(0.5, 0.31, 0.4)])
    assert row["covered"] == "2 of 3"
    assert row["error, reported"] == pytest.approx(0.3)
    assert row["inflation, median"] == pytest.approx(0.3)


@pytest.mark.slow
def test_tiny_ends_with_a_table_by_exposure_dose_and_kind(tmp_path: Path) -> None:
    outcome = conduct(Corrected(), "tiny", tmp_path)
    names = [row["cases"] for row in outcome.table]
    assert names[0] == "all leaked"
    assert names[-1] == "clean"
    assert "choice: easy" in names
    assert outcome.passed is None
    assert outcome.figure is not None
