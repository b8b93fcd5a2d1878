"""Sets of variants: made, looked at as sets, proven solvable, and frozen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random

from assay.core.task import LeftOut
from assay.tasks.varying.families import family_of
from assay.tasks.varying.parts import Family, Source, Variant
from assay.tasks.varying.proving import Prover
from assay.tasks.varying.typical import Corpus, corpus_of, outliers

__all__ = ["Asked", "Frozen", "vary"]

SETS = 5
"""Sets that are made of one item until one passes."""
DRAWS = 15
"""Draws for each variant that is wanted, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked for."""

    count: int
    """Variants of an item."""
    key: str
    """Decides which variants are made. It stays private: whoever has it could make them again."""
    source_too: bool = False
    """The source is one of the variants: it was never public."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """An item with all that it could be published as."""

    source: Source
    variants: tuple[Variant, ...]


def vary(
    sources: Sequence[Source],
    asked: Asked,
    prover: Prover,
    *,
    told: Callable[[str], None],
    workers: int = 2,
) -> tuple[list[Frozen], list[LeftOut]]:
    """Make a set of variants of every item.

    Parameters
    ----------
    sources
        The items as they were read.
    asked
        How many, and of what they are made.
    prover
        Runs the gold of each variant.
    told
        Is told each item's id when it is done.
    workers
        Items at a time.

    Returns
    -------
    tuple
        The sets, in the order of the items; and the items without one, with the reason.
    """
    corpus = corpus_of(source.item.text for source in sources)

    def one(source: Source) -> Frozen | LeftOut:
        made = _set_of(source, asked, prover, corpus)
        told(source.item.id)
        if isinstance(made, str):
            return LeftOut(name=source.item.id, reason=made)
        return Frozen(source=source, variants=tuple(made))

    with ThreadPoolExecutor(workers) as pool:
        found = list(pool.map(one, sources))
    sets = [made for made in found if isinstance(made, Frozen)]
    return sets, [made for made in found if isinstance(made, LeftOut)]


def _set_of(source: Source, asked: Asked, prover: Prover, corpus: Corpus) -> list[Variant] | str:
    """Make sets until one has no member that stands out, and all of it is solvable."""
    family = family_of(source, prover)
    if isinstance(family, str):
        return family
    why = ""
    for attempt in range(SETS):
        draw = Random(f"{asked.key}:{source.item.id}:{attempt}")  # noqa: S311 - the key is secret
        made = _candidates(source, family, draw, asked)
        if len(made) < asked.count:
            return f"{len(made)} of {asked.count} different variants could be made"
        texts = [one.text_of(source.item) for one in made]
        odd = set(outliers(texts, corpus))
        typical = [one for place, one in enumerate(made) if place not in odd]
        kept = family.hold(typical, asked.count)
        if len(kept) < asked.count <= len(typical):
            return _unproven(source, prover, len(typical))
        why = _refused(source, family, kept, corpus, asked)
        if not why:
            return kept
    return why


def _unproven(source: Source, prover: Prover, tried: int) -> str:
    """Say why a set is not taken whose variants were run and failed: it is not made again."""
    failed = prover.proofs.failed.get(source.item.id, []) if prover.proofs else []
    reasons = "; ".join(dict.fromkeys(one.reason for one in failed))
    return f"of {tried} variants {len(failed)} were run and failed: {reasons}"


def _refused(
    source: Source, family: Family, kept: Sequence[Variant], corpus: Corpus, asked: Asked
) -> str:
    """Why is this set not taken?"""
    if len(kept) < asked.count:
        return f"too many of its variants stand out: {len(kept)} are left, not {asked.count}"
    if outliers([one.text_of(source.item) for one in kept], corpus):
        return "one of its variants stands out from the others"
    return family.prove(kept)


def _candidates(source: Source, family: Family, draw: Random, asked: Asked) -> list[Variant]:
    """Draw different variants, half as many again as wanted; the source only where it may be."""
    own = source.item.text
    found: dict[str, Variant] = {}
    for _ in range(DRAWS * asked.count):
        made = family.make(draw)
        if made is not None:
            found.setdefault(made.text_of(source.item), made)
        if len(found) >= asked.count + asked.count // 2:
            break
    found.pop(own, None)
    return [*_source_of(source, asked), *found.values()]


def _source_of(source: Source, asked: Asked) -> Iterable[Variant]:
    if asked.source_too:
        names = ("test", "entry_point", "test_patch", "FAIL_TO_PASS", "PASS_TO_PASS")
        columns = {name: source.column(name) for name in names if source.column(name)}
        yield Variant(
            statement=source.item.statement, answer=source.item.answer or "", columns=columns
        )
