"""Records: digests, texts, errors, needs."""

from __future__ import annotations

import json
from typing import get_args

import pytest
from pydantic import ValidationError

from assay.core.errors import (
    AssayError,
    BadFormat,
    BoundaryError,
    IntegrityError,
    MissingExtra,
    ModelError,
    StoreError,
    UnknownName,
    UsageError,
    boundary,
)
from assay.core.evidence import Abstention, Finding
from assay.core.instrument import Need
from assay.core.item import Benchmark, Canary, Item, digest_of
from assay.core.loading import load_attribute
from assay.core.settings import Options, Plan
from assay.core.subject import Cost, Request
from assay.core.trial import CHECKS


def test_digests_depend_on_content_alone() -> None:
    item = Item(id="a", statement="1 + 1 =")
    first = Benchmark(name="one", items=(item,), source="here")
    assert first.digest == Benchmark(name="two", items=(item,), source="there").digest
    other = item.model_copy(update={"answer": "2"})
    assert first.digest != Benchmark(name="one", items=(other,), source="here").digest
    assert digest_of({"b": [1, "\u00e9"], "a": None}) == digest_of(
        json.loads('{"a": null, "b": [1, "\\u00e9"]}')
    )
    assert digest_of("\ud83d") != digest_of("?")  # half a character has a digest of its own


def test_requests_that_differ_have_other_digests() -> None:
    base = Request(kind="score", text="a")
    others = [
        Request(kind="generate", text="a"),
        Request(kind="score", text="b"),
        Request(kind="score", text="a", moments=True),
        Request(kind="score", text="a", max_tokens=1),
        Request(kind="score", text="a", seed=1),
    ]
    assert len({request.digest for request in (base, *others)}) == 6
    assert base.digest == Request(kind="score", text="a").digest


@pytest.mark.parametrize(
    ("item", "text"),
    [
        (Item(id="a", statement="Q?"), "Q?"),
        (Item(id="a", statement="Q?", answer="A"), "Q?\nA"),
        (Item(id="a", statement="def f():\n", answer="    pass"), "def f():\n    pass"),
        (Item(id="a", statement="Q?", options=("x", "y")), "Q?\nA. x\nB. y"),
        (Item(id="a", statement="Q?\n", options=("x",), answer="x"), "Q?\n\nA. x\nx"),
    ],
)
def test_the_text_is_what_training_would_have_seen(item: Item, text: str) -> None:
    assert item.text == text


def test_the_space_of_a_canary() -> None:
    assert Canary(id="c", secret="s").space == 1  # noqa: S106
    assert Canary(id="c", secret="s", alternatives=("a", "b")).space == 3  # noqa: S106
    assert Canary(id="c", secret="0101", alphabet="0110").space == 16  # noqa: S106


def test_records_are_frozen_and_take_no_strangers() -> None:
    item = Item(id="a", statement="s")
    with pytest.raises(ValidationError):
        item.id = "b"
    with pytest.raises(ValidationError):
        Item.model_validate({"id": "a", "statement": "s", "unknown": 1})
    with pytest.raises(ValidationError):
        Abstention(instrument="i", unit="u", reason="")
    with pytest.raises(ValidationError):
        Finding(instrument="i", unit="u", e_value=-1.0)


def test_costs_add_up() -> None:
    assert Cost(calls=1, tokens=2) + Cost(calls=3, tokens=4) == Cost(calls=4, tokens=6)


def test_keyword_options_are_the_fields_of_a_plan() -> None:
    assert set(Options.__annotations__) == set(Plan.model_fields) - {"benchmark", "model"}


def test_every_need_is_checked() -> None:
    assert set(CHECKS) == set(Need)
    assert all(reason for reason, _ in CHECKS.values())


def test_errors_say_where_and_what_next() -> None:
    assert str(BadFormat("f.jsonl", 3, "no id", "add it")) == "f.jsonl:3: no id\n  next: add it"
    assert str(BadFormat("f.jsonl", None, "empty", "x")).startswith("f.jsonl: empty")
    near = str(UnknownName("instrument", "oder", ["order", "canary"], "list them"))
    assert near == "unknown instrument 'oder'. Did you mean 'order'?\n  next: list them"
    assert "Did you mean" not in str(UnknownName("model", "zzz", ["order"], "x"))
    assert "next: pip install x" in str(MissingExtra("x", "pip install x"))


def test_a_boundary_keeps_the_cause_and_lets_our_own_errors_pass() -> None:
    cause = ValueError("odd")
    told = pytest.raises(ModelError, match="while asking: ValueError: odd")
    with told as caught, boundary(ModelError, "asking"):
        raise cause
    assert caught.value.__cause__ is cause
    for own in (UsageError("u"), IntegrityError("i"), StoreError("s")):
        with pytest.raises(type(own)), boundary(ModelError, "asking"):
            raise own
    with pytest.raises(KeyboardInterrupt), boundary(ModelError, "asking"):
        raise KeyboardInterrupt
    assert issubclass(BoundaryError, AssayError)
    assert not issubclass(IntegrityError, BoundaryError)


def test_names_are_loaded_and_missing_packages_told() -> None:
    assert load_attribute("assay.core.item:Item") is Item
    with pytest.raises(MissingExtra, match=r"pip install 'assay\[local\]'"):
        load_attribute("not_installed_anywhere.at_all:x", extra="local")
    with pytest.raises(ModuleNotFoundError):  # ours: a bug, not the user's to mend
        load_attribute("assay.not_there:x")


def test_a_finding_holds_scalars_only() -> None:
    (kind,) = {Finding.model_fields["detail"].annotation}
    assert set(get_args(get_args(kind)[1])) == {str, int, float, bool, type(None)}
