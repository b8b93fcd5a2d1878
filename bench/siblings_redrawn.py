"""How often is a real model that was never trained on the draw flagged by sealed siblings?

    python bench/siblings_redrawn.py SEALED MODEL SCORES [DRAWS [REFERENCE]]

SEALED is the private file that `assay bench siblings` wrote, MODEL a model's name. The model scores
all variants of all items once (kept in SCORES, a JSON file that is read when it is there). Then the
lot by which the command chooses what is published is drawn DRAWS times anew, and each draw goes
through the instrument's own finding (rank, e-value) and through what the verdict puts items
together with. Whatever the model thinks of the variants, it knows none of these draws: so the share
of flagged ones is the error rate, on real weights, and must be within alpha. A model that was
trained on one draw knows nothing of another: it may be examined so, too. With a REFERENCE, what
that makes of each variant is taken off, as the instrument does.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from assay.core.draws import drawn_text
from assay.core.evidence import Finding
from assay.formats.benchmarks import open_benchmark
from assay.models.names import open_model
from assay.probes.ranking import rank_finding, score_groups
from assay.stats.evalues import staked

ALPHAS = (0.05, 0.01)
Row = dict[str, Any]


def scored(sealed: str, models: Sequence[str]) -> Row:
    """Score all variants of all items, less what a second model makes of them."""
    items = open_benchmark(sealed).items
    groups = [(item.text, *item.siblings) for item in items]
    start = time.process_time()
    tables = [score_groups(open_model(m, threads=1, device="cpu"), groups) for m in models]
    told = []
    for item, texts, *found in zip(items, groups, *tables, strict=True):
        if not any(problem for _, problem in found):
            own, *other = (np.array(scores) for scores, _ in found)
            told.append({"id": item.id, "texts": texts, "scores": (own - sum(other)).tolist()})
    return {"models": models, "items": told, "seconds": time.process_time() - start}


def e_values(one: Row) -> dict[str, float]:
    """What would each variant's e-value be, if it were the published one?"""
    scores = one["scores"]
    turned = ([own, *scores[:i], *scores[i + 1 :]] for i, own in enumerate(scores))
    found = (rank_finding("siblings", one["id"], row, "") for row in turned)
    values = [float(f.e_value or 0) for f in found if isinstance(f, Finding)]
    return dict(zip(one["texts"], values, strict=True))


def redrawn(held: Row, draws: int) -> np.ndarray:
    """Return the e-value of each item in each draw, shape (draws, items)."""
    tables = {one["id"]: e_values(one) for one in held["items"]}
    return np.array(
        [
            [table[drawn_text(list(table), name, f"redraw {n}")] for name, table in tables.items()]
            for n in range(draws)
        ]
    )


def main(sealed: str, scores: Path, draws: int, models: Sequence[str]) -> None:
    """Print how often the model is flagged over draws."""
    if not scores.is_file():
        scores.write_text(json.dumps(scored(sealed, models)))
    held = json.loads(scores.read_bytes())
    table = redrawn(held, draws)
    paths = np.array([staked(row) for row in table])
    spread = np.median([np.ptp(one["scores"]) for one in held["items"]])
    print(f"{draws} draws of {table.shape[1]} items; {held['seconds']:.0f} s to score them once")
    print(f"between an item's likeliest and unlikeliest variant: {spread:.3f} nats a byte")
    whole = np.exp(paths[:, -1]).mean()
    print(f"mean e-value of an item {table.mean():.4f}, of the total {whole:.4f}")
    print("alpha | flagged at any item | after the last | allowed (99.9 %)")
    for alpha in ALPHAS:
        line = np.log(1 / alpha)
        ever, end = (paths.max(axis=1) >= line).sum(), (paths[:, -1] >= line).sum()
        print(f"{alpha} | {ever} | {end} | {stats.binom.ppf(0.999, draws, alpha):.0f}")


if __name__ == "__main__":
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 10_000
    main(sys.argv[1], Path(sys.argv[3]), count, [sys.argv[2], *sys.argv[5:6]])
