"""`assay lab suite`: a sealed suite of models whose contamination is known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from assay.cli.exits import Exit
from assay.cli.invoking import application
from assay.cli.output import emit, people
from assay.cli.progress import progress
from assay.lab.suite import make_suite, mix_of

__all__ = ["SuiteOptions", "app"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteOptions:
    """The options of `assay lab suite`."""

    seed: Annotated[
        str, typer.Option(help="Deals the cases; to be believed, the hash of a later commit.")
    ]
    out: Annotated[Path, typer.Option(help="The suite's folder; the same one resumes.")]
    size: Annotated[str, typer.Option(help="tiny: 8 cases; full: 800.")] = "tiny"
    workers: Annotated[int, typer.Option(help="Models trained at a time.", min=1)] = 1
    json: Annotated[bool, typer.Option("--json", help="suite.json, to standard output.")] = False


def suite(options: SuiteOptions) -> int:
    """Train models whose contamination is known, and seal what is true of them."""
    mix = mix_of(options.size)
    with progress(people()) as tell:
        made = make_suite(mix, options.seed, options.out, workers=options.workers, on_progress=tell)
    if options.json:
        emit([made.model_dump_json(indent=1)])
    else:
        hosts = len({case.host for case in made.cases})
        emit(
            [
                f"{len(made.cases)} cases of {hosts} models are sealed in {options.out}",
                f"next: assay lab judge-suite {options.out}",
            ]
        )
    return Exit.CLEAN


app = application(SuiteOptions, suite)
