"""`assay bench`: make a benchmark that cannot wear out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from assay.cli.invoking import application
from assay.cli.nouns import commands_of

__all__ = ["BenchOptions", "app"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchOptions:
    """The options of `assay bench`."""

    name: Annotated[str | None, typer.Argument(help="One of the commands; empty: list them.")] = (
        None
    )


def bench(options: BenchOptions) -> int:
    """Make tasks from history, verify, vary, plant and seal them."""
    return commands_of("bench", options.name)


app = application(BenchOptions, bench)
