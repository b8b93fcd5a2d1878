"""`assay traffic look`: content is about to be opened, by whom, and why?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from assay.cli.exits import Exit
from assay.cli.invoking import application
from assay.cli.output import emit
from assay.core.cases import Scan
from assay.core.errors import BadFormat, UnknownName
from assay.traffic.privacy import append, looks

__all__ = ["LEDGER", "LookOptions", "app"]

LEDGER = "looks.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class LookOptions:
    """The options of `assay traffic look`."""

    folder: Annotated[Path, typer.Argument(help="What `assay traffic scan --out` wrote.")]
    case: Annotated[str, typer.Option(help="Whose content: a cluster's name, as in its file.")]
    reason: Annotated[str, typer.Option(help="Why no other evidence settles it.")]
    prompts: Annotated[int, typer.Option(help="How many prompts are to be opened.", min=1)] = 1
    by: Annotated[str, typer.Option(help="Who asks.")] = ""


def look(options: LookOptions) -> int:
    """Write down that prompts of a case are about to be opened. Nothing here opens any."""
    cases = _cases(options.folder)
    if options.case not in cases:
        fix = f"assay traffic look {options.folder} --case NAME; the names are in scan.json"
        raise UnknownName("case", options.case[:80], cases, fix)
    path = options.folder / LEDGER
    made = append(
        path, case=options.case, reason=options.reason, prompts=options.prompts, by=options.by
    )
    known = looks(path)
    opened = sum(one.prompts for one in known)
    emit([f"look {made.number} is noted in {path}: {opened} prompts by {len(known)} decisions"])
    return Exit.CLEAN


def _cases(folder: Path) -> list[str]:
    path = folder / "scan.json"
    try:
        scan = Scan.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        fix = f"assay traffic scan LOGS --out {folder}"
        raise BadFormat(str(path), None, "is no record of a scan", fix) from error
    return [case.id for case in scan.cases]


app = application(LookOptions, look)
