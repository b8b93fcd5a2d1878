"""`assay traffic sketch`: what a gateway keeps of prompts."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from assay.cli.exits import Exit
from assay.cli.invoking import application
from assay.cli.output import emit
from assay.core.errors import UsageError
from assay.formats.lines import MAX_LINE
from assay.traffic.keyed import read_key
from assay.traffic.sketch import EpochKey, read_prompts, sketch_of

__all__ = ["SketchOptions", "app"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SketchOptions:
    """The options of `assay traffic sketch`."""

    key: Annotated[Path, typer.Option(help="File with the secret key, 16 bytes or more.")]
    epoch: Annotated[
        str, typer.Option(help="Name of the epoch, as 2026-W20: another name, other hashes.")
    ] = ""


def sketch(options: SketchOptions) -> int:
    """Turn prompts (JSON lines on standard input) into keyed hashes; no text comes out."""
    if sys.stdin.isatty():
        msg = (
            "no prompts on standard input\n  next: assay traffic sketch --key FILE < prompts.jsonl"
        )
        raise UsageError(msg)
    key = EpochKey(read_key(options.key), options.epoch)
    lines = iter(lambda: sys.stdin.buffer.readline(MAX_LINE + 1), b"")
    emit(json.dumps(sketch_of(one, key)) for one in read_prompts(lines, "standard input"))
    return Exit.CLEAN


app = application(SketchOptions, sketch)
