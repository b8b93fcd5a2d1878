"""Datasets of the Hugging Face Hub, by name: owner, configuration and split."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa
from datasets import get_dataset_split_names, load_dataset

from assay.core.errors import BadConfig, BadFormat, BoundaryError, UnknownName, boundary
from assay.formats.items import Reading, read_items
from assay.formats.lines import MAX_TOTAL
from assay.formats.parquet import ROWS
from assay.formats.row import Row, shown

__all__ = ["Dataset", "named_dataset", "read_dataset"]

NAME = r"[A-Za-z0-9][\w.-]*"
FORM = re.compile(
    rf"hf:(?P<name>{NAME}/{NAME})(:(?P<config>[\w.+-][\w.+ -]*))?(@(?P<split>\w[\w.-]*))?",
    re.ASCII,
)
USUAL = "test"
"""The split that is taken where several are there and none was named."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Which dataset of the Hub is meant?"""

    spec: str
    name: str
    config: str | None
    split: str | None

    @property
    def address(self) -> str:
        """Return the name in the form that never means a folder of this machine."""
        return f"hf://datasets/{self.name}"


def named_dataset(spec: str) -> Dataset:
    """Which dataset does this name mean?

    Raises
    ------
    BadConfig
        When it is not of the form ``hf:owner/name`` or ``hf:owner/name:config@split``.

    Examples
    --------
    >>> named_dataset("hf:cais/mmlu:anatomy@test").config
    'anatomy'
    """
    found = FORM.fullmatch(spec)
    if found is None:
        raise BadConfig(
            f"{shown(spec)} names no dataset\n"
            "  next: write hf:OWNER/NAME, with :CONFIG and @SPLIT where there are several, "
            "as in hf:cais/mmlu:anatomy@test"
        )
    return Dataset(spec, found["name"], found["config"], found["split"])


def read_dataset(spec: str, fields: Mapping[str, str] | None = None) -> Reading:
    """Which items does a dataset of the Hub hold?

    It is fetched, or read from the cache of the library `datasets` where it lies already. Only
    data is read: the library runs no dataset's own code. Pictures and sound are not decoded.
    Without ``@split`` the test split is taken, or the only one that there is.

    Parameters
    ----------
    spec
        ``hf:owner/name`` or ``hf:owner/name:config@split``.
    fields
        Field of an item to the column that holds it.

    Raises
    ------
    UsageError
        The name has another form (BadConfig), there is no such split (UnknownName), or a row is
        no item (BadFormat).
    BoundaryError
        The Hub cannot be reached, or has no such dataset or configuration.
    """
    wanted = named_dataset(spec)
    split = chosen(wanted)
    with fetching(wanted):
        table = load_dataset(wanted.address, wanted.config, split=split).with_format("arrow")
    stem = wanted.name.partition("/")[2]
    reading = read_items(spec, rows(spec, table.iter(ROWS)), stem=stem, named=fields)
    return Reading(reading.placed, f"split {split}; {reading.layout}")


def chosen(wanted: Dataset) -> str:
    """Return the split to read: the one named, the only one, or the test split."""
    with fetching(wanted):
        splits = [str(name) for name in get_dataset_split_names(wanted.address, wanted.config)]
    split = wanted.split or (splits[0] if len(splits) == 1 else USUAL)
    if split not in splits:
        bare = wanted.spec.partition("@")[0]
        raise UnknownName(f"split of {bare}", split, splits, f"write {bare}@{'|'.join(splits)}")
    return split


def rows(name: str, batches: Iterable[pa.Table]) -> Iterator[Row]:
    """Turn batches into rows, as Parquet holds them; rows count as lines."""
    line, spent = 0, 0
    for batch in batches:
        spent += batch.nbytes
        if spent > MAX_TOTAL:
            what = f"the split holds more than {MAX_TOTAL:,} bytes"
            raise BadFormat(name, line + 1, what, "examine a smaller part, from a file")
        for values in batch.to_pylist():
            line += 1
            yield Row(name, line, values)


@contextmanager
def fetching(wanted: Dataset) -> Iterator[None]:
    """Turn whatever the library throws into one error that says what to do."""
    try:
        with boundary(BoundaryError, f"fetching the dataset {wanted.name}"):
            yield
    except BoundaryError as error:
        raise BoundaryError(
            f"{error}\n  next: look at https://huggingface.co/datasets/{wanted.name} for its "
            "name and configurations; with HF_HUB_OFFLINE=1 only what was fetched before is found"
        ) from error
