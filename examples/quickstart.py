"""Examine a model whose memory is known: a scripted one that has seen half of a small benchmark.

    python examples/quickstart.py

Runs in a second, needs no weights and no network.
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from assay import examine, split
from assay.core.item import Item
from assay.formats.writing import write_items

COLOURS = ("amber", "blue", "coral", "green", "ivory", "lilac", "olive", "pink", "red", "teal")
THINGS = ("boat", "clock", "door", "flute", "glove", "hat", "kite", "lamp", "mirror", "spoon")

items = [
    Item(id=f"{colour}/{thing}", statement=f"Why is the {colour} {thing} of the {n}th house gone?")
    for n, colour in enumerate(COLOURS)
    for thing in THINGS
]
suspects, _ = split(items, seed=7)

with TemporaryDirectory() as folder:
    benchmark, seen = Path(folder, "riddles.jsonl"), Path(folder, "seen.jsonl")
    write_items(benchmark, items)
    seen.write_text("".join(json.dumps({"text": item.text}) + "\n" for item in suspects))
    for model in ("scripted:clean", f"scripted:knows={seen}"):
        verdict = examine(str(benchmark), model=model, split=7, out=str(Path(folder, model[9:14])))
        print(f"{verdict.status.value:<10}{verdict.headline}")
