"""The case that a peer gets wrong: HumanEval against prose, an untouched model.

    python bench/prose_controls.py [MODEL]

Takes the reference passages that `benchleak` compares with (from its package), first by its own
statistic on our Min-K% scores, then as `--controls` of Assay.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from assay import examine, open_benchmark, open_model
from assay.core.item import Item
from assay.core.subject import Request, ask
from assay.formats.writing import write_items
from assay.probes.logprob import lowest_mean
from assay.stats.intervals import auc
from assay.stats.permutation import mann_whitney


def prose() -> list[Item]:
    """Return the peer's reference passages, one a line."""
    spec = find_spec("benchleak")
    if spec is None or spec.origin is None:
        sys.exit("needs the peer's passages: pip install --no-deps benchleak")
    text = Path(spec.origin).with_name("data").joinpath("reference.txt").read_text("utf-8")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return [Item(id=f"prose/{n}", statement=line) for n, line in enumerate(lines)]


def peer(name: str, controls: list[Item]) -> str:
    """Return the verdict that the peer's rule gives: AUC >= .6 and p < .05 on Min-K%."""
    items = open_benchmark("humaneval").items
    requests = [Request(kind="score", text=item.text) for item in (*items, *controls)]
    scores = [lowest_mean(r.logprobs, 0.2) for r in ask(open_model(name), requests)]
    suspects, others = scores[: len(items)], scores[len(items) :]
    area, p = auc(suspects, others), mann_whitney(suspects, others)
    word = "likely contaminated" if area >= 0.6 and p < 0.05 else "no signal"
    return f"{word} (AUC {area:.3f}, p {p:.1g})"


def main(name: str) -> None:
    """Print both verdicts."""
    controls = prose()
    print(f"peer's rule, {len(controls)} passages: {peer(name, controls)}")
    with TemporaryDirectory() as folder:
        path = Path(folder, "prose.jsonl")
        write_items(path, controls)
        verdict = examine("humaneval", model=name, controls=str(path), out=folder)
    print(f"Assay: {verdict.status.value}; {verdict.cost.calls} calls")
    print("\n".join(verdict.why))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "smollm2")
