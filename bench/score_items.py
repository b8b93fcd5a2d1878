"""Score a benchmark once with a model and keep every log-probability score: the raw material.

    python bench/score_items.py BENCH MODEL OUT.npz [LIMIT]

Writes ids and an array of shape (items, 4): loss, zlib, Min-K%, Min-K%++, by the instruments'
own code.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from assay.catalog import load
from assay.core.evidence import Finding
from assay.core.item import Benchmark
from assay.core.subject import Subject, Unit
from assay.formats.benchmarks import open_benchmark
from assay.models.names import open_model
from assay.store import Ledger, Recorded

COLUMNS = ("logprob.loss", "logprob.zlib", "logprob.mink", "logprob.minkpp")


def main(bench: str, model: str, out: str, limit: int) -> None:
    """Score and save."""
    whole = open_benchmark(bench)
    items = whole.items[:limit]
    with Ledger(Path(out).with_suffix("")) as ledger:
        recorded = Recorded(open_model(model), ledger, "scores")
        subject = Subject(model=recorded, benchmark=Benchmark(name=whole.name, items=items))
        units = [Unit(id=item.id, item=item) for item in items]
        table = []
        for column in COLUMNS:
            found = load(column).measure(subject, units, seed=0)
            scores = {f.unit: f.score for f in found if isinstance(f, Finding)}
            table.append([scores.get(unit.id, np.nan) for unit in units])
    ids, texts = [item.id for item in items], [item.text for item in items]
    np.savez(out, ids=ids, scores=np.array(table).T, texts=texts)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int((*sys.argv, "1000000000")[4]))
