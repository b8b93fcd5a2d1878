"""`assay bench convert`: tasks from one format into another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from assay.cli.exits import Exit
from assay.cli.invoking import application
from assay.cli.output import people
from assay.core.errors import UnknownName
from assay.formats.harbor import read_folder, write_folder
from assay.formats.task_files import FORMS, read_tasks, write_tasks
from assay.report.notation import counted

__all__ = ["ConvertOptions", "app"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvertOptions:
    """The options of `assay bench convert`."""

    source: Annotated[Path, typer.Argument(help="A file of tasks, or a folder of Harbor tasks.")]
    out: Annotated[Path, typer.Argument(help="A file; for harbor, a folder that is not there yet.")]
    to: Annotated[str, typer.Option(help="swebench, pro or harbor.")] = "swebench"


def convert(options: ConvertOptions) -> int:
    """Read tasks, check every one of them, and write them in another format."""
    if options.to not in {*FORMS, "harbor"}:
        known = (*FORMS, "harbor")
        raise UnknownName("format", options.to[:80], known, f"--to {' or '.join(known)}")
    source, out = options.source, options.out
    tasks = read_folder(source) if source.is_dir() else read_tasks(source)
    if options.to == "harbor":
        count = write_folder(out, tasks)
    else:
        count = write_tasks(out, tasks, form=options.to)
    people().print(f"{counted(count, 'task')}: {out}", soft_wrap=True, markup=False)
    return Exit.CLEAN


app = application(ConvertOptions, convert)
