"""Where should an item be cut, and how many words continued? Tried on one pass over each text.

    python bench/prefix_hits.py REFERENCE SEED=MODEL [SEED=MODEL ...]

What a model writes greedily after a cut begins with the item's own words exactly as far as the
item's tokens are the likeliest ones there. So one pass over the text tells what `recall.prefix`
would find at every cut, but for cuts inside a token, which are left out here. Printed is the area
under the curve of each choice of cuts, on HumanEval split by SEED: "even" cuts, "even - ref" the
same less the reference's match, "near" cuts where the reference goes wrong and the right word was
likeliest to it (`recall.prefix.ref`).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from assay import open_benchmark, open_model, split
from assay.models.local import LocalModel
from assay.probes.recall_prefix import FIRST
from assay.stats.intervals import auc
from assay.text.pieces import evenly, pieces

CUTS = (8, 16, 24, 32)
WORDS = (1, 2, 4, 8)
Booleans = NDArray[np.bool_]
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Words:
    """A text's words that begin with a token, as one model finds them."""

    right: Booleans
    """All its tokens are the likeliest."""
    begun: Booleans
    """Its first token is."""
    logp: Numbers

    def led(self, at: NDArray[np.int_], words: int) -> float:
        """Mean share of so many words that are right from each of these places on."""
        padded = np.concatenate([self.right, np.zeros(words, dtype=bool)])
        runs = [np.cumprod(padded[i : i + words]).sum() for i in at]
        return float(np.mean(runs) / words) if runs else 0.0


def read(model: LocalModel, text: str) -> Words:
    """Read a text once."""
    coded = model.tokenizer(text, return_offsets_mapping=True)
    ids = torch.tensor([coded.input_ids])
    with torch.inference_mode():
        logp = model.network(input_ids=ids).logits[0, :-1].float().log_softmax(-1)
    hit = (logp.argmax(-1) == ids[0, 1:]).numpy()
    own = logp.gather(1, ids[0, 1:, None])[:, 0].numpy()
    begins = {start: i for i, (start, _) in enumerate(coded["offset_mapping"])}
    cuts = [begins[p.cut] for p in pieces(text)[FIRST:] if p.cut in begins]
    spans = list(zip(cuts, [*cuts[1:], len(hit) + 1], strict=True))
    return Words(
        right=np.array([hit[a - 1 : z - 1].all() for a, z in spans]),
        begun=np.array([hit[a - 1] for a, _ in spans]),
        logp=np.array([own[a - 1 : z - 1].sum() for a, z in spans]),
    )


def chosen(rule: str, reference: Words, cuts: int) -> NDArray[np.int_]:
    """Choose places of one text."""
    if rule != "near":
        return np.array(evenly(len(reference.right), cuts))
    missed = np.flatnonzero(~reference.begun)
    return missed[np.argsort(-reference.logp[missed])[:cuts]]


def row(rule: str, cuts: int, words: int, pair: tuple[list[Words], list[Words]]) -> Numbers:
    """Score all items by one choice."""
    found = []
    for own, reference in zip(*pair, strict=True):
        at = chosen(rule, reference, cuts)
        less = reference.led(at, words) if rule == "even - ref" else 0.0
        found.append(own.led(at, words) - less)
    return np.array(found)


def local(name: str) -> LocalModel:
    """Open weights on this disk."""
    model = open_model(name, threads=1)
    assert isinstance(model, LocalModel), name  # noqa: S101 - a script's own argument
    return model


def main(reference: str, pairs: list[str]) -> None:
    """Print a line a choice, a column a model, then their mean."""
    items = open_benchmark("humaneval").items
    known = local(reference)
    base = [read(known, item.text) for item in items]
    table: dict[str, list[float]] = {}
    for pair in pairs:
        seed, _, name = pair.partition("=")
        model = local(name)
        own = [read(model, item.text) for item in items]
        planted = {item.id for item in split(items, seed)[0]}
        suspect = np.array([item.id in planted for item in items])
        for rule in ("even", "even - ref", "near"):
            for cuts in CUTS:
                for words in WORDS:
                    scores = row(rule, cuts, words, (own, base))
                    key = f"{rule}, {cuts} cuts, {words} words"
                    table.setdefault(key, []).append(auc(scores[suspect], scores[~suspect]))
    for key, values in table.items():
        print(key, *(f"{x:.3f}" for x in values), f"| {np.mean(values):.3f}", sep="  ")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
