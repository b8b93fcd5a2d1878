"""`assay bench siblings`: variants frozen, one of each drawn and published, the rest sealed."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from assay.cli.exits import Exit
from assay.cli.invoking import application
from assay.cli.output import people
from assay.cli.repository_tasks import RepositoryOptions, cores, prover_of
from assay.core.draws import VARIANTS
from assay.core.errors import BadConfig
from assay.formats.task_files import read_tasks
from assay.tasks.orders import draw_orders, has_options
from assay.tasks.sets import Asked, vary
from assay.tasks.siblings import OWN, PUBLIC, STATE, draw_siblings, freeze
from assay.tasks.sources import read_sources
from assay.tasks.varying.parts import Source
from assay.tasks.verify.proving import Proofs

__all__ = ["SiblingsOptions", "app"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiblingsOptions(RepositoryOptions):
    """The options of `assay bench siblings`."""

    items: Annotated[str, typer.Argument(help="A benchmark file, or humaneval.")]
    out: Annotated[Path, typer.Option(help="Folder for what is published, and private/ in it.")]
    seed: Annotated[
        str | None,
        typer.Option(help="Committed before, or a public beacon's value; empty: freeze only."),
    ] = None
    committed: Annotated[
        str | None, typer.Option(help="YYYY-MM-DD: when the seed, or the digest, was public.")
    ] = None
    count: Annotated[int, typer.Option(help="Variants of each item.", min=VARIANTS)] = VARIANTS
    never_public: Annotated[
        bool, typer.Option("--never-public", help="The source may be drawn, too.")
    ] = False


def siblings(options: SiblingsOptions) -> int:
    """Make variants, freeze them, and draw one of each that is published."""
    committed = _committed(options)
    if not (options.out / "private" / STATE).exists():
        sources, path = read_sources(options.items)
        if has_options(sources):
            return _orders(options, sources, path, committed)
        _freeze(options, sources, path)
    if committed is None or options.seed is None:
        return Exit.CLEAN
    made = draw_siblings(options.out, options.seed, committed)
    people().print(f"drawn: {made.items} items, published in {made.file}")
    people().print(f"sealed: {made.sealed}; assay examine reads it without options")
    return Exit.CLEAN


def _committed(options: SiblingsOptions) -> date | None:
    if (options.seed is None) != (options.committed is None):
        msg = "a draw needs --seed and --committed\n  next: give both, or neither to freeze only"
        raise BadConfig(msg)
    told = options.committed or ""
    try:
        return date.fromisoformat(told) if told else None
    except ValueError as error:
        msg = f"--committed {told[:40]!r} is no day\n  next: --committed 2026-01-31"
        raise BadConfig(msg) from error


def _freeze(options: SiblingsOptions, sources: list[Source], path: Path) -> None:
    console, done = people(), list[str]()
    key = secrets.token_hex(16)
    asked = Asked(count=options.count, key=key, source_too=options.never_public)
    environments = options.out / "private" / "environments"
    with (
        prover_of(options, sources, lambda: list(read_tasks(path)), environments) as prover,
        console.status("making variants") as status,
    ):

        def told(name: str) -> None:
            done.append(name)
            status.update(f"making variants: {len(done)} of {len(sources)} items")

        workers = options.jobs or cores()
        sets, left = vary(sources, asked, prover, told=told, workers=workers)
    for one in left[:30]:
        console.print(f"  left out: {one.name}: {one.reason}", markup=False)
    if prover.proofs is not None:
        _tell(console, prover.proofs)
    stem, note = path.name.partition(".")[0], OWN if options.never_public else PUBLIC
    digest = freeze(options.out, stem, sets, left, note, prover.proofs)
    console.print(f"{len(sets)} of {len(sources)} items with {options.count} variants each, frozen")
    console.print(f"digest {digest}: publish it before the draw")


def _tell(console: Console, proofs: Proofs) -> None:
    """Say how many variants were run, name those that failed, and say how long it took."""
    failed = [one for some in proofs.failed.values() for one in some]
    for one in failed:
        console.print(f"  failed: {one.name}: {one.reason}", markup=False)
    count, seconds = sum(proofs.ran.values()), sum(proofs.seconds.values())
    console.print(
        f"run, before the fix and after it: {count} variants of {len(proofs.ran)} tasks,"
        f" {seconds:.0f} s; {len(failed)} failed"
    )


def _orders(
    options: SiblingsOptions, sources: list[Source], path: Path, committed: date | None
) -> int:
    if committed is None or options.seed is None:
        msg = "orders of options are known to all: there is nothing to freeze\n  next: give --seed"
        raise BadConfig(msg)
    made = draw_orders(options.out, path.name.partition(".")[0], sources, options.seed, committed)
    people().print(f"drawn: the order of the options of {made.items} items, in {made.file}")
    people().print(f"left out: {made.left} items whose options have an order of their own")
    return Exit.CLEAN


app = application(SiblingsOptions, siblings)
