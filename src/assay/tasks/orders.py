"""Multiple choice: the order of the options is drawn, and the draw recorded."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from assay.core.draws import ranked
from assay.core.errors import BadConfig
from assay.core.item import Certificate, Item
from assay.core.task import LeftOut
from assay.formats.manifest import Manifest
from assay.tasks.released import fresh_folder, new_canaries, rows_text, write_all
from assay.tasks.varying.parts import Source

__all__ = ["Ordered", "draw_orders", "has_options", "why_fixed"]

_PLACES = re.compile(
    r"\b(?:all|none|both|neither|any) of (?:the|these|those|them)\b|\b(?:above|below|preceding)\b"
    r"|\A\W*(?:both )?\(?[A-H1-9]\)?(?:,? (?:and|or|&) \(?[A-H1-9]\)?)+\W*\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """What the draw gave."""

    file: Path
    items: int
    left: int


def has_options(sources: Sequence[Source]) -> bool:
    """Are these multiple-choice items?"""
    return any(source.item.options for source in sources)


def why_fixed(item: Item) -> str:
    """Why can its options not stand in another order? Empty when they can.

    Examples
    --------
    >>> why_fixed(Item(id="a", statement="?", options=("1", "2", "all of the above")))
    "an option speaks of the others' places: 'all of the above'"
    """
    if len(set(item.options)) < 2 or len(set(item.options)) < len(item.options):
        return "it has fewer than two different options"
    pointing = next((option for option in item.options if _PLACES.search(option)), None)
    if pointing is not None:
        return f"an option speaks of the others' places: {pointing[:60]!r}"
    return ""


def draw_orders(
    folder: Path, stem: str, sources: Sequence[Source], seed: int | str, committed: date
) -> Ordered:
    """Draw the order of every item's options, publish it and record the draw. Once.

    All orders could be drawn, that of the source too: a model that knows the source's prefers it
    whatever was drawn, so that the test stays exact and loses a little power.

    Raises
    ------
    BadConfig
        It was drawn already, or no item has options that could stand otherwise.
    """
    fresh_folder(folder, holds=f"{stem}.jsonl")
    left = [LeftOut(name=s.item.id, reason=why) for s in sources if (why := why_fixed(s.item))]
    out = {one.name for one in left}
    items = [_drawn(s.item, seed) for s in sources if s.item.id not in out]
    if not items:
        msg = f"no order can be drawn: {left[0].reason}\n  next: give items with free options"
        raise BadConfig(msg)
    record = Certificate(act="options", seed=seed, committed=committed)
    public, _, planted = new_canaries(record)
    manifest = Manifest(certificates=(record, planted), canaries=(public,))
    told = {"canary": public.context + public.secret}
    rows = [{**item.model_dump(mode="json", exclude_defaults=True), **told} for item in items]
    write_all(
        folder,
        {
            f"{stem}.jsonl": rows_text(rows),
            f"{stem}.assay.json": json.dumps(manifest.model_dump(mode="json", exclude_defaults=True)),
            f"{stem}.left_out.jsonl": rows_text([one.model_dump() for one in left]),
        },
        {},
    )
    return Ordered(file=folder / f"{stem}.jsonl", items=len(items), left=len(left))


def _drawn(item: Item, seed: int | str) -> Item:
    order = tuple(ranked(item.options, f"{seed}:{item.id}"))
    return item.model_copy(update={"options": order})
