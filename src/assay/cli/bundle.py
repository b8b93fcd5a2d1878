"""`assay bundle`: a finished run in one signed file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from assay.cli.exits import Exit
from assay.cli.invoking import application
from assay.cli.output import listing
from assay.examination.bundle import bundle

__all__ = ["BundleOptions", "app"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleOptions:
    """The options of `assay bundle`."""

    run: Annotated[Path, typer.Argument(help="The run's folder.")]
    key: Annotated[Path, typer.Option(help="File of the private key; assay keygen makes one.")]
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The bundle; RUN.assay.zip by default.")
    ] = None
    with_replies: Annotated[
        bool, typer.Option("--with-replies", help="Take along what the models said.")
    ] = False


def bundle_run(options: BundleOptions) -> int:
    """Sign a finished run and put it into one file that assay verify-run checks.

    No benchmark text goes along, except where a finding quotes what the model wrote.
    """
    folder = options.run.resolve()
    out = options.out or folder.with_name(f"{folder.name}.assay.zip")
    signer = bundle(options.run, options.key, out, replies=options.with_replies)
    console = listing()
    console.print(f"bundle    {out}", markup=False, soft_wrap=True)
    console.print(f"signs as  {signer}", markup=False, soft_wrap=True)
    return Exit.CLEAN


app = application(BundleOptions, bundle_run)
