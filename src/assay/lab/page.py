"""An experiment as a page of the documentation: its plan first, then what came of it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from assay.lab.experiment import Experiment, Outcome
from assay.store.files import write_whole

__all__ = ["head", "publish"]


def publish(experiment: Experiment, size: str, outcome: Outcome | None, folder: Path) -> Path:
    """Write NAME.md, and NAME.svg beside it; before the first run there is only the plan.

    What somebody wrote under the heading "Reading" at the end of an older page is kept.

    Returns
    -------
    Path
        The page.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts = [head(experiment, size)]
    if outcome is not None:
        parts.append(_results(outcome))
        if outcome.figure is not None:
            shutil.copyfile(outcome.figure, folder / f"{outcome.name}.svg")
    path = folder / f"{experiment.name}.md"
    write_whole(path, [*parts, _reading(path)])
    return path


READING = "\n## Reading\n"


def _reading(path: Path) -> str:
    """Return what a person wrote about the figures, with its heading."""
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    _, heading, text = before.partition(READING)
    return heading + text


def head(experiment: Experiment, size: str) -> str:
    """Return what stands on the page before anything was run."""
    lines = [
        f"# `assay lab {experiment.name}`: {experiment.question}",
        "",
        f"Compare: {experiment.reference}.",
        "",
        f"## Plan (`--size {size}`)",
        "",
        *_listed(experiment.plan(size)),
    ]
    return "\n".join(lines) + "\n"


def _listed(plan: dict[str, Any]) -> list[str]:
    return [f"- {name.replace('_', ' ')}: {_said(value)}" for name, value in plan.items()]


def _said(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name} {_said(one)}" for name, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_said(one) for one in value)
    return f"{value:,}" if isinstance(value, int) and abs(value) >= 10_000 else str(value)


def _results(outcome: Outcome) -> str:
    verdict = {True: "reached", False: "**not** reached", None: "not judged at this size"}
    made = f"`assay lab {outcome.name} --size {outcome.size}`"
    lines = [
        "",
        "## Result",
        "",
        f"{outcome.headline} Success as planned: {verdict[outcome.passed]}.",
        "",
        *_table(outcome.table),
        "",
        f"{outcome.seconds:.0f} s on {outcome.machine}; made by {made}.",
    ]
    if outcome.figure is not None:
        lines += ["", f"![{outcome.headline}]({outcome.name}.svg)"]
    return "\n".join(lines) + "\n"


def _table(rows: tuple[dict[str, Any], ...]) -> list[str]:
    if not rows:
        return []
    names = list(rows[0])
    body = ["| " + " | ".join(_cell(row.get(name)) for name in names) + " |" for row in rows]
    return ["| " + " | ".join(map(_cell, names)) + " |", "|" + "---|" * len(names), *body]


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    return "" if value is None else _said(value).replace("|", "\\|")
