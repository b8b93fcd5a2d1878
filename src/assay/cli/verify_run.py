"""`assay verify-run`: is this bundle what it says?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from assay.cli.exits import Exit
from assay.cli.invoking import application
from assay.cli.output import emit, listing
from assay.core.provenance import Verification
from assay.examination.verify import Inputs, verify_run
from assay.report.glyphs import glyphs_for

__all__ = ["VerifyOptions", "app"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyOptions:
    """The options of `assay verify-run`."""

    bundle: Annotated[Path, typer.Argument(help="The .assay.zip.")]
    public_key: Annotated[
        Path | None, typer.Option(help="The public key that it must be signed with.")
    ] = None
    benchmark: Annotated[str, typer.Option(help="The run's benchmark: a name or a file.")] = ""
    controls: Annotated[str | None, typer.Option(help="The run's file of controls.")] = None
    certificate: Annotated[str | None, typer.Option(help="The run's file of random acts.")] = None
    wrong: Annotated[str | None, typer.Option(help="The run's file of wrong answers.")] = None
    calibration: Annotated[
        str | None, typer.Option(help="The run's file of measured error rates, if it had one.")
    ] = None
    scores: Annotated[str | None, typer.Option(help="The run's file of scores.")] = None
    sibling_scores: Annotated[
        str | None, typer.Option(help="The run's file of siblings' scores.")
    ] = None
    others: Annotated[str | None, typer.Option(help="The run's file of other models.")] = None
    json: Annotated[bool, typer.Option("--json", help="As a record.")] = False


def verify(options: VerifyOptions) -> int:
    """Check a bundle's signature, ledger and numbers; no model is asked.

    Says what was verified and what had to be taken on trust. Exits with 0 where everything fits.
    """
    inputs = Inputs(
        benchmark=options.benchmark,
        controls=options.controls,
        certificate=options.certificate,
        wrong=options.wrong,
        calibration=options.calibration,
        scores=options.scores,
        sibling_scores=options.sibling_scores,
        others=options.others,
    )
    found = verify_run(options.bundle, public=options.public_key, inputs=inputs)
    if options.json:
        emit([found.model_dump_json(indent=2)])
    else:
        show(found, listing())
    return Exit.CLEAN


def show(found: Verification, console: Console) -> None:
    """Print what fits, and what was taken on trust."""
    say, width = glyphs_for(console.encoding).say, min(80, console.width)
    console.print(Text(say(found.headline), "bold", overflow="fold"), width=width)
    parts = (("Verified", "green", found.verified), ("Taken on trust", "yellow", found.trusted))
    for title, colour, lines in parts:
        console.print(Text(title, colour))
        for line in lines:
            console.print(Text(f"  {say(line)}", overflow="fold"), width=width)


app = application(VerifyOptions, verify)
