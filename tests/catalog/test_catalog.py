"""The catalogue: loading by name, setting parameters, saying what is wrong."""

from __future__ import annotations

import pytest

from assay.catalog import BUILT_IN, ids, load, load_all, rows
from assay.core.errors import BadConfig, UnknownName
from assay.probes.logprob import MinK
from assay.probes.order import Order


def test_ids_are_unique_and_load_themselves() -> None:
    assert len(set(ids())) == len(ids())
    for row in rows():
        assert load(row.id).id == row.id
    assert rows()[: len(BUILT_IN)] == BUILT_IN


def test_a_loaded_instrument_equals_itself() -> None:
    assert load("order") == Order()
    assert load("order", {"shuffles": "19"}) == Order(shuffles=19)


def test_parameters_take_the_type_of_their_field() -> None:
    assert load("order", {"uncertified": "TRUE"}) == Order(uncertified=True)
    assert load("logprob.mink", {"share": "0.5"}) == MinK(share=0.5)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("shuffles", "many"),
        ("shuffles", "1.5"),
        ("shuffles", "0"),
        ("shuffles", "-9"),
        ("shuffles", "1000000"),
        ("uncertified", "yes"),
    ],
)
def test_values_that_cannot_be(name: str, value: str) -> None:
    with pytest.raises(BadConfig, match=rf"order\.{name}"):
        load("order", {name: value})


@pytest.mark.parametrize("share", ["nan", "inf", "0", "x"])
def test_shares_that_cannot_be(share: str) -> None:
    with pytest.raises(BadConfig, match=r"logprob\.mink\.share"):
        load("logprob.mink", {"share": share})


def test_unknown_names_offer_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'canary'"):
        load("canery")
    with pytest.raises(UnknownName, match="Did you mean 'shuffles'"):
        load("order", {"shuffle": "9"})
    with pytest.raises(UnknownName, match="Did you mean 'siblings'"):
        load_all(["sibling"])
    with pytest.raises(UnknownName, match="unknown instrument 'odrer'"):
        load_all([], {"odrer.shuffles": "9"})
    with pytest.raises(UnknownName, match="unknown instrument 'shuffles'"):
        load_all([], {"shuffles": "9"})


def test_all_in_reading_order_whatever_was_asked_first() -> None:
    assert [i.id for i in load_all()] == list(ids())
    assert [i.id for i in load_all(["order", "canary"])] == ["canary", "order"]


def test_a_part_stands_for_a_family_and_an_id_for_itself() -> None:
    family = [name for name in ids() if name.startswith("logprob.")]
    assert [i.id for i in load_all(["logprob"])] == family
    assert [i.id for i in load_all(["logprob.loss"])] == ["logprob.loss"]
    assert [i.id for i in load_all(["logprob", "logprob.loss"])] == family
    with pytest.raises(UnknownName):
        load_all(["log"])


def test_settings_reach_their_instrument() -> None:
    first, second = load_all(["order", "logprob.mink.ref"], {"logprob.mink.ref.share": "0.3"})
    assert (first.id, second.id) == ("logprob.mink.ref", "order")
    assert first == load("logprob.mink.ref", {"share": "0.3"})
