"""How pages are set: every text that is printed is shortened, made harmless and escaped."""

from __future__ import annotations

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from assay.report import notation
from assay.report.printable import shorten, shown

__all__ = ["pages", "prose"]

LONGEST = 2000
"""Characters of any one text: nothing that we write is longer, a server's error may be."""
OPTION = re.compile(r"(--[a-z][a-z-]{1,30}(?: [A-Z][A-Z]{0,15}\b)?)")
"""An option of a command, and what it takes."""


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
        "prose": prose,
    }
    return found


def prose(text: str) -> Markup:
    """Set a sentence; options of a command stand out, and no line breaks within them.

    Examples
    --------
    >>> prose("more (--split SEED) <b>")
    Markup('more (<code class="option">--split SEED</code>) &lt;b&gt;')
    """
    return Markup("").join(
        Markup('<code class="option">{}</code>').format(part) if number % 2 else Markup.escape(part)
        for number, part in enumerate(OPTION.split(shown(text, LONGEST)))
    )


def _plain(value: object) -> object:
    """Take from every text that is printed whatever could turn the page's text round."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return shown(value, LONGEST)
    return value
