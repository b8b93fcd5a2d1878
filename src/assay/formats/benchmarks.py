"""Benchmarks and controls in: a name or a file becomes checked items."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from assay.core.errors import BadFormat, UnknownName
from assay.core.item import Benchmark
from assay.core.loading import load_attribute
from assay.formats.humaneval import humaneval_file
from assay.formats.items import Reading, read_items
from assay.formats.lines import check_file, there
from assay.formats.manifest import Manifest, read_manifest, sidecar
from assay.formats.row import Row, shown, shown_path

__all__ = ["open_benchmark", "read_file", "read_named", "rows_of"]

# By ending. The readers are loaded when used: pyarrow takes longer than the rest of the command.
READERS = {
    ".jsonl": "assay.formats.jsonl:read_jsonl",
    ".jsonl.gz": "assay.formats.jsonl:read_jsonl",
    ".json": "assay.formats.jsonl:read_json",
    ".csv": "assay.formats.delimited:read_csv",
    ".csv.gz": "assay.formats.delimited:read_csv",
    ".parquet": "assay.formats.parquet:read_parquet",
}
NAMES = ("humaneval",)
# By what stands before the first colon: the reader, and the extra that it needs.
ELSEWHERE = {
    "hf": ("assay.formats.hub:read_dataset", "hub"),
    "inspect_task": ("assay.formats.inspect_tasks:read_task", "api"),
}
FORMS = ("hf:OWNER/NAME", "inspect_task:PACKAGE/TASK")
ENDINGS = ", ".join(READERS)


def open_benchmark(
    spec: str, *, fields: Mapping[str, str] | None = None, certificates: Path | None = None
) -> Benchmark:
    r"""Which items are in this benchmark, and what was recorded about them?

    Parameters
    ----------
    spec
        ``humaneval``; ``hf:OWNER/NAME:CONFIG@SPLIT``, a dataset of the Hugging Face Hub;
        ``inspect_task:PACKAGE/TASK``, a task of Inspect AI, whose package's code is run; or the
        path of a .jsonl, .jsonl.gz, .json, .csv, .csv.gz or .parquet file.
    fields
        Field of an item to the column that holds it, for columns that are named otherwise.
    certificates
        A manifest of random acts and canaries; by default ``NAME.assay.json`` beside the file,
        where there is one.

    Returns
    -------
    Benchmark
        All rows, in their order; its source says which layout and columns were taken.

    Raises
    ------
    UsageError
        When the name or file is unknown (UnknownName), the package is not installed
        (MissingExtra), or any row is not an item (BadFormat). Nothing is ever read in part.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "tiny.jsonl"
    ...     _ = file.write_text('{"id": "a", "statement": "1 + 1 =", "answer": "2"}\n')
    ...     benchmark = open_benchmark(str(file))
    >>> benchmark.name, benchmark.items[0].text
    ('tiny', '1 + 1 =\n2')
    """
    reading, path = read_named(spec, fields=fields)
    beside = None if path is None else sidecar(path)
    record = certificates or (beside if beside is not None and there(beside) else None)
    manifest = Manifest() if record is None else read_manifest(record)
    # A name stands for itself: where this machine keeps the package is nobody's business.
    parts = [spec if path is None else shown_path(path), reading.layout]
    parts += [] if record is None else [f"certificates: {shown_path(record)}"]
    planted = {*manifest.conflicts, *(one.id for one in manifest.honeypots)}
    return Benchmark(
        name=spec if path is None else bare_name(path),
        # A honeypot is in no score and is no suspect: whoever can do the task fails it.
        items=tuple(item for item in reading.items if item.id not in planted),
        planted=tuple(item for item in reading.items if item.id in planted),
        honeypots=manifest.honeypots,
        canaries=manifest.canaries,
        certificates=manifest.certificates,
        source="; ".join(parts),
    )


def read_named(
    spec: str, *, fields: Mapping[str, str] | None = None
) -> tuple[Reading, Path | None]:
    """Which items does this name mean, and which file, where it means one of the user's?

    Raises
    ------
    UsageError
        As `open_benchmark`.
    BoundaryError
        What is fetched, or another package's code, failed.
    """
    kind, colon, _ = spec.partition(":")
    if colon and kind in ELSEWHERE:
        target, extra = ELSEWHERE[kind]
        read: Callable[[str, Mapping[str, str] | None], Reading] = load_attribute(
            target, extra=extra
        )
        return read(spec, fields), None
    path = located(spec)
    return read_file(path, fields=fields), None if spec in NAMES else path


def located(spec: str) -> Path:
    """Which file is meant?"""
    if spec == "humaneval":
        return humaneval_file()
    path = Path(spec)
    if ending(path) is None and len(path.parts) < 2 and not there(path):
        fix = f"give {', '.join((*NAMES, *FORMS))}, or a file that ends in {ENDINGS}"
        raise UnknownName("benchmark", spec[:80], NAMES, fix)
    return path


def ending(path: Path) -> str | None:
    """Which known ending does the name have?"""
    name = path.name.lower()
    return next((known for known in READERS if name.endswith(known)), None)


def bare_name(path: Path) -> str:
    r"""Return the name of the file without its ending; ids and reports are made of it.

    Examples
    --------
    >>> bare_name(Path("data/test.jsonl.gz")), bare_name(Path("a\nb.csv"))
    ('test', 'a?b')
    """
    name = path.name[: -len(ending(path) or "")] or path.name
    return "".join(sign if sign.isprintable() else "?" for sign in name)


def read_file(path: Path, *, fields: Mapping[str, str] | None = None) -> Reading:
    """Which items does this file hold, and where does each stand?

    Raises
    ------
    UsageError
        When there is no such file, or it is of no known form, or a row is not an item.
    """
    rows = rows_of(path)
    return read_items(shown_path(path), rows, stem=bare_name(path), named=fields)


def rows_of(path: Path) -> Iterator[Row]:
    """Which rows does this file hold, whatever they mean?

    Raises
    ------
    UsageError
        When there is no such file, or it is of no known form.
    """
    check_file(path)
    known = ending(path)
    if known is None:
        what = f"the ending {shown(path.suffix)} is not known"
        raise BadFormat(shown_path(path), None, what, f"use one of {ENDINGS}")
    reader: Callable[[Path], Iterator[Row]] = load_attribute(READERS[known])
    return reader(path)
