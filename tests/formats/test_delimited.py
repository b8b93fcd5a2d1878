"""The reader of comma-separated values agrees with the standard library's writer and reader."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from assay.formats.delimited import read_csv

CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
HARD = st.text('a",\r\n ', max_size=8)
# Python 3.11 writes a bare carriage return without quotes where lines end in a line feed alone,
# and cannot read it back either; every cell is quoted there.
DIALECTS = st.sampled_from(
    [("\n", csv.QUOTE_ALL), ("\r\n", csv.QUOTE_ALL), ("\r\n", csv.QUOTE_MINIMAL)]
)
TABLE = st.lists(st.tuples(CELL | HARD, CELL | HARD, CELL | HARD), max_size=6)


@given(TABLE, DIALECTS)
def test_it_reads_what_the_standard_library_writes(
    table: list[tuple[str, str, str]], dialect: tuple[str, Literal[0, 1]]
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=dialect[0], quoting=dialect[1])
    writer.writerows([("x", "y", "z"), *table])
    with TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_text(text.getvalue(), encoding="utf-8", newline="")
        rows = list(read_csv(path))
    assert [tuple(row.values[name] or "" for name in "xyz") for row in rows] == table


def test_the_limit_of_the_standard_library_is_untouched() -> None:
    assert csv.field_size_limit() == 131_072
