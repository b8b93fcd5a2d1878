"""`assay keygen`: a key pair to sign bundles with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from assay.cli.exits import Exit
from assay.cli.invoking import application
from assay.cli.output import listing
from assay.store.signing import make_key

__all__ = ["KeygenOptions", "app"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeygenOptions:
    """The options of `assay keygen`."""

    key: Annotated[Path, typer.Argument(help="File of the private key to make.")]


def keygen(options: KeygenOptions) -> int:
    """Make an Ed25519 key pair: KEY, which only you may read, and KEY.pub, to hand out."""
    public, signer = make_key(options.key)
    console = listing()
    console.print(f"private key  {options.key}", markup=False, soft_wrap=True)
    console.print(f"public key   {public}", markup=False, soft_wrap=True)
    console.print(f"signs as     {signer}", markup=False, soft_wrap=True)
    return Exit.CLEAN


app = application(KeygenOptions, keygen)
