"""What a page is laid out from: figures of rows, and the same numbers as tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from assay.core.evidence import Abstention, Evidence, Finding

__all__ = ["Figure", "Record", "Row", "Table"]

Record = Finding | Abstention | Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a figure: a name, a picture, a number in words."""

    name: str
    note: str
    chart: Markup
    value: str
    detail: str = ""
    style: Literal["", "strong", "step", "alone"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Numbers as text, for whoever does not see the picture."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Rows over one axis, and what to read in them."""

    title: str
    rows: tuple[Row, ...]
    caption: str
    ticks: Markup | None = None
    legend: tuple[tuple[str, str], ...] = ()
    """Style class and meaning of each mark that a row alone does not explain."""
    table: Table | None = None
    kind: Literal["", "cascade", "strips", "claims"] = ""
