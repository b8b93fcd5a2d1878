"""Write docs/instruments.md from the catalogue: `make docs`."""

from __future__ import annotations

import sys
from dataclasses import fields
from inspect import getdoc
from pathlib import Path

from assay.catalog import load, rows
from assay.report.measured import measured_lines
from assay.verdict import calibration_at

PAGE = Path(__file__).with_name("instruments.md")
HEAD = """# Instruments

Made by `make docs` from the catalogue. *Strongest null*: what an instrument can reach at best; what
a run reached stands in its evidence. What was measured of them on models whose contamination is
known, and what *clean* takes: [calibration.md](calibration.md).

"""


def page() -> str:
    """Return the page's text."""
    return HEAD + "\n".join(section(row.id) for row in rows() if row.origin == "assay")


def section(name: str) -> str:
    """Return one instrument's section: its docstring, needs and parameters."""
    instrument = load(name)
    needs = ", ".join(str(need.name).lower().replace("_", " ") for need in instrument.needs)
    text = (getdoc(type(instrument)) or "").replace("\nRef", "\n\nRef")
    settings = [
        f"`{name}.{f.name}={f.default}`"
        for f in fields(instrument)  # type: ignore[arg-type]  # a dataclass, by law
    ]
    measured = measured_lines(calibration_at().of(instrument.id, instrument.version))
    return (
        f"## `{name}`\n\n{text}\n\nClaim: {instrument.claim}.\n\n"
        f"Strongest null: {instrument.strongest_null.value}. Needs: {needs}. "
        f"Parameters: {', '.join(settings) or 'none'}. Version {instrument.version}.\n\n"
        f"{' '.join(measured)}\n"
    )


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.read_text(encoding="utf-8") == page() else f"{PAGE}: run `make docs`")
    PAGE.write_text(page(), encoding="utf-8")
