"""How pages are set: every text that is printed is shortened, made harmless and escaped."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from assay.report import notation
from assay.report.printable import shorten, shown

__all__ = ["pages"]

LONGEST = 2000
"""Characters of any one text: nothing that we write is longer, a server's error may be."""


def pages() -> Environment:
    """Return the templates."""
    found = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_plain,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {
        "e": notation.e_value,
        "p": notation.p_value,
        "decimal": notation.decimal,
        "percent": notation.percent,
        "scalar": notation.scalar,
        "shorten": shorten,
        "spent": notation.spent,
    }
    return found


def _plain(value: object) -> object:
    """Take from every text that is printed whatever could turn the page's text round."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return shown(value, LONGEST)
    return value
