"""`assay traffic`: what can be asked of request logs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from assay.cli.invoking import application
from assay.cli.nouns import commands_of

__all__ = ["TrafficOptions", "app"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficOptions:
    """The options of `assay traffic`."""

    name: Annotated[str | None, typer.Argument(help="One of the commands; empty: list them.")] = (
        None
    )


def traffic(options: TrafficOptions) -> int:
    """Which accounts distil a model? Asked of request logs, without reading prompts."""
    return commands_of("traffic", options.name)


app = application(TrafficOptions, traffic)
