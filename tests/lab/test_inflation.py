"""`assay lab inflation`: groups of items that differ in their dose alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.lab.experiment import conduct
from assay.lab.inflation import SHAPES, Inflation, cells_of, dosed, trained
from assay.lab.slopes import DOSES

CELL = {"width": 32, "clean": 20_000, "seed": 0, "items": [20, 1, 0, 0, 3]}


def test_groups_share_no_item_and_are_the_same_at_every_size() -> None:
    groups = dosed(CELL | {"items": [6, 3, 3, 2, 1]})
    texts = [item.text for items in groups.values() for item in items]
    assert len(texts) == len(set(texts)) == 2 * (6 + 3 + 3 + 2 + 1)
    assert groups == dosed(CELL | {"items": [6, 3, 3, 2, 1], "width": 64, "clean": 9})
    other = dosed(CELL | {"items": [6, 3, 3, 2, 1], "seed": 1})
    assert not set(texts) & {item.text for items in other.values() for item in items}


def test_repeated_items_are_remembered_and_others_are_not() -> None:
    """Six items 144 times: at chance two of six are right or fewer in 83 % of models."""
    found = trained(CELL)
    share = dict(zip(DOSES, map(_share, found["right"], found["items"]), strict=True))
    assert found["items"] == [40, 2, 0, 0, 6]
    assert found["planted"] > 3 * 2 * 144 * 40  # tokens of three sums and three facts
    assert share[144] >= 0.5 > share[0]


def _share(right: int, items: int) -> float:
    return right / items if items else 0.0


def test_the_plan_holds_every_model_that_is_trained() -> None:
    plan, cells = Inflation().plan("full"), cells_of("full")
    assert len(cells) == len(plan["settings"]) * plan["models"]
    assert {cell["width"] for cell in cells.values()} == set(SHAPES)
    assert plan["repeats"] == [0, 4, 12, 36, 144]


@pytest.mark.slow
def test_tiny_says_the_slopes_beside_the_published_ones(tmp_path: Path) -> None:
    outcome = conduct(Inflation(), "tiny", tmp_path)
    assert "published +6.9" in outcome.headline
    assert outcome.passed is None
    assert outcome.figure is not None
    assert outcome.figure.read_bytes().startswith(b"<?xml")
    again = conduct(Inflation(), "tiny", tmp_path)  # nothing is trained anew
    assert again.table == outcome.table
