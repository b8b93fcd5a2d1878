"""A mix is dealt by its seed alone, and what it leaks is what it says."""

from __future__ import annotations

from collections import Counter

import pytest
from pydantic import ValidationError
from scipy.stats import chisquare

from assay.core.errors import BadConfig
from assay.core.item import Item
from assay.formats.splits import split
from assay.lab.cases import items_of, leak_of
from assay.lab.mix import Exposure, Mix, chosen, deal, drawn
from assay.lab.suite import MIXES

ITEMS = tuple(Item(id=f"i{n}", statement=f"What is {n}?", stratum=str(n % 5)) for n in range(40))


def test_the_judged_suite_is_half_clean_and_mostly_unknown_to_calibration() -> None:
    dealt = deal(MIXES["full"], "a commit")
    assert len(dealt) >= 800
    assert sum(case.exposure is None for case in dealt) == len(dealt) / 2
    unknown = {c.exposure.name for c in dealt if c.exposure and not c.exposure.calibrated}
    assert len(unknown) == 7


def test_all_exposures_occur_as_often() -> None:
    dealt = deal(MIXES["full"], "a commit")
    counts = Counter(case.exposure.name for case in dealt if case.exposure)
    assert set(counts.values()) == {40}
    assert len(counts) == len(MIXES["full"].exposures)


def test_a_seed_deals_the_same_cases_and_another_seed_others() -> None:
    mix = MIXES["tiny"]
    assert deal(mix, "a") == deal(mix, "a")
    assert deal(mix, "a") != deal(mix, "b")


def test_the_place_of_a_case_does_not_tell_whether_it_is_clean() -> None:
    """Over 80 models each place is clean about 40 times; chi-square at .001, seeded."""
    places = Counter(c.id[-2:] for c in deal(MIXES["full"], "x") if c.exposure is None)
    assert chisquare(list(places.values())).pvalue > 0.001
    assert len(places) == 10


def test_benchmarks_of_two_cases_never_share_an_item() -> None:
    mix = MIXES["full"]
    cases = deal(mix, "x")[:6]
    texts = [item.text for case in cases for item in items_of(case, mix)]
    assert len(set(texts)) == len(texts)


def test_only_suspects_are_leaked() -> None:
    mix = MIXES["full"]
    for case in deal(mix, "y")[:20]:
        items = items_of(case, mix)
        suspects, controls = split(items, case.split)
        for leak in leak_of(case, items):
            planted = " ".join(one if isinstance(one, str) else one.text for one in leak.items)
            assert not any(item.text in planted for item in controls)
            share = sum(item.text in planted for item in suspects) / len(suspects)
            assert case.exposure is not None
            assert share == pytest.approx(case.exposure.share, abs=0.01)


def test_the_easiest_are_chosen_where_ease_decides() -> None:
    exposure = Exposure(name="easy", copies=1, share=0.5, choice="ease")
    levels = [int(item.stratum) for item in chosen(exposure, ITEMS, 1)]
    left = [int(item.stratum) for item in ITEMS if item not in chosen(exposure, ITEMS, 1)]
    assert max(levels) <= min(left)


def test_items_that_say_nothing_of_their_ease_are_refused() -> None:
    exposure = Exposure(name="easy", copies=1, share=0.5, choice="ease")
    bare = (Item(id="a", statement="?"), Item(id="b", statement="!"))
    with pytest.raises(BadConfig, match="how hard"):
        chosen(exposure, bare, 1)


def test_chance_chooses_every_item_as_often() -> None:
    """A share of .25 over 800 seeds: each of 40 items some 200 times; chi-square at .001."""
    exposure = Exposure(name="quarter", copies=1, share=0.25)
    counts = Counter(i.id for s in range(800) for i in chosen(exposure, ITEMS, drawn("t", s)))
    assert chisquare(list(counts.values())).pvalue > 0.001


@pytest.mark.parametrize(
    "wrong",
    [
        {"copies": 0},
        {"copies": 1, "share": 0.0},
        {"copies": 1, "start": 0.5, "end": 0.5},
        {"copies": 1, "together": 2, "route": "paraphrase"},
        {"copies": 1, "colour": "red"},
    ],
)
def test_an_impossible_exposure_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Exposure.model_validate({"name": "wrong", **wrong})


def test_a_mix_survives_json() -> None:
    mix = MIXES["full"]
    assert Mix.model_validate_json(mix.model_dump_json()) == mix
