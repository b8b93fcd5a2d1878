"""Write docs/instruments.md from the catalogue, and a table of a log's fields: `make docs`."""

from __future__ import annotations

import sys
from dataclasses import fields
from inspect import getdoc
from pathlib import Path

from assay.catalog import load, rows
from assay.report.measured import measured_lines
from assay.traffic.adapters.known import FORMS
from assay.traffic.schema import COLUMNS
from assay.verdict import calibration_at

PAGE = Path(__file__).with_name("instruments.md")
LOGS = Path(__file__).with_name("traffic-logs.md")
FIELDS, END = "<!-- fields: made by `make docs` from the schema -->", "<!-- end of fields -->"
KEPT = {"hashes": "list of keyed hashes", "yes": "yes or no", "time": "time, UTC"}
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


def logs_page() -> str:
    """Return the page of request logs, with its table of fields made anew."""
    head, first, rest = LOGS.read_text(encoding="utf-8").partition(FIELDS)
    _, last, tail = rest.partition(END)
    return f"{head}{first}\n{fields_table()}{last}{tail}"


def fields_table() -> str:
    """Return the table of a request's fields."""
    rows = ["| field | outside | asks | use | kept as | from |", "|---|---|---|---|---|---|"]
    for one in COLUMNS:
        forms = ", ".join(form.name for form in FORMS if one.name in form.sources)
        kept = "keyed hash" if one.kind == "token" else KEPT.get(one.kind, one.kind)
        rows.append(f"| `{one.name}` | `{one.otel}` | {one.says} | {one.use} | {kept} | {forms} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    pages = {PAGE: page(), LOGS: logs_page()}
    if "--check" in sys.argv:
        old = [path for path, text in pages.items() if path.read_text(encoding="utf-8") != text]
        sys.exit(f"{old[0]}: run `make docs`" if old else 0)
    for path, text in pages.items():
        path.write_text(text, encoding="utf-8")
