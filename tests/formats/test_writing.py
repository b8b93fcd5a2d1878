"""What is written reads back as the same items, and is whole or not there."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import BadFormat, UsageError
from assay.core.item import Item, Twin
from assay.formats.benchmarks import open_benchmark
from assay.formats.writing import write_items

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
LINE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1)
FULL = TEXT.filter(str.strip)
SOME = TEXT.filter(bool)


@st.composite
def one_item(draw: st.DrawFn) -> Item:
    """Draw an item whose answer, where it has options, is one of them."""
    options = draw(st.lists(TEXT, max_size=26))
    return Item(
        id=draw(LINE.filter(str.strip)),
        statement=draw(FULL),
        options=tuple(options),
        answer=draw(st.none() | (st.sampled_from(options) if options else TEXT)),
        published=draw(st.none() | st.dates()),
        stratum=draw(TEXT),
        **draw(siblings()),
        twins=tuple(draw(st.lists(st.builds(Twin, statement=SOME, answer=SOME), max_size=2))),
        wrong_answers=tuple(draw(st.lists(TEXT, max_size=2))),
    )


@st.composite
def siblings(draw: st.DrawFn) -> dict[str, Any]:
    """Draw sealed siblings, with their answers or without."""
    if draw(st.booleans()):
        return {"siblings": tuple(draw(st.lists(TEXT, max_size=3)))}
    pairs = draw(st.lists(st.tuples(FULL, FULL), max_size=3))
    return {
        "siblings": tuple(f"{asked}\n{answer}" for asked, answer in pairs),
        "sibling_answers": tuple(answer for _, answer in pairs),
    }


@given(st.lists(one_item(), min_size=1, max_size=5, unique_by=lambda item: item.id))
def test_round_trip(items: list[Item]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "out.jsonl"
        write_items(path, items)
        assert open_benchmark(str(path)).items == tuple(items)
        assert os.listdir(folder) == ["out.jsonl"]  # noqa: PTH208 - the names alone


ITEM = Item(id="a", statement="b", published=date(2020, 1, 1))


@pytest.mark.parametrize(
    ("items", "what"),
    [
        ([], ": holds no rows"),
        ([ITEM, ITEM], ":2: id 'a' stands on line 1 already"),
        ([Item(id="a\nb", statement="b")], ":1: field 'id' is 'a\\nb', not on one line"),
        ([ITEM, Item(id="b", statement=" ")], ":2: the statement is empty"),
        ([Item(id="b", statement="c", options=("x", "y"), answer="B")], ":1: answer 'B' would be"),
        ([Item(id="b", statement="c", options=("x", "y"), answer="C")], ":1: answer 'C' is none"),
        ([Item(id="b", statement="c", options=("x",) * 27)], ":1: 27 options, but only 26"),
    ],
)
def test_what_would_not_read_back(tmp_path: Path, items: list[Item], what: str) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("before", encoding="utf-8")
    with pytest.raises(BadFormat) as caught:
        write_items(path, items)
    assert str(caught.value).startswith(f"{path}{what}")
    assert path.read_text(encoding="utf-8") == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_half_a_character(tmp_path: Path) -> None:
    item = Item.model_construct(**{**ITEM.model_dump(), "statement": "a\ud800"})
    with pytest.raises(BadFormat, match="holds half a character"):
        write_items(tmp_path / "out.jsonl", [item])


def test_another_ending(tmp_path: Path) -> None:
    with pytest.raises(BadFormat, match=r"end the name in \.jsonl"):
        write_items(tmp_path / "out.csv", [ITEM])


@pytest.mark.parametrize("folder", ["none", "file"])
def test_a_folder_that_is_none(tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / folder / "out.jsonl"
    with pytest.raises(UsageError) as caught:
        write_items(path, [ITEM])
    assert str(caught.value).startswith(f"{path}: cannot be written: ")


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """Let no file grow beyond this size: to a writer, a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    write_items(path, [ITEM])
    before = path.read_bytes()
    many = [Item(id=str(n), statement="x" * 1000) for n in range(100)]
    with full_disk(4096), pytest.raises(UsageError, match="cannot be written"):
        write_items(path, many)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
