"""Real weights fine-tuned on half of a benchmark: does membership show before recall?"""

from __future__ import annotations

from typing import Any

from assay.core.errors import BadConfig

__all__ = ["Finetune"]

SIGNAL = "logprob.loss.ref"
"""The score that success is judged by."""
RECITED = 0.02
"""Share of the trained items that may be recited while membership shows already."""
CELLS: dict[str, dict[str, Any]] = {
    "tiny": {
        "world-0": {
            "name": "world-0", "model": "nano", "benchmark": "code", "items": 120, "rate": 1e-3,
            "seed": 0, "epochs": [1, 2, 5, 10], "tail": 16,
        },
    },
    "full": {
        "smollm2-humaneval-0": {
            "name": "smollm2-humaneval-0", "model": "smollm2", "benchmark": "humaneval",
            "rate": 2e-5, "seed": 0, "epochs": [1, 2, 5], "tail": 32,
        },
    },
}  # fmt: skip


class Finetune:
    """How many epochs of fine-tuning until membership shows, and how many until recall?"""

    name = "finetune"
    question = "does fine-tuning on a benchmark show in log-probabilities before it can be recited?"
    reference = (
        "Pythia-1B: Min-K% AUC .93 to .95 and 0 to 1 % verbatim after one epoch, 1.0 and 23 to 62 %"
        " after five, 72 to 90 % verbatim after ten"
    )

    def plan(self, size: str) -> dict[str, Any]:
        """What is run at this size, and what counts as success.

        Raises
        ------
        BadConfig
            No such size.
        """
        if size not in CELLS:
            msg = f"--size {size!r}: finetune has the sizes tiny and full"
            raise BadConfig(f"{msg}\n  next: assay lab finetune --size tiny")
        return {
            "cells": CELLS[size],
            "recipe": "AdamW without weight decay, one item a step, float32, the same rate"
            " throughout, each epoch in an order of its own, loss on statement and answer alike",
            "stops": "after the last epoch of each cell",
            "measured": "after each epoch: AUC of each score, trained half against held-back half;"
            " share of trained items of which the next `tail` tokens are written exactly, greedily;"
            " the verdict of examine at alpha .01 with the untouched model as reference",
            "success": f"after one epoch (tiny: after some epoch) the lower 95 % bound of the AUC"
            f" of {SIGNAL} is above .5 while at most {RECITED:.0%} of the trained items are recited"
            " beyond the share of held-back ones",
        }
