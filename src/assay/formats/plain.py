"""Assay's own rows: the fields of an item under their own names."""

from __future__ import annotations

from assay.formats.layout import FIELDS, Layout

__all__ = ["PLAIN"]

PLAIN = Layout(
    name="assay",
    signs=(frozenset({"statement"}),),
    columns={field: (field,) for field in FIELDS} | {"published": ("published", "date")},
    literal=True,
)
