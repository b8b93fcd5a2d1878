"""What every instrument of the catalogue must look like."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

import pytest
from tests.conformance.laws import INSTRUMENTS, quick

from assay.catalog import rows
from assay.core.evidence import Null
from assay.core.instrument import Instrument, Need, Scope
from assay.core.subject import Unit

pytestmark = pytest.mark.parametrize("name", INSTRUMENTS)


def test_it_follows_the_protocol(name: str) -> None:
    found = quick(name)
    assert isinstance(found, Instrument)
    assert found.id == name
    assert found.version >= 1
    assert isinstance(found.needs, Need)
    assert isinstance(found.scope, Scope)
    assert found.claim.strip() == found.claim != ""


def test_its_line_in_the_catalogue_says_what_it_is(name: str) -> None:
    (row,) = (row for row in rows() if row.id == name)
    assert Null(row.null) is quick(name).strongest_null
    assert row.question.endswith("?")


def test_its_fields_are_its_parameters(name: str) -> None:
    found: Any = quick(name)
    assert dataclasses.is_dataclass(found)
    for field in dataclasses.fields(found):
        assert field.default is not dataclasses.MISSING, field.name
        assert isinstance(getattr(found, field.name), str | int | float | bool)


def test_it_is_frozen_and_slotted(name: str) -> None:
    found = quick(name)
    assert "__dict__" not in dir(found)
    with pytest.raises((dataclasses.FrozenInstanceError, AttributeError, TypeError)):
        setattr(found, "id", "another")  # noqa: B010 - an assignment would not pass the type check
    assert hash(found) == hash(quick(name))
    assert found == quick(name)


def test_its_docstring_asks_a_question_and_says_when_it_fails(name: str) -> None:
    text = inspect.cleandoc(type(quick(name)).__doc__ or "")
    assert text.split("\n")[0].endswith("?")
    assert "\nFails when: " in text
    assert "\nReferences: " in text


def test_it_is_handed_no_labels(name: str) -> None:
    assert [field.name for field in dataclasses.fields(Unit)] == ["id", "item"]
    signature = inspect.signature(quick(name).measure)
    assert list(signature.parameters) == ["subject", "units", "seed"]
    assert signature.parameters["seed"].kind is inspect.Parameter.KEYWORD_ONLY
