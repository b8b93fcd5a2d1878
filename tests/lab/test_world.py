"""The made-up world: chance fixed it, anybody can repeat it, nothing in it occurs twice."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from pathlib import Path

import pytest
from scipy import stats

from assay.core.draws import verify
from assay.core.errors import BadConfig, UnknownName
from assay.formats.benchmarks import open_benchmark
from assay.formats.writing import write_items
from assay.lab.world import KINDS, benchmark, documents, sealed

every_kind = pytest.mark.parametrize("kind", KINDS)


def test_documents_never_repeat_and_are_those_of_their_seed() -> None:
    texts = list(islice(documents(1), 3000))
    assert len(set(texts)) == 3000
    assert texts == list(islice(documents(1), 3000))
    assert not set(texts) & set(islice(documents(2), 3000))


@every_kind
def test_no_item_is_in_a_document_or_in_another_benchmark(kind: str) -> None:
    def texts(seed: int) -> set[str]:
        items = benchmark(kind, seed, 40).items
        return {text for item in items for text in (item.text, *item.siblings)}

    first, second = texts(1), texts(2)
    assert len(first) == 40 * 20
    assert not first & second
    assert not (first | second) & set(islice(documents(1), 3000))


@every_kind
def test_a_benchmark_is_that_of_its_seed(kind: str) -> None:
    assert benchmark(kind, 1, 5) == benchmark(kind, 1, 5)
    assert benchmark(kind, 1, 5).items == benchmark(kind, 1, 9).items[:5]
    assert benchmark(kind, 1, 5).digest != benchmark(kind, 2, 5).digest


@every_kind
def test_the_recorded_draws_hold(kind: str) -> None:
    world = benchmark(kind, "a seed in words", 12)
    assert verify(world, "siblings") == ""
    assert verify(world, "options") == ""
    forged = world.items[0].model_copy(
        update={"siblings": (world.items[0].text, *world.items[0].siblings[1:])}
    )
    changed = world.model_copy(update={"items": (forged, *world.items[1:])})
    assert "same variant twice" in verify(changed, "siblings")


@every_kind
def test_items_ask_one_of_four_and_their_variants_ask_alike(kind: str) -> None:
    for item in benchmark(kind, 3, 30).items:
        for one in (item, *sealed(item)):
            assert len(set(one.options)) == 4
            assert one.answer in one.options
        assert [one.text for one in sealed(item)] == list(item.siblings)
        assert tuple(one.answer for one in sealed(item)) == item.sibling_answers


@every_kind
def test_neither_place_nor_level_is_favoured(kind: str) -> None:
    """Chi-squared at .001: one of six tests of sound draws fails in about 170 seeds."""
    items = benchmark(kind, 4, 600, siblings=0).items
    places = Counter(item.options.index(item.answer or "") for item in items)
    levels = Counter(item.stratum for item in items)
    assert set(levels) == set("01234")
    assert stats.chisquare([places[p] for p in range(4)]).pvalue > 0.001
    assert stats.chisquare(list(levels.values())).pvalue > 0.001


@every_kind
def test_a_benchmark_reads_back_from_its_file(kind: str, tmp_path: Path) -> None:
    items = benchmark(kind, 5, 20).items
    write_items(tmp_path / "world.jsonl", items)
    assert open_benchmark(str(tmp_path / "world.jsonl")).items == items


def test_what_cannot_be_asked_for() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'sums'"):
        benchmark("sum", 1, 5)
    with pytest.raises(BadConfig, match="one item at least"):
        benchmark("sums", 1, 0)
    with pytest.raises(BadConfig, match="siblings=19"):
        benchmark("sums", 1, 5, siblings=19)
    item = benchmark("sums", 1, 1).items[0].model_copy(update={"siblings": ("no question",)})
    with pytest.raises(BadConfig, match="four options"):
        sealed(item)
