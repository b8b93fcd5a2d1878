"""Items in, with the columns of their rows: tests and entry points are there."""

from __future__ import annotations

from pathlib import Path

from assay.core.errors import BadFormat
from assay.formats.benchmarks import read_named, rows_of
from assay.formats.humaneval import humaneval_file
from assay.formats.lines import there
from assay.formats.manifest import sidecar
from assay.tasks.varying.parts import Source

__all__ = ["read_sources"]


def read_sources(spec: str) -> tuple[list[Source], Path]:
    """Which items does a benchmark hold, and what stands beside them in their rows?

    Parameters
    ----------
    spec
        A file of any form that `examine` reads, or "humaneval".

    Returns
    -------
    tuple
        The items in their order, and a path after which what is made of them is named.

    Raises
    ------
    UsageError
        It cannot be read; or it was published already, with draws of its own.
    """
    reading, path = read_named(spec)
    file = humaneval_file() if spec == "humaneval" else path
    if path is not None and there(sidecar(path)):
        what = f"{sidecar(path).name} lies beside it: it was drawn or planted already"
        fix = "give the file from which it was made; what was drawn is never drawn again"
        raise BadFormat(str(path), None, what, fix)
    if file is None:
        return [Source(item=item) for item in reading.items], Path(_bare(spec))
    rows = {row.line: row.values for row in rows_of(file)}
    sources = [Source(item=one.item, row=rows[one.line]) for one in reading.placed]
    return sources, path or Path("humaneval.jsonl")


def _bare(spec: str) -> str:
    kept = "".join(sign if sign.isalnum() else "-" for sign in spec)
    return f"{kept.strip('-')[:60]}.jsonl"
