"""Freezing, drawing once, and what is written."""

from __future__ import annotations

import json
import stat
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from scipy.stats import chisquare
from tests.tasks.functions_to_vary import HALVE, TOTAL

from assay.core.draws import drawn_text, verify
from assay.core.errors import BadConfig, IntegrityError
from assay.core.item import Item
from assay.formats.benchmarks import open_benchmark
from assay.sandbox.choosing import best
from assay.tasks.orders import draw_orders
from assay.tasks.sets import Asked, Frozen, vary
from assay.tasks.siblings import draw_siblings, freeze, load_frozen
from assay.tasks.varying.parts import Source
from assay.tasks.varying.proving import Prover

DAY = date(2026, 1, 31)


@pytest.fixture(scope="module")
def sets() -> list[Frozen]:
    asked = Asked(count=20, key="k")
    made, left = vary([HALVE, TOTAL], asked, Prover(sandbox=best()), told=lambda _: None)
    assert not left
    return made


def test_what_examine_reads_holds_the_draw(sets: list[Frozen], tmp_path: Path) -> None:
    digest = freeze(tmp_path, "b", sets, [])
    made = draw_siblings(tmp_path, "beacon", DAY)
    found = open_benchmark(str(made.sealed))
    assert verify(found, "siblings") == ""
    assert verify(found, "canary") == ""
    assert found.certificates[0].digest == digest == made.digest
    for item, one in zip(found.items, sets, strict=True):
        assert len({item.text, *item.siblings}) == 20
        assert one.source.item.text not in {item.text, *item.siblings}
    assert [i.text for i in open_benchmark(str(made.file)).items] == [i.text for i in found.items]
    rows = [json.loads(line) for line in made.file.read_text().splitlines()]
    assert all(row["entry_point"] in row["prompt"] and "candidate" in row["test"] for row in rows)


def test_what_is_sealed_is_its_owners_alone(sets: list[Frozen], tmp_path: Path) -> None:
    freeze(tmp_path, "b", sets, [])
    made = draw_siblings(tmp_path, 5, DAY)
    sealed = made.sealed.parent
    assert stat.S_IMODE(sealed.stat().st_mode) == 0o700
    assert {stat.S_IMODE(f.stat().st_mode) for f in sealed.iterdir()} == {0o600}
    published = "".join(f.read_text() for f in tmp_path.iterdir() if f.is_file())
    for item in open_benchmark(str(made.sealed)).items:
        assert not any(text in published for text in item.siblings)
    private = json.loads((sealed / "b.assay.json").read_text())["canaries"][1]
    assert private["secret"] not in published
    assert private["id"] not in published


def test_nothing_is_drawn_twice_or_edited(sets: list[Frozen], tmp_path: Path) -> None:
    freeze(tmp_path, "b", sets, [])
    draw_siblings(tmp_path, 5, DAY)
    before = (tmp_path / "b.jsonl").read_bytes()
    with pytest.raises(BadConfig, match="nothing is drawn again"):
        draw_siblings(tmp_path, 6, DAY)
    with pytest.raises(BadConfig, match="nothing is drawn again"):
        freeze(tmp_path, "b", sets, [])
    assert (tmp_path / "b.jsonl").read_bytes() == before


def test_an_edit_before_the_draw_is_seen(sets: list[Frozen], tmp_path: Path) -> None:
    freeze(tmp_path, "b", sets, [])
    state = tmp_path / "private" / "frozen.json"
    state.write_text(state.read_text().replace("return", "return ", 1))
    with pytest.raises(IntegrityError, match="changed after it was frozen"):
        load_frozen(tmp_path)


def test_seeds_draw_each_variant_equally(sets: list[Frozen]) -> None:
    item = sets[0].source.item
    texts = [variant.text_of(item) for variant in sets[0].variants]
    counts = Counter(drawn_text(texts, item.id, seed) for seed in range(4_000))
    assert chisquare([counts[text] for text in texts]).pvalue > 0.001


def test_what_cannot_be_varied_is_named(tmp_path: Path) -> None:
    plain = Source(item=Item(id="p", statement="Who wrote Emma?", answer="Jane Austen"))
    wrong = Source(item=HALVE.item, row={**HALVE.row, "test": "def check(candidate): assert 0"})
    asked = Asked(count=20, key="k")
    made, left = vary([plain, wrong], asked, Prover(sandbox=best()), told=lambda _: None)
    assert not made
    assert "no arithmetic" in left[0].reason
    assert "its own gold fails" in left[1].reason
    with pytest.raises(BadConfig, match="no item could be varied"):
        freeze(tmp_path, "b", made, left)


def test_orders_of_options_are_drawn(tmp_path: Path) -> None:
    free = Item(id="a", statement="Which?", options=("red", "green", "blue"), answer="red")
    bound = Item(id="b", statement="Which?", options=("1", "2", "none of the above"), answer="1")
    made = draw_orders(tmp_path, "c", [Source(item=free), Source(item=bound)], 3, DAY)
    found = open_benchmark(str(made.file))
    assert (made.items, made.left) == (1, 1)
    assert verify(found, "options") == ""
    assert sorted(found.items[0].options) == ["blue", "green", "red"]
    with pytest.raises(BadConfig, match="nothing is drawn again"):
        draw_orders(tmp_path, "c", [Source(item=free)], 4, DAY)
