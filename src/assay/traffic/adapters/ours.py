"""The schema itself: its columns by their names inside, or by those of OpenTelemetry."""

from __future__ import annotations

from itertools import product

from assay.traffic.adapters.form import Form, Source, cell
from assay.traffic.schema import COLUMNS, REQUIRED, column

__all__ = ["OURS"]

_NAMES = [(column(name).name, column(name).otel) for name in REQUIRED]
OURS = Form(
    name="assay",
    signs=tuple(frozenset(names) for names in product(*_NAMES)),
    sources={one.name: Source(cell(one.name, one.otel), hashed=True) for one in COLUMNS},
)
